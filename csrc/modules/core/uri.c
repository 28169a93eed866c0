/* uri.c: the Request-URI and the next hop. Changes count at once. */
#include "core/line.h"
#include "core.h"

KSR_FN(core_seturi) { return args[0].s.s && (msg_set_uri(ctx->msg, args[0].s) || line_refused(ctx, args[0].s)); }

/* The writers look for line ends themselves: what was wrong is asked only once something was. */
static int done(kl_ctx *ctx, kl_span text, bool good)
{
    if (!good && line_good(ctx, text)) log_print(ctx, KL_LOG_ERR, "%s: the R-URI cannot be changed", ctx->row->name);
    return good;
}

KSR_FN(core_setuser) { return args[0].s.s && done(ctx, args[0].s, msg_set_user(ctx->msg, args[0].s)); }

KSR_FN(core_sethost) { return args[0].s.s && done(ctx, args[0].s, msg_set_host(ctx->msg, args[0].s)); }

KSR_FN(core_setdsturi) { return args[0].s.s && (msg_set_dst(ctx->msg, args[0].s) || line_refused(ctx, args[0].s)); }

KSR_FN(core_resetdsturi) { return msg_set_dst(ctx->msg, SPAN("")); }

KSR_FN(core_isdsturiset) { return !span_empty(ctx->msg->dst_uri); }
