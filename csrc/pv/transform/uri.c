/* uri.c: {uri.*} and {urialias.*}. A text that is no URI fails for the first and is '' for the second, as in Kamailio.
 */
#include "tr.h"

#include "pv/cache.h"
#include "pv/paramlist.h"
#include "sip/ip.h"

/* One trailing ; is forgiven. */
static bool parse(kl_span text, sip_uri *uri)
{
    if (text.n && text.s[text.n - 1] == ';') text.n--;
    return text.n > 0 && sip_uri_parse(text, uri, NULL) == KL_OK;
}

/* An int without a text of its own is not looked at. */
static bool uri_of(const pv_value *value, sip_uri *uri) { return (value->flags & PV_STR) && parse(value->s, uri); }

static const sip_uri *parse_and_note(pv_uri *note, kl_span text)
{
    note->at = SPAN_NULL;
    if (text.n > PV_URI_MAX || !parse(text, &note->uri)) return NULL;
    memcpy(note->text, text.s, text.n);
    note->at = text;
    return &note->uri;
}

/* The same, remembered while the same bytes lie at the same place: scripts ask for one part of a URI after the other.
 * Good until the next URI is asked for; NULL also for one that is too long to remember. */
static const sip_uri *noted(kl_ctx *ctx, const pv_value *value)
{
    const kl_span text = value->s;
    if (!(value->flags & PV_STR) || text.n == 0) return NULL;
    pv_lately *lately = ctx->pvs->lately;
    if (KL_UNLIKELY(!lately)) return NULL;
    pv_uri *note = &lately->uris[((uintptr_t)text.s >> 3 ^ text.n) & (PV_URIS - 1)];
    if (KL_LIKELY(note->at.s == text.s && note->at.n == text.n && memcmp(note->text, text.s, text.n) == 0))
        return &note->uri;
    return parse_and_note(note, text);
}

/* tel: parameters belong to the number, not to these. */
static kl_span params_of(const sip_uri *uri)
{
    return uri->scheme == SIP_URI_TEL || uri->scheme == SIP_URI_TELS ? SPAN_NULL : uri->params;
}

static bool part(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri fresh;
    const sip_uri *uri = noted(ctx, value);
    kl_span out;
    if (!uri && !uri_of(value, &fresh)) return false;
    memcpy(&out, (const char *)(uri ? uri : &fresh) + step->data, sizeof out); /* data: offset of a span in sip_uri */
    return tr_give(value, out);
}

static bool params(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri uri;
    (void)ctx, (void)step;
    return uri_of(value, &uri) && tr_give(value, params_of(&uri));
}

/* Prints as '' when there is none. */
static bool port(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri uri;
    (void)ctx, (void)step;
    if (!uri_of(value, &uri)) return false;
    pv_int_text(value, uri.port_number, uri.port.n ? uri.port : SPAN(""));
    return true;
}

static bool param(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri fresh;
    const sip_uri *uri = noted(ctx, value);
    kl_span name;
    paramlist_item item = {SPAN(""), SPAN("")};
    if (!uri && !uri_of(value, &fresh)) return false;
    const kl_span list = params_of(uri ? uri : &fresh); /* before the name, which may ask for another URI */
    if (!tr_str(ctx, &step->params[0], &name)) return false;
    if (list.n && paramlist_find(list, ';', name, &item) < 0) return false;
    return tr_give(value, item.value);
}

static bool scheme(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri uri;
    (void)ctx, (void)step;
    if (!uri_of(value, &uri)) return false;
    const char *colon = span_find(value->s, ':');
    return colon && tr_give(value, span_between(value->s.s, colon));
}

/* ---- writing: pieces into a buffer of the right size */

typedef struct writer {
    char *s; /* NULL: only counting */
    size_t n;
} writer;

static void put(writer *w, kl_span text)
{
    if (w->s && text.n) memcpy(w->s + w->n, text.s, text.n);
    w->n += text.n;
}

typedef void (*compose)(writer *w, const sip_uri *uri, kl_span a, kl_span b);

