/* iterator.c: walks over the lines of a description; their state is with $sdpitval, which reads it. */
#include "pv/kept.h"
#include "pv/store/store.h"
#include "pv/pv.h"
#include "sip/edit.h"
#include "sdpops.h"

static sdp_iterator *all(kl_ctx *ctx) { return vars_kept(ctx->vars)->sdp_iterators; }

static int truth(bool yes) { return yes ? 1 : -1; }

KSR_FN(sdpops_iterator_start)
{
    if (sdp_iterator_start(all(ctx), ctx->msg, args[0].s)) return 1;
    if (args[0].s.n == 0 || args[0].s.n >= SDP_ITERATOR_NAME)
        ctx_misuse(ctx, KL_LOG_ERR, "sdp_iterator_start: the name is not 1 to %d bytes", SDP_ITERATOR_NAME - 1);
    else log_print(ctx, KL_LOG_ERR, "sdp_iterator_start: no SDP, or no further name is free");
    return -1;
}

KSR_FN(sdpops_iterator_next) { return truth(sdp_iterator_next(all(ctx), ctx->msg, args[0].s)); }

KSR_FN(sdpops_iterator_end) { return truth(sdp_iterator_end(all(ctx), args[0].s)); }

static kl_span current(kl_ctx *ctx, const kl_value *args) { return sdp_iterator_line(all(ctx), ctx->msg, args[0].s); }

KSR_FN(sdpops_iterator_value)
{
    const kl_span line = current(ctx, args);
    if (line.s) value_str(out, line);
    return 1;
}

KSR_FN(sdpops_iterator_rm)
{
    const kl_span line = current(ctx, args);
    return truth(line.s && edit_cut(ctx->msg, line));
}

KSR_FN(sdpops_iterator_append)
{
    const kl_span line = current(ctx, args);
    return truth(line.s && edit_replace(ctx->msg, span_of(line.s + line.n, 0), args[1].s));
}

KSR_FN(sdpops_iterator_insert)
{
    const kl_span line = current(ctx, args);
    return truth(line.s && edit_replace(ctx->msg, span_of(line.s, 0), args[1].s));
}
