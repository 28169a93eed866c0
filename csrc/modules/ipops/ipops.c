/* ipops.c: KSR.ipops.*: addresses as text. What asks the DNS is written in Python (kemilua/modules/ipops_dns.py): the
 * engine does no IO, a resolver is given to it. */
#include "pv/pv.h"
#include "sip/ip.h"
#include "lookup.h"
#include "modules/modules.h"

/* what ip_type gives */
typedef enum ip_kind { KIND_NONE = -1, KIND_IP4 = 1, KIND_IP6 = 2, KIND_REFERENCE = 3 } ip_kind;

/* A zero before another digit in a part of an IPv4 address. */
static bool zero_leads(kl_span text)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.s[i] == '0' && (i == 0 || text.s[i - 1] == '.') && char_is(text.s[i + 1], SPAN_DIGIT)) return true;
    return false;
}

/* The IPv4 address that ends an IPv6 address; empty when there is none. */
static kl_span dotted_end(kl_span text)
{
    const char *colon = span_rfind(text, ':');
    const kl_span end = colon ? span_between(colon + 1, text.s + text.n) : text;
    return span_find(end, '.') ? end : SPAN("");
}

/* Strict: no blanks, no zone. */
static ip_kind read_ip(kl_span text, sip_ip *ip)
{
    if (span_empty(text) || !ip_parse(text, ip)) return KIND_NONE;
    if (ip->family == 4) return zero_leads(text) ? KIND_NONE : KIND_IP4;
    return zero_leads(dotted_end(text)) ? KIND_NONE : text.s[0] == '[' ? KIND_REFERENCE : KIND_IP6;
}

static int truth(bool yes) { return yes ? 1 : -1; }

static KSR_FN(ip_type)
{
    sip_ip ip;
    return read_ip(args[0].s, &ip);
}

#define ONLY(kind) (1 << (kind))

/* data: the kinds that pass. */
static KSR_FN(is_kind)
{
    sip_ip ip;
    const ip_kind kind = read_ip(args[0].s, &ip);
    return truth(kind != KIND_NONE && (ctx->row->data & ONLY(kind)));
}

/* ---- nets */

typedef struct net {
    uint8_t bytes[16];
    uint8_t bits;
    const char *name;
} net;

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;
    for (unsigned i = 0; i < whole; i++) /* nets differ in their first bytes: memcmp costs more */
        if (a[i] != b[i]) return false;
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

static const char *name_in(const net *nets, size_t count, const sip_ip *ip, const char *other)
{
    for (size_t i = 0; i < count; i++)
        if (bits_equal(nets[i].bytes, ip->bytes, nets[i].bits)) return nets[i].name;
    return other;
}

static const net nets4[] = {
    {{255, 255, 255, 255}, 32, "BROADCAST"},
    {{203, 0, 113}, 24, "TEST-NET"},
    {{198, 51, 100}, 24, "TEST-NET"},
    {{192, 0, 2}, 24, "TEST-NET"},
    {{192, 88, 99}, 24, "6TO4-RELAY"},
    {{192, 0, 0}, 24, "RESERVED"},
    {{192, 168}, 16, "PRIVATE"},
    {{169, 254}, 16, "LINK-LOCAL"},
    {{198, 18}, 15, "RESERVED"},
    {{172, 16}, 12, "PRIVATE"},
    {{100, 64}, 10, "SHARED"},
    {{127}, 8, "LOOPBACK"},
    {{10}, 8, "PRIVATE"},
    {{0}, 8, "PRIVATE"},
    {{240}, 4, "RESERVED"},
    {{224}, 4, "MULTICAST"},
};

static const net nets6[] = {
    {{0}, 128, "UNSPECIFIED"},
    {{[15] = 1}, 128, "LOOPBACK"},
    {{[10] = 0xff, 0xff}, 96, "IPV4MAP"},
    {{0x01}, 64, "DISCARD"},
    {{0x20, 0x01, 0x00, 0x02}, 48, "BMWG"},
    {{0x20, 0x01}, 32, "TEREDO"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "DOCUMENTATION"},
    {{0x20, 0x01, 0x00, 0x10}, 28, "ORCHID"},
    {{0x20, 0x02}, 16, "6TO4"},
    {{0xfe, 0x80}, 10, "LINK-LOCAL-UNICAST"},
    {{0xff}, 8, "MULTICAST"},
    {{0xfc}, 7, "UNIQUE-LOCAL-UNICAST"},
    {{0x20}, 3, "GLOBAL-UNICAST"},
};

