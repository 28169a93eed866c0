/* core_myself.c: KSR.is_myself and the URIs it is asked about. */
#include "core.h"

static bool uri_is_myself(const kl_ctx *ctx, const sip_uri *uri)
{
    return uri && world_is_myself(ctx->world, uri->host, uri->port_number, uri->proto);
}

/* A lower-case sip: or sips: makes a URI; everything else is taken for a host. */
int core_is_myself(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span text = args[0].s;
    sip_uri uri;
    if (span_empty(text)) return 0;
    if (text.n <= 4 || !(span_starts(text, SPAN("sip:")) || span_starts(text, SPAN("sips:")))) return world_is_myself(ctx->world, text, 0, KL_PROTO_NONE);
    if (sip_uri_parse(text, &uri, NULL) == KL_OK) return uri_is_myself(ctx, &uri);
    log_print(ctx, KL_LOG_ERR, "is_myself: not a URI [%.*s]", (int)(text.n > 256 ? 256 : text.n), text.s);
    return 0;
}

static const sip_uri *request_uri(kl_ctx *ctx) { return ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL; }

int core_is_myself_ruri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return uri_is_myself(ctx, request_uri(ctx));
}

int core_is_myself_duri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return !span_empty(ctx->msg->dst_uri) && uri_is_myself(ctx, msg_dst(ctx->msg));
}

int core_is_myself_nhuri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return uri_is_myself(ctx, span_empty(ctx->msg->dst_uri) ? request_uri(ctx) : msg_dst(ctx->msg));
}

int core_is_myself_furi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return uri_is_myself(ctx, msg_from_uri(ctx->msg));
}

int core_is_myself_turi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return uri_is_myself(ctx, msg_to_uri(ctx->msg));
}

/* The URI of a UDP source names no transport, and so fits every one. */
int core_is_myself_suri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    const kl_msg *msg = ctx->msg;
    return world_is_myself(ctx->world, msg->source_host, msg->source_port, msg->proto == KL_PROTO_UDP ? KL_PROTO_NONE : msg->proto);
}

int core_is_myself_srcip(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return world_is_myself(ctx->world, ctx->msg->source_host, 0, KL_PROTO_NONE);
}
