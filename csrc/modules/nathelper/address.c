/* address.c: private addresses, and the source of a message as text. */
#include <arpa/inet.h>

#include "nathelper.h"

#include "base/text.h"
#include "pv/pv.h"

#define LONGEST_IP4 63 /* hexadecimal parts and blanks behind them */

/* Four decimal parts, which all ways of reading an address agree upon. */
static bool read_plain(kl_span host, uint32_t *out)
{
    const char *p = host.s, *end = span_end(host);
    uint32_t ip = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.')) return false;
        const char *first = p;
        unsigned part = 0;
        for (; p < end && p - first < 3 && char_is(*p, SPAN_DIGIT); p++) part = part * 10 + (unsigned)(*p - '0');
        if (p == first || part > 255 || (*first == '0' && p - first > 1)) return false;
        ip = ip << 8 | part;
    }
    *out = ip;
    return p == end;
}

/* As inet_aton reads it: parts may be octal or hexadecimal, or fewer than four. */
static bool read_any(kl_span host, uint32_t *out)
{
    char text[LONGEST_IP4 + 1];
    struct in_addr address;
    if (host.n == 0 || host.n > LONGEST_IP4 || memchr(host.s, '\0', host.n)) return false;
    memcpy(text, host.s, host.n);
    text[host.n] = '\0';
    if (!inet_aton(text, &address)) return false;
    *out = ntohl(address.s_addr);
    return true;
}

bool nathelper_is_private(const nathelper_state *nat, kl_span host)
{
    static const struct {
        uint32_t net, mask;
    } nets[] = {
        {0x0a000000, 0xff000000}, {0xac100000, 0xfff00000}, {0xc0a80000, 0xffff0000},
        {0x64400000, 0xffc00000}, {0xc0000000, 0xfffffff8}, {0xc0000000, 0xffffff00},
    };
    const size_t count = sizeof nets / sizeof *nets - (nat->nat_addr_mode == 1 ? 0 : 1);
    uint32_t ip;
    if (!read_plain(host, &ip) && !read_any(host, &ip)) return false;
    for (size_t i = 0; i < count; i++)
        if ((ip & nets[i].mask) == nets[i].net) return true;
    return false;
}

bool nathelper_same_host(kl_span a, kl_span b)
{
    sip_ip x, y;
    return ip_parse(a, &x) && ip_parse(b, &y) && ip_eq(&x, &y);
}

kl_span nathelper_bracketed(kl_ctx *ctx, kl_span host)
{
    return ip_wants_brackets(host) ? text_join(ctx->scratch, SPAN("["), host, SPAN("]")) : host;
}

kl_span nathelper_host(kl_ctx *ctx) { return nathelper_bracketed(ctx, ctx->msg->source_host); }

kl_span nathelper_host_port(kl_ctx *ctx)
{
    char digits[20];
    return text_join(ctx->scratch, nathelper_host(ctx), SPAN(":"), text_decimal(digits, ctx->msg->source_port));
}

kl_span nathelper_uri(kl_ctx *ctx)
{
    const kl_transport proto = ctx->msg->proto;
    const bool stream = build_is_stream(proto);
    return text_join(ctx->scratch, SPAN("sip:"), nathelper_host_port(ctx), stream ? SPAN(";transport=") : SPAN(""),
                     stream ? nathelper_transport(proto) : SPAN(""));
}

/* ---- functions */

KSR_FN(nathelper_is_rfc1918) { return nathelper_is_private(nathelper_state_of(ctx), args[0].s) ? 1 : -1; }

KSR_FN(nathelper_fix_nated_register)
{
    const kl_span avp = nathelper_state_of(ctx)->received_avp;
    const pv_spec *spec = avp.n > 0 ? pv_lookup(ctx, avp) : NULL;
    pv_value value;
    if (avp.n == 0) return 1;
    pv_str(&value, nathelper_uri(ctx));
    return value.s.s && spec && pv_set(ctx, spec, &value) ? 1 : -1;
}