static const char *name_of(const sip_ip *ip)
{
    if (ip->family == 4) return name_in(nets4, sizeof nets4 / sizeof *nets4, ip, "PUBLIC");
    return name_in(nets6, sizeof nets6 / sizeof *nets6, ip, "RESERVED");
}

static KSR_FN(is_private)
{
    static const net nets[] = {{{10}, 8, "10"}, {{172, 16}, 12, "172"}, {{192, 168}, 16, "192"}};
    sip_ip ip;
    return truth(read_ip(args[0].s, &ip) == KIND_IP4 && name_in(nets, sizeof nets / sizeof *nets, &ip, NULL));
}

static KSR_FN(compare)
{
    sip_ip a, b;
    const ip_kind kinds[] = {read_ip(args[0].s, &a), read_ip(args[1].s, &b)};
    for (int i = 0; i < 2; i++)
        if (kinds[i] == KIND_NONE || !(ctx->row->data & ONLY(kinds[i]))) return -1;
    return truth(ip_eq(&a, &b));
}

static kl_span trim_spaces(kl_span text)
{
    while (text.n > 0 && text.s[0] == ' ') text = span_from(text, 1);
    while (text.n > 0 && text.s[text.n - 1] == ' ') text.n--;
    return text;
}

/* Like C's atoi: blanks, a sign and digits, else 0; 32 bits are kept. */
static int32_t number_of(kl_span text)
{
    int64_t n = 0;
    while (text.n > 0 && (char_is(text.s[0], SPAN_WS) || text.s[0] == '\v' || text.s[0] == '\f'))
        text = span_from(text, 1);
    span_int_prefix(text, &n);
    return (int32_t)(uint32_t)(uint64_t)n;
}

/* "address" or "address/bits"; no reference. */
static bool in_net(const sip_ip *ip, kl_span item)
{
    sip_ip other;
    const char *slash = span_rfind(item, '/');
    const kl_span address = slash ? span_between(item.s, slash) : item;
    const ip_kind kind = read_ip(address, &other);
    const int32_t full = ip->family == 4 ? 32 : 128, bits = slash ? number_of(span_from(item, address.n + 1)) : full;
    if (kind == KIND_NONE || kind == KIND_REFERENCE || other.family != ip->family || bits < 0 || bits > full)
        return false;
    return bits_equal(ip->bytes, other.bytes, (unsigned)bits);
}

static KSR_FN(in_subnet)
{
    sip_ip ip;
    kl_span rest = args[1].s;
    const ip_kind kind = read_ip(args[0].s, &ip);
    if (kind == KIND_NONE || kind == KIND_REFERENCE) return -1;
    while (rest.n > 0)
        if (in_net(&ip, trim_spaces(span_cut(&rest, ',')))) return 1;
    return -1;
}

/* ---- the name of a type, written to a variable */

static int write_name(kl_ctx *ctx, kl_span name, const sip_ip *ip)
{
    const pv_spec *spec = pv_lookup(ctx, name);
    pv_value value;
    if (!spec || !pv_is_writable(spec)) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: the result variable is %s", ctx->row->name, spec ? "read-only" : "none");
        return -1;
    }
    if (!ip) return -1;
    pv_str(&value, span_text(name_of(ip)));
    return truth(pv_set(ctx, spec, &value));
}

static KSR_FN(detailed)
{
    sip_ip ip;
    return write_name(ctx, args[1].s, read_ip(args[0].s, &ip) == KIND_NONE ? NULL : &ip);
}

static kl_span trim_more(kl_span text)
{
    while (text.n > 0 && text.s[text.n - 1] == '\0') text.n--;
    return span_trim(text);
}

/* These two are laxer: blanks around, and of a reference the brackets are taken off, whatever the last byte is. */
static KSR_FN(detailed4)
{
    sip_ip ip;
    return write_name(ctx, args[1].s, read_ip(trim_more(args[0].s), &ip) == KIND_IP4 ? &ip : NULL);
}

static KSR_FN(detailed6)
{
    sip_ip ip;
    kl_span text = args[0].s;
    if (text.n >= 2 && text.s[0] == '[') text = span_of(text.s + 1, text.n - 2);
    return write_name(ctx, args[1].s, read_ip(trim_more(text), &ip) == KIND_IP6 ? &ip : NULL);
}

#define PURE        (ONLY(KIND_IP4) | ONLY(KIND_IP6))
#define EVERY       (PURE | ONLY(KIND_REFERENCE))
#define MODULE_ROWS "modules/ipops/rows.def"
#include "modules/rows.h"

const kl_module ipops_module = {
    .name = "ipops", .rows = rows, .row_count = sizeof rows / sizeof *rows, .variables = &ipops_variables};
