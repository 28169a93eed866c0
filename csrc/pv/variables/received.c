/* received.c: $rcv and $recv: the bytes of a datagram before they are parsed, in the event core:msg-received alone. */
#include "base/codec.h"
#include "variables.h"

enum {
    RCV_AF,
    RCV_BUF,
    RCV_LEN,
    RCV_PROTO,
    RCV_SRCIP,
    RCV_RCVIP,
    RCV_SPROTO,
    RCV_SRCPORT,
    RCV_RCVPORT,
    RCV_SAFE,
    RCV_EVTYPE,
    RCV_BUFAT,
    RCV_HEXAT
};
static const char *const rcv_keys[] = {
    "af", "buf", "len", "proto", "srcip", "rcvip", "sproto", "srcport", "rcvport", "safe", "evtype", "bufat", "hexat",
};

static bool parse_rcv_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, rcv_keys, COUNT(rcv_keys));
}

/* Printable bytes, blanks and line ends. */
static bool is_safe(kl_span data)
{
    for (size_t i = 0; i < data.n; i++) {
        unsigned char c = (unsigned char)data.s[i];
        if ((c < ' ' || c > '~') && c != '\r' && c != '\n' && c != '\t') return false;
    }
    return true;
}

static bool get_rcv(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const ctx_received *received = ctx->received;
    const kl_packet *packet = received ? received->packet : NULL;
    (void)data;
    pv_null(out);
    if (packet == NULL) return true;
    switch (param->key) {
    case RCV_AF: pv_int(out, span_find(packet->local_host, ':') ? 10 : 2); return true;
    case RCV_BUF:
    case RCV_BUFAT: pv_str(out, received->data.n > 0 ? received->data : SPAN("")); return true;
    case RCV_LEN: pv_int(out, (int64_t)received->data.n); return true;
    case RCV_PROTO: pv_int(out, packet->transport); return true;
    case RCV_SRCIP: return variable_filled(out, packet->source_host);
    case RCV_RCVIP: return variable_filled(out, packet->local_host);
    case RCV_SPROTO: return variable_filled(out, span_text(sip_transport_name(packet->transport)));
    case RCV_SRCPORT: pv_int(out, packet->source_port); return true;
    case RCV_RCVPORT: pv_int(out, packet->local_port); return true;
    case RCV_SAFE: pv_int(out, is_safe(received->data)); return true;
    case RCV_EVTYPE: pv_int(out, 1); return true;
    default: return true;
    }
}

/* The value may show what it replaces. */
static bool replace(kl_ctx *ctx, ctx_received *received, kl_span text)
{
    kl_span copy = arena_copy(ctx->scratch, text);
    if (copy.s == NULL) return false;
    buf_clear(received->room);
    buf_add(received->room, copy);
    if (received->room->failed) return false;
    received->data = text.n > 0 ? buf_span(received->room) : SPAN("");
    return true;
}

/* "position:characters", or "position:hexpairs": in place, inside the data. */
static bool overwrite(kl_ctx *ctx, ctx_received *received, kl_span text, bool hex)
{
    const char *colon = span_find(text, ':');
    uint64_t at;
    if (colon == NULL || !span_uint(span_between(text.s, colon), received->data.n, &at)) return false;
    kl_span with = span_between(colon + 1, text.s + text.n);
    size_t n = hex ? with.n / 2 : with.n;
    if (n == 0 || n > received->data.n - at || (hex && with.n % 2 != 0)) return false;
    for (size_t i = 0; hex && i < with.n; i++)
        if (hex_digit(with.s[i]) < 0) return false;
    if (received->data.s != received->room->s && !replace(ctx, received, received->data)) return false;
    for (size_t i = 0; i < n; i++)
        received->room->s[at + i] = hex ? (char)(hex_digit(with.s[2 * i]) << 4 | hex_digit(with.s[2 * i + 1]))
                                        : with.s[i];
    return true;
}

static bool set_rcv(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    ctx_received *received = ctx->received;
    (void)data;
    if (received == NULL) return false;
    if (param->key != RCV_BUF && param->key != RCV_BUFAT && param->key != RCV_HEXAT) return true;
    if (value->flags & PV_NULL) return param->key == RCV_BUF && replace(ctx, received, SPAN(""));
    if (!(value->flags & PV_STR)) return false;
    return param->key == RCV_BUF ? replace(ctx, received, value->s)
                                 : overwrite(ctx, received, value->s, param->key == RCV_HEXAT);
}

static const pv_class classes[] = {
    {"rcv", get_rcv, set_rcv, parse_rcv_key, PV_CLASS_NO_MSG, 0},
    {"recv", get_rcv, set_rcv, parse_rcv_key, PV_CLASS_NO_MSG, 0},
};

CLASS_TABLE(pv_received_table);
