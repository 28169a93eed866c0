/* myself.c: KSR.is_myself and the URIs it is asked about. */
#include "core.h"

static bool uri_is_myself(const kl_ctx *ctx, const sip_uri *uri)
{
    return uri && socket_is_myself(ctx->server, uri->host, uri->port_number, uri->proto);
}

/* A lower-case sip: or sips: makes a URI; everything else is taken for a host. */
static bool is_uri(kl_span text)
{
    return text.n > 4 && (span_starts(text, SPAN("sip:")) || span_starts(text, SPAN("sips:")));
}

static bool is_host_of_ours(const kl_ctx *ctx, kl_span text)
{
    return !span_empty(text) && socket_is_myself(ctx->server, text, 0, KL_PROTO_NONE);
}

KSR_FN(core_is_myself)
{
    const kl_span text = args[0].s;
    sip_uri uri;
    if (!is_uri(text)) return is_host_of_ours(ctx, text);
    if (sip_uri_parse(text, &uri, NULL) == KL_OK) return uri_is_myself(ctx, &uri);
    log_print(ctx, KL_LOG_ERR, "is_myself: not a URI [%.*s]", (int)(text.n > 256 ? 256 : text.n), text.s);
    return 0;
}

/* ---- the same of what a message holds, with what is parsed already */

static bool ruri_is_myself(kl_ctx *ctx)
{
    if (!ctx->msg->is_request) return false;
    const kl_span text = msg_current_uri(ctx->msg);
    return is_uri(text) ? uri_is_myself(ctx, msg_ruri(ctx->msg)) : is_host_of_ours(ctx, text);
}

static bool dst_is_myself(kl_ctx *ctx)
{
    const kl_span text = ctx->msg->dst_uri;
    return is_uri(text) ? uri_is_myself(ctx, msg_dst(ctx->msg)) : is_host_of_ours(ctx, text);
}

static bool party_is_myself(kl_ctx *ctx, const sip_nameaddr *party, const sip_uri *uri)
{
    if (!party) return false;
    return is_uri(party->uri) ? uri_is_myself(ctx, uri) : is_host_of_ours(ctx, party->uri);
}

KSR_FN(core_is_myself_ruri) { return ruri_is_myself(ctx); }

KSR_FN(core_is_myself_duri) { return dst_is_myself(ctx); }

KSR_FN(core_is_myself_nhuri) { return span_empty(ctx->msg->dst_uri) ? ruri_is_myself(ctx) : dst_is_myself(ctx); }

KSR_FN(core_is_myself_furi) { return party_is_myself(ctx, msg_from(ctx->msg), msg_from_uri(ctx->msg)); }

KSR_FN(core_is_myself_turi) { return party_is_myself(ctx, msg_to(ctx->msg), msg_to_uri(ctx->msg)); }

/* The URI of a UDP source names no transport, and so fits every one. */
KSR_FN(core_is_myself_suri)
{
    const kl_msg *msg = ctx->msg;
    return socket_is_myself(ctx->server, msg->source_host, msg->source_port,
                            msg->proto == KL_PROTO_UDP ? KL_PROTO_NONE : msg->proto);
}

KSR_FN(core_is_myself_srcip) { return socket_is_myself(ctx->server, ctx->msg->source_host, 0, KL_PROTO_NONE); }
