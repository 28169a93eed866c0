/* addr.c: over what, from where and to where: KSR.is_UDP, KSR.to_UDP, KSR.is_src_port and their kin. */
#include "core.h"

KSR_FN(core_is_transport) { return (ctx->row->data >> ctx->msg->proto & 1) != 0; }

KSR_FN(core_is_proto)
{
    static const char letters[] = {[KL_PROTO_UDP] = 'u',  [KL_PROTO_TCP] = 't', [KL_PROTO_TLS] = 'e',
                                   [KL_PROTO_SCTP] = 's', [KL_PROTO_WS] = 'v',  [KL_PROTO_WSS] = 'w'};
    const char wanted = letters[ctx->msg->proto];
    for (size_t i = 0; i < args[0].s.n; i++)
        if (wanted && char_lower(args[0].s.s[i]) == wanted) return 1;
    return 0;
}

static int receiving_family(const kl_ctx *ctx)
{
    const kl_msg *msg = ctx->msg;
    if (msg->recv_socket >= 0 && ctx->server->sockets[msg->recv_socket].ip.family)
        return ctx->server->sockets[msg->recv_socket].ip.family;
    return span_find(msg->local_host, ':') ? 6 : 4;
}

KSR_FN(core_is_family) { return receiving_family(ctx) == (int)ctx->row->data; }

KSR_FN(core_is_src_port) { return ctx->msg->source_port == args[0].i; }

KSR_FN(core_is_dst_port) { return ctx->msg->local_port == args[0].i; }

/* ---- where it would go: the next hop's URI, for replies the Via below ours */

static const sip_uri *next_hop(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    const sip_uri *uri = span_empty(msg->dst_uri) ? msg_ruri(msg) : msg_dst(msg);
    if (!uri) log_print(ctx, KL_LOG_ERR, "%s: the next hop is not a URI", ctx->row->name);
    return uri;
}

static kl_transport next_transport(kl_ctx *ctx)
{
    if (ctx->msg->is_request) {
        const sip_uri *uri = next_hop(ctx);
        return uri ? uri->proto : KL_PROTO_NONE;
    }
    const sip_via *via = msg_via2(ctx->msg);
    return via ? via->proto : KL_PROTO_NONE;
}

KSR_FN(core_to_transport)
{
    const kl_transport proto = next_transport(ctx);
    return proto != KL_PROTO_NONE && (ctx->row->data >> proto & 1) != 0;
}

static kl_span next_host(kl_ctx *ctx)
{
    if (ctx->msg->is_request) {
        const sip_uri *uri = next_hop(ctx);
        return uri ? uri->host : SPAN_NULL;
    }
    const sip_via *via = msg_via2(ctx->msg);
    return !via ? SPAN_NULL : via->received.n > 0 ? via->received : via->host;
}

KSR_FN(core_to_family)
{
    sip_ip ip;
    const kl_span host = next_host(ctx);
    return host.n > 0 && ip_parse(host, &ip) && ip.family == ctx->row->data;
}