/* Composes twice: to count, then to write. */
static bool give_composed(kl_ctx *ctx, pv_value *value, compose how, const sip_uri *uri, kl_span a, kl_span b)
{
    writer w = {NULL, 0};
    how(&w, uri, a, b);
    size_t size = w.n;
    w = (writer){tr_room(ctx, size), 0};
    if (!w.s) return false;
    how(&w, uri, a, b);
    return tr_give(value, span_of(w.s, w.n));
}

/* a, b: around the parameter that goes. */
static void compose_two(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    (void)uri;
    put(w, a), put(w, b);
}

/* ";name[=value]" of the first parameter of that name, quotes respected. */
static bool find_param_text(kl_span list, kl_span name, kl_span *out)
{
    size_t start = 0;
    for (size_t i = 0, quoted = 0; i <= list.n; i++) {
        if (i < list.n && list.s[i] == '"') quoted = !quoted;
        if (i < list.n && (list.s[i] != ';' || quoted)) continue;
        kl_span item = span_of(list.s + start, i - start);
        const char *equals = span_find(item, '=');
        if (span_eqi(span_trim(equals ? span_between(item.s, equals) : item), name)) {
            *out = span_of(item.s - 1, item.n + 1); /* the ; before it is part of the URI */
            return true;
        }
        start = i + 1;
    }
    return false;
}

static bool rmparam(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri uri;
    kl_span name, piece;
    if (!uri_of(value, &uri) || !tr_str(ctx, &step->params[0], &name)) return false;
    kl_span list = params_of(&uri);
    if (list.n == 0 || name.n == 0 || !find_param_text(list, name, &piece)) return tr_give(value, value->s);
    kl_span before = span_between(value->s.s, piece.s),
            after = span_between(piece.s + piece.n, value->s.s + value->s.n);
    return give_composed(ctx, value, compose_two, NULL, before, after);
}

/* proto:host:port; a is the port. */
static void compose_socket(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    (void)b;
    put(w, span_text(sip_transport_name(uri->proto))), put(w, SPAN(":")), put(w, uri->host), put(w, SPAN(":")),
        put(w, a);
}

static kl_span decimal(kl_ctx *ctx, int64_t n)
{
    pv_value number;
    pv_int(&number, n);
    return pv_text(ctx, &number);
}

static bool tosocket(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri uri;
    (void)step;
    if (!uri_of(value, &uri)) return false;
    if (uri.proto == KL_PROTO_NONE) {
        log_print(ctx, KL_LOG_WARN, "{uri.tosocket}: no known transport in \"%.*s\"",
                  (int)(value->s.n > 256 ? 256 : value->s.n), value->s.s);
        return tr_give(value, SPAN(""));
    }
    return give_composed(ctx, value, compose_socket, &uri, decimal(ctx, uri.port_number ? uri.port_number : 5060),
                         SPAN(""));
}

enum { SHORT_USER = 1, SHORT_HOP = 2 };

/* a: scheme as written. */
static void compose_short(writer *w, const sip_uri *uri, kl_span a, bool user, bool hop)
{
    put(w, a), put(w, SPAN(":"));
    if (user && uri->user.n) put(w, uri->user), put(w, SPAN("@"));
    put(w, uri->host);
    if (hop && uri->port.n) put(w, SPAN(":")), put(w, uri->port);
    if (hop && uri->transport.n) put(w, SPAN(";transport=")), put(w, uri->transport);
}

static void compose_duri(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    (void)b, compose_short(w, uri, a, false, true);
}
static void compose_saor(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    (void)b, compose_short(w, uri, a, true, false);
}
static void compose_suri(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    (void)b, compose_short(w, uri, a, true, true);
}

static bool shorten(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    static const compose how[] = {
        [SHORT_HOP] = compose_duri, [SHORT_USER] = compose_saor, [SHORT_USER | SHORT_HOP] = compose_suri};
    sip_uri uri;
    if (!uri_of(value, &uri)) return false;
    const char *colon = span_find(value->s, ':');
    return colon && give_composed(ctx, value, how[step->data], &uri, span_between(value->s.s, colon), SPAN(""));
}

/* ---- urialias: host~port~protocol as nathelper writes it into ;alias= */

/* a: port, b: protocol */
static void compose_alias(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    put(w, uri->host), put(w, SPAN("~")), put(w, a), put(w, SPAN("~")), put(w, b);
}

