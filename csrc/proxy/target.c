#include "target.h"

#include "sip/build.h"

#define DEFAULT_PORT 5060

static kl_span without_brackets(kl_span host)
{
    return host.n > 2 && host.s[0] == '[' && host.s[host.n - 1] == ']' ? span_of(host.s + 1, host.n - 2) : host;
}

/* Nobody sends there, RFC 4475 3.3.10; Kamailio's sockets may not. */
static bool is_broadcast(const sip_ip *ip) { return ip->family == 4 && memcmp(ip->bytes, "\xff\xff\xff\xff", 4) == 0; }

/* An engine without sockets (a test, a stack that listens itself) sends from where the message arrived. */
static bool pick_socket(kl_ctx *ctx, send_target *target)
{
    sip_ip ip = {0};
    if (!ip_parse(target->host, &ip)) ip.family = 0;
    if (is_broadcast(&ip)) return false;
    target->socket = socket_pick(ctx->server, ctx->msg->send_socket, ctx->msg->recv_socket, target->proto, ip.family);
    return target->socket >= 0 || ctx->server->socket_count == 0;
}

bool target_of_uri(kl_ctx *ctx, const sip_uri *uri, send_target *target)
{
    if ((uri->scheme != SIP_URI_SIP && uri->scheme != SIP_URI_SIPS) || span_empty(uri->host))
        return send_refused(ctx, "no host to send to in", uri->text);
    target->proto = uri->proto == KL_PROTO_NONE ? KL_PROTO_UDP : uri->proto;
    target->host = without_brackets(uri->host);
    target->port = uri->port_number ? uri->port_number : socket_default_port(target->proto);
    target->conid = -1;
    return pick_socket(ctx, target) || send_refused(ctx, "no socket that could send to", uri->text);
}

bool target_is_name(const sip_uri *uri)
{
    sip_ip ip;
    const bool sip = uri->scheme == SIP_URI_SIP || uri->scheme == SIP_URI_SIPS;
    return sip && !span_empty(uri->host) && !ip_parse(uri->host, &ip);
}

bool target_of_address(kl_ctx *ctx, const kl_target *address, send_target *target)
{
    target->host = address->host;
    target->port = address->port;
    target->proto = address->transport;
    target->conid = -1;
    return pick_socket(ctx, target) || send_refused(ctx, "no socket that could send to", address->host);
}

/* ---- replies */

/* The number of the connection the request came on, as we wrote it on our Via (;i=). */
static int connection_of(const sip_via *own)
{
    kl_span digits;
    unsigned n = 0;
    if (!own || !sip_param_find(own->params, ';', SPAN("i"), &digits) || digits.n == 0 || digits.n > 7) return -1;
    for (size_t i = 0; i < digits.n; i++) {
        const char c = char_lower(digits.s[i]);
        if (!char_is(c, SPAN_HEX)) return -1;
        n = n << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return (int)n;
}

/* Received and rport where they are, else what the Via says. */
bool target_behind_us(kl_ctx *ctx, send_target *target)
{
    const sip_via *via = msg_via2(ctx->msg);
    uint64_t rport;
    if (!via) {
        log_print(ctx, KL_LOG_DBG, "the reply has no second Via: it is not forwarded");
        return false;
    }
    target->proto = via->proto == KL_PROTO_NONE ? KL_PROTO_UDP : via->proto;
    target->host = without_brackets(via->received.n > 0 ? via->received : via->host);
    target->port = via->port_number ? via->port_number : socket_default_port(target->proto);
    if (via->rport.n > 0 && span_uint(via->rport, 65535, &rport) && rport > 0) target->port = (uint16_t)rport;
    target->conid = build_is_stream(target->proto) ? connection_of(msg_via1(ctx->msg)) : -1;
    target->flags = ctx->msg->reply_send_flags;
    return pick_socket(ctx, target) || send_refused(ctx, "no socket that could send to", via->text);
}

static uint16_t via_port(const sip_via *via) { return via && via->port_number ? via->port_number : DEFAULT_PORT; }

/* RFC 3261 18.2.2 without its maddr, which Kamailio ignores: the address the request came from, its port when rport
 * asks for it, else the Via's. */
send_target target_of_reply(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    const sip_via *via = msg_via1(msg);
    const bool rport = (via && via->rport_present) || (msg->msg_flags & SIP_MSG_FORCE_RPORT);
    const bool datagram = msg->proto == KL_PROTO_UDP || msg->proto == KL_PROTO_NONE;
    const bool by_via = ctx->server->reply_to_via && datagram && !rport && via;
    return (send_target){.host = by_via ? via->host : msg->source_host,
                         .port = rport || !datagram ? msg->source_port : via_port(via),
                         .proto = msg->proto,
                         .conid = msg->conid,
                         .socket = msg->recv_socket,
                         .flags = msg->reply_send_flags};
}
