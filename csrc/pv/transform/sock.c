/* sock.c: {sock.*} of the module corex: the parts of "[proto:]host[:port]". */
#include "tr.h"

typedef struct socket_text {
    kl_span proto, host, port;
} socket_text;

/* The first colon outside of brackets; everything up to it. */
static kl_span up_to_colon(kl_span text)
{
    bool inside = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '[') inside = true;
        else if (text.s[i] == ']') inside = false;
        else if (text.s[i] == ':' && !inside) return span_of(text.s, i);
    }
    return text;
}

/* A colon before *rest's end means another part follows; an empty last part is malformed. */
static bool parse(kl_span text, socket_text *out)
{
    kl_span parts[3], rest = text;
    size_t count = 0;
    while (count < 3) {
        parts[count] = up_to_colon(rest);
        size_t used = parts[count++].n;
        if (used == rest.n) break;
        rest = span_from(rest, used + 1);
        if (rest.n == 0 || count == 3) return false;
    }
    uint64_t port;
    bool proto = count > 1 && sip_transport_of(parts[0]) != KL_PROTO_NONE;
    if (count == 3 && !proto) return false;
    out->proto = proto ? parts[0] : SPAN("");
    out->host = parts[proto];
    out->port = count - proto > 1 ? parts[proto + 1] : SPAN("");
    return out->port.n == 0 || span_uint(out->port, UINT32_MAX, &port);
}

enum { SOCK_HOST, SOCK_PORT, SOCK_PROTO };

static bool part(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    socket_text parsed;
    if (!tr_text(ctx, value, &text) || text.n == 0 || !parse(text, &parsed)) return false;
    return tr_give(value, step->data == SOCK_HOST ? parsed.host : step->data == SOCK_PORT ? parsed.port : parsed.proto);
}

static char *put(char *p, kl_span text) { return text.n ? (char *)memcpy(p, text.s, text.n) + text.n : p; }

static bool touri(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    socket_text parsed;
    (void)step;
    if (!tr_text(ctx, value, &text) || text.n == 0 || !parse(text, &parsed)) return false;
    if (parsed.host.n == 0) return tr_give(value, SPAN(""));
    char *room = tr_room(ctx, text.n + sizeof "sip::;transport="), *p = room;
    if (!room) return false;
    p = put(put(p, SPAN("sip:")), parsed.host);
    if (parsed.port.n) p = put(put(p, SPAN(":")), parsed.port);
    if (parsed.proto.n) p = put(put(p, SPAN(";transport=")), parsed.proto);
    return tr_give(value, span_between(room, p));
}

static const tr_op ops[] = {
    {"sock", "host", "", part, SOCK_HOST},
    {"sock", "port", "", part, SOCK_PORT},
    {"sock", "proto", "", part, SOCK_PROTO},
    {"sock", "touri", "", touri, 0},
};
const tr_family tr_sock_family = {ops, sizeof ops / sizeof ops[0]};