static bool alias_encode(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    sip_uri uri;
    kl_span text;
    (void)step;
    if (!tr_text(ctx, value, &text) || text.n == 0) return false;
    if (!parse(text, &uri)) {
        log_print(ctx, KL_LOG_WARN, "{urialias.encode}: not a URI: \"%.*s\"", (int)(text.n > 256 ? 256 : text.n),
                  text.s);
        return tr_keep(value, SPAN(""));
    }
    bool secure = uri.proto == KL_PROTO_TLS || uri.proto == KL_PROTO_WSS;
    kl_span number = uri.port.n ? uri.port : secure ? SPAN("5061") : SPAN("5060");
    return give_composed(ctx, value, compose_alias, &uri, number,
                         decimal(ctx, uri.proto ? (int)uri.proto : KL_PROTO_UDP));
}

/* a: host:port part as "host~port", b: transport or empty */
static void compose_decoded(writer *w, const sip_uri *uri, kl_span a, kl_span b)
{
    const char *tilde = span_find(a, '~');
    (void)uri;
    const kl_span host = span_between(a.s, tilde);
    const bool bare6 = ip_wants_brackets(host);
    put(w, bare6 ? SPAN("sip:[") : SPAN("sip:")), put(w, host), put(w, bare6 ? SPAN("]:") : SPAN(":")),
        put(w, span_between(tilde + 1, a.s + a.n));
    if (b.n) put(w, SPAN(";transport=")), put(w, b);
}

/* Only the first digit of the protocol counts; 5 and 6 are both ws on the wire (RFC 7118). Kamailio returns stale
 * memory for a text without two
 * ~; this returns '', as it does for an unknown protocol. */
static bool alias_decode(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    static const char *const transports[] = {"", "", "tcp", "tls", "sctp", "ws", "ws"};
    kl_span text;
    (void)step;
    if (!tr_text(ctx, value, &text) || text.n == 0) return false;
    const char *first = span_find(text, '~'), *end = span_end(text);
    const char *second = first ? span_find(span_between(first + 1, end), '~') : NULL;
    unsigned proto = second && second + 1 < end ? (unsigned)(unsigned char)second[1] - '0' : 99;
    if (proto >= sizeof transports / sizeof transports[0]) {
        log_print(ctx, KL_LOG_WARN, "{urialias.decode}: not an alias: \"%.*s\"", (int)(text.n > 256 ? 256 : text.n),
                  text.s);
        return tr_give(value, SPAN(""));
    }
    return give_composed(ctx, value, compose_decoded, NULL, span_between(text.s, second), span_text(transports[proto]));
}

#define PART(member) ((intptr_t)offsetof(sip_uri, member))

static const tr_op ops[] = {
    {"uri", "user", "", part, PART(user)},
    {"uri", "host", "", part, PART(host)},
    {"uri", "domain", "", part, PART(host)},
    {"uri", "passwd", "", part, PART(password)},
    {"uri", "port", "", port, 0},
    {"uri", "params", "", params, 0},
    {"uri", "param", "s", param, 0},
    {"uri", "rmparam", "s", rmparam, 0},
    {"uri", "headers", "", part, PART(headers)},
    {"uri", "transport", "", part, PART(transport)},
    {"uri", "ttl", "", part, PART(ttl)},
    {"uri", "uparam", "", part, PART(user_param)},
    {"uri", "maddr", "", part, PART(maddr)},
    {"uri", "method", "", part, PART(method)},
    {"uri", "lr", "", part, PART(lr)},
    {"uri", "r2", "", part, PART(r2)},
    {"uri", "scheme", "", scheme, 0},
    {"uri", "tosocket", "", tosocket, 0},
    {"uri", "duri", "", shorten, SHORT_HOP},
    {"uri", "saor", "", shorten, SHORT_USER},
    {"uri", "suri", "", shorten, SHORT_USER | SHORT_HOP},
    {"urialias", "encode", "", alias_encode, 0},
    {"urialias", "decode", "", alias_decode, 0},
};
const tr_family tr_uri_family = {ops, sizeof ops / sizeof ops[0]};
