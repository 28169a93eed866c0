/* test.c: nat_uac_test: each bit asks one thing; what cannot be told counts as no. */
#include "nathelper.h"

#include "sip/sdp.h"

static bool contact_private(kl_ctx *ctx)
{
    nathelper_contact contact;
    return nathelper_first_contact(ctx, &contact) == CONTACT_GOOD &&
           nathelper_is_private(nathelper_state_of(ctx), contact.uri.host);
}

/* What puts "received" on the Via: RFC 3261 18.2.1. An address in another form is another one here, as in Kamailio. */
static bool via_differs(kl_ctx *ctx)
{
    const sip_via *via = msg_via1(ctx->msg);
    if (!via) return false;
    kl_span host = via->host;
    if (host.n > 2 && host.s[0] == '[') host = span_of(host.s + 1, host.n - 2);
    return !span_eqi(host, ctx->msg->source_host);
}

static bool via_private(kl_ctx *ctx)
{
    const sip_via *via = msg_via1(ctx->msg);
    return via && nathelper_is_private(nathelper_state_of(ctx), via->host);
}

static unsigned port_or(unsigned port, unsigned other) { return port ? port : other; }

static bool via_port_differs(kl_ctx *ctx)
{
    const sip_via *via = msg_via1(ctx->msg);
    return via && ctx->msg->source_port != port_or(via->port_number, 5060);
}

static bool source_private(kl_ctx *ctx) { return nathelper_is_private(nathelper_state_of(ctx), ctx->msg->source_host); }

static bool is_websocket(kl_transport proto) { return proto == KL_PROTO_WS || proto == KL_PROTO_WSS; }

static bool came_by_websocket(kl_ctx *ctx) { return is_websocket(ctx->msg->proto); }

static bool contact_port_differs(kl_ctx *ctx)
{
    nathelper_contact contact;
    return nathelper_first_contact(ctx, &contact) == CONTACT_GOOD &&
           ctx->msg->source_port != port_or(contact.uri.port_number, 5060);
}

/* ---- descriptions */

static bool stream_private(kl_ctx *ctx, const sdp_session *session)
{
    for (const sdp_stream *stream = session->streams; stream; stream = stream->next) {
        if (stream->family != 4) continue;
        if (span_eq(stream->address, SPAN("0.0.0.0"))) return false;
        if (nathelper_is_private(nathelper_state_of(ctx), stream->address)) return true;
    }
    return false;
}

static bool media_private(kl_ctx *ctx)
{
    const sip_sdp *sdp;
    if (msg_sdp(ctx->msg, &sdp) != SDP_GOOD) return false;
    for (const sdp_session *session = sdp->sessions; session; session = session->next)
        if (stream_private(ctx, session)) return true;
    return false;
}

static bool media_elsewhere(kl_ctx *ctx)
{
    const sip_sdp *sdp;
    sip_ip address, source;
    if (!ip_parse(ctx->msg->source_host, &source) || msg_sdp(ctx->msg, &sdp) != SDP_GOOD) return false;
    for (const sdp_session *session = sdp->sessions; session; session = session->next) {
        if (!session->address.s || !ip_parse(session->address, &address)) return false;
        if (!ip_eq(&address, &source)) return true;
    }
    return false;
}

/* ---- where it goes */

static bool request_differs(kl_ctx *ctx)
{
    const sip_uri *uri = msg_ruri(ctx->msg), *dst = ctx->msg->dst_uri.n > 0 ? msg_dst(ctx->msg) : NULL;
    if (!uri || (ctx->msg->dst_uri.n > 0 && !dst)) return false;
    if (!dst) return is_websocket(uri->proto);
    return is_websocket(dst->proto) || !span_eq(dst->host, uri->host) ||
           port_or(dst->port_number, 5060) != port_or(uri->port_number, 5060);
}

static bool rport_differs(const sip_via *via)
{
    uint64_t rport;
    const unsigned standard = via->proto == KL_PROTO_TLS ? 5061 : 5060;
    return via->rport.n > 0 && span_uint(via->rport, 65535, &rport) && rport != port_or(via->port_number, standard);
}

static bool reply_differs(kl_ctx *ctx)
{
    const sip_via *via = msg_via2(ctx->msg);
    if (!via) return false;
    return is_websocket(via->proto) || rport_differs(via) ||
           (via->received.n > 0 && !span_eq(via->received, via->host));
}

static bool target_differs(kl_ctx *ctx) { return ctx->msg->is_request ? request_differs(ctx) : reply_differs(ctx); }

KSR_FN(nathelper_test)
{
    static bool (*const tests[])(kl_ctx *ctx) = {
        contact_private, via_differs,       via_private,          media_private,   via_port_differs,
        source_private,  came_by_websocket, contact_port_differs, media_elsewhere, target_differs,
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (((uint64_t)args[0].i >> i & 1) && tests[i](ctx)) return 1;
    return -1;
}
