/* uri.c: the Request-URI and the next hop. Changes count at once. */
#include "core/line.h"
#include "core.h"

int core_seturi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return args[0].s.s && (msg_set_uri(ctx->msg, args[0].s) || line_refused(ctx, args[0].s));
}

/* The writers look for line ends themselves: what was wrong is asked only once something was. */
static int done(kl_ctx *ctx, kl_span text, bool good)
{
    if (!good && line_good(ctx, text)) log_print(ctx, KL_LOG_ERR, "%s: the R-URI cannot be changed", ctx->row->name);
    return good;
}

int core_setuser(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return args[0].s.s && done(ctx, args[0].s, msg_set_user(ctx->msg, args[0].s));
}

int core_sethost(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return args[0].s.s && done(ctx, args[0].s, msg_set_host(ctx->msg, args[0].s));
}

int core_setdsturi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return args[0].s.s && (msg_set_dst(ctx->msg, args[0].s) || line_refused(ctx, args[0].s));
}

int core_resetdsturi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return msg_set_dst(ctx->msg, SPAN(""));
}

int core_isdsturiset(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return !span_empty(ctx->msg->dst_uri);
}
