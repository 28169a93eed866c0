/* address.c: private addresses, and the source of a message as text. */
#include <arpa/inet.h>

#include "nathelper.h"

#define LONGEST_IP4 63 /* hexadecimal parts and blanks behind them */

bool nathelper_is_private(const nathelper_state *nat, kl_span host)
{
    static const struct {
        uint32_t net, mask;
    } nets[] = {
        {0x0a000000, 0xff000000}, {0xac100000, 0xfff00000}, {0xc0a80000, 0xffff0000},
        {0x64400000, 0xffc00000}, {0xc0000000, 0xfffffff8}, {0xc0000000, 0xffffff00},
    };
    const size_t count = sizeof nets / sizeof *nets - (nat->nat_addr_mode == 1 ? 0 : 1);
    char text[LONGEST_IP4 + 1];
    struct in_addr address;
    if (host.n == 0 || host.n > LONGEST_IP4 || memchr(host.s, '\0', host.n)) return false;
    memcpy(text, host.s, host.n);
    text[host.n] = '\0';
    if (!inet_aton(text, &address)) return false;
    const uint32_t ip = ntohl(address.s_addr);
    for (size_t i = 0; i < count; i++)
        if ((ip & nets[i].mask) == nets[i].net) return true;
    return false;
}

bool nathelper_same_host(kl_span a, kl_span b)
{
    sip_ip x, y;
    return ip_parse(a, &x) && ip_parse(b, &y) && ip_eq(&x, &y);
}

kl_span nathelper_join(kl_ctx *ctx, const kl_span *pieces, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) n += pieces[i].n;
    char *text = arena_alloc(ctx->scratch, n + 1), *at = text;
    if (!text) return SPAN_NULL;
    for (size_t i = 0; i < count; i++) at = span_put(at, pieces[i]);
    return span_of(text, n);
}

kl_span nathelper_bracketed(kl_ctx *ctx, kl_span host)
{
    return ip_wants_brackets(host) ? NATHELPER_JOIN(ctx, SPAN("["), host, SPAN("]")) : host;
}

kl_span nathelper_host(kl_ctx *ctx) { return nathelper_bracketed(ctx, ctx->msg->source_host); }

kl_span nathelper_host_port(kl_ctx *ctx)
{
    char digits[20];
    return NATHELPER_JOIN(ctx, nathelper_host(ctx), SPAN(":"), span_decimal(digits, ctx->msg->source_port));
}

kl_span nathelper_uri(kl_ctx *ctx)
{
    const kl_transport proto = ctx->msg->proto;
    const bool stream = build_is_stream(proto);
    return NATHELPER_JOIN(ctx, SPAN("sip:"), nathelper_host_port(ctx), stream ? SPAN(";transport=") : SPAN(""),
                          stream ? nathelper_transport(proto) : SPAN(""));
}
