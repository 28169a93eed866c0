/* iterator.c: walks over the lines of a description; their state is with $sdpitval, which reads it. */
#include "pv/pv.h"
#include "sip/edit.h"
#include "sdpops.h"

static sdp_iterator *all(kl_ctx *ctx) { return pv_sdp_iterators(ctx->pvs); }

static int truth(bool yes) { return yes ? 1 : -1; }

int sdpops_iterator_start(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    if (sdp_iterator_start(all(ctx), ctx->msg, args[0].s)) return 1;
    if (args[0].s.n == 0 || args[0].s.n >= SDP_ITERATOR_NAME)
        ctx_misuse(ctx, KL_LOG_ERR, "sdp_iterator_start: the name is not 1 to %d bytes", SDP_ITERATOR_NAME - 1);
    else log_print(ctx, KL_LOG_ERR, "sdp_iterator_start: no SDP, or no further name is free");
    return -1;
}

int sdpops_iterator_next(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return truth(sdp_iterator_next(all(ctx), ctx->msg, args[0].s));
}

int sdpops_iterator_end(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return truth(sdp_iterator_end(all(ctx), args[0].s));
}

static kl_span current(kl_ctx *ctx, const kl_value *args) { return sdp_iterator_line(all(ctx), ctx->msg, args[0].s); }

int sdpops_iterator_value(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    const kl_span line = current(ctx, args);
    if (line.s) value_str(out, line);
    return 1;
}

int sdpops_iterator_rm(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span line = current(ctx, args);
    return truth(line.s && edit_cut(ctx->msg, line));
}

int sdpops_iterator_append(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span line = current(ctx, args);
    return truth(line.s && edit_replace(ctx->msg, span_of(line.s + line.n, 0), args[1].s));
}

int sdpops_iterator_insert(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span line = current(ctx, args);
    return truth(line.s && edit_replace(ctx->msg, span_of(line.s, 0), args[1].s));
}
