#include "route.h"

#include "sip/msg_clone.h"
#include "sip/param.h"

/* ---- one body */

/* The first unquoted c. A quote behind a backslash does not count, whatever stands before that. */
static const char *find_unquoted(const char *p, const char *end, char c)
{
    bool quoted = false;
    for (char before = '\0'; p < end; before = *p++) {
        if (!quoted && *p == c) return p;
        if (*p == '"' && !(quoted && before == '\\')) quoted = !quoted;
    }
    return NULL;
}

static const char *skip_token(const char *p, const char *end, bool name)
{
    while (p < end && !char_is(*p, SPAN_WS) && *p != ';' && *p != ',' && !(name && *p == '=')) p++;
    return p;
}

/* Behind "="; nothing at all may stand there, at the end. NULL: malformed. */
static const char *skip_value(const char *p, const char *end)
{
    p = sip_skip_blanks(p, end);
    if (p == end) return p;
    if (*p != '"') {
        const char *stop = skip_token(p, end, false);
        return stop == p ? NULL : stop;
    }
    const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));
    return quote ? quote + 1 : NULL;
}

/* All parameters from a ";" on: the place behind them, blanks skipped. */
static const char *skip_params(const char *p, const char *end)
{
    while (p < end && *p == ';') {
        p = sip_skip_blanks(p + 1, end);
        if (p == end) return NULL;
        p = sip_skip_blanks(skip_token(p, end, true), end);
        if (p < end && *p == '=' && !(p = skip_value(p + 1, end))) return NULL;
        p = sip_skip_blanks(p, end);
    }
    return p;
}

static bool next_body(kl_span *rest, route_body *body)
{
    const char *end = span_end(*rest), *start = sip_skip_blanks(rest->s, end), *open = find_unquoted(start, end, '<');
    const char *close = open ? find_unquoted(open + 1, end, '>') : NULL;
    const char *p = close ? skip_params(sip_skip_blanks(close + 1, end), end) : NULL;
    if (!p || (p < end && *p != ',')) return false;
    body->uri = span_between(open + 1, close);
    body->text = span_trim(span_between(start, p));
    if (p < end && sip_skip_blanks(++p, end) == end) return false; /* a comma wants something behind it */
    *rest = span_between(p, end);
    return true;
}

/* ---- walking */

static bool readable(kl_span body)
{
    route_body entry;
    if (span_empty(span_trim(body))) return false;
    for (kl_span rest = body; !span_empty(span_trim(rest));)
        if (!next_body(&rest, &entry)) return false;
    return true;
}

static route_found enter(route_walk *walk, const sip_hdr *hdr)
{
    walk->hdr = hdr;
    if (!hdr) return walk->msg->hdrs_bad ? ROUTE_BAD : ROUTE_END;
    walk->rest = hdr_body(hdr);
    walk->previous = (route_body){.text = SPAN_NULL};
    if (!readable(hdr_body(hdr)) || !next_body(&walk->rest, &walk->entry)) return ROUTE_BAD;
    walk->start = walk->entry.text.s;
    return ROUTE_FOUND;
}

route_found route_first(route_walk *walk, kl_msg *msg, sip_hdr_id id)
{
    *walk = (route_walk){.msg = msg};
    return enter(walk, msg_hdr_first(msg, id));
}

bool route_has_more(const route_walk *walk) { return !span_empty(span_trim(walk->rest)); }

route_found route_next_in(route_walk *walk)
{
    walk->previous = walk->entry;
    return next_body(&walk->rest, &walk->entry) ? ROUTE_FOUND : ROUTE_BAD;
}

route_found route_next_header(route_walk *walk) { return enter(walk, msg_hdr_next(walk->msg, walk->hdr)); }

/* ---- what is ours */

bool route_is_own(const kl_server *server, const sip_uri *uri)
{
    return !uri->gr_present &&
           socket_is_myself(server, uri->host, uri->port_number ? uri->port_number : 5060, KL_PROTO_NONE);
}

kl_span route_param(kl_span params, kl_span name)
{
    while (params.n > 0) {
        const char *end = span_find(params, ';');
        const kl_span one = end ? span_between(params.s, end) : params;
        if (one.n > name.n && one.s[name.n] == '=' && span_eq(span_of(one.s, name.n), name))
            return span_from(one, name.n + 1);
        params = end ? span_from(params, (size_t)(end - params.s) + 1) : SPAN("");
    }
    return SPAN_NULL;
}

static bool outlives_bytes(void *note)
{
    ((route_notes *)note)->waiting = false;
    return true;
}

static void *clone(clone_work *work, const void *opaque)
{
    const route_notes *notes = opaque;
    route_notes *copy = clone_copy(work, notes, sizeof *notes);
    const kl_span params = clone_text(work, notes->params), pending = clone_text(work, notes->pending);
    if (!copy) return NULL;
    copy->params = params;
    copy->pending = pending;
    for (int i = 0; i < 2; i++) {
        copy->headers[i] = clone_edit(work, notes->headers[i]);
        copy->grows[i] = clone_edit_part(work, notes->grows[i]);
    }
    return copy;
}

route_notes *route_notes_of(kl_msg *msg)
{
    static const slot_kind kind = {
        .number = SLOT_ROUTE, .size = sizeof(route_notes), .replaced = outlives_bytes, .clone = clone};
    return slot_make(msg, &kind);
}

kl_span route_own_params(kl_ctx *ctx)
{
    route_walk walk;
    sip_uri uri;
    const route_notes *notes = route_noted(ctx->msg);
    if (notes && notes->routed) return notes->params;
    if (route_first(&walk, ctx->msg, SIP_HDR_ROUTE) != ROUTE_FOUND ||
        sip_uri_parse(walk.entry.uri, &uri, NULL) != KL_OK)
        return SPAN("");
    if (span_empty(uri.params) || !route_is_own(ctx->server, &uri)) return SPAN("");
    return span_of(uri.params.s - 1, uri.params.n + 1);
}

/* ---- direction */

/* Kamailio looks for the parameter in a text that is long enough for a semicolon, the name and a value, wherever it
 * starts. */
#define SHORTEST_FTAG 7

static bool goes_upstream(kl_ctx *ctx)
{
    const kl_span params = route_own_params(ctx);
    const kl_span ftag = params.n >= SHORTEST_FTAG ? route_param(params, SPAN("ftag")) : SPAN("");
    const sip_nameaddr *from = ftag.n > 0 ? msg_from(ctx->msg) : NULL;
    return from && from->tag.n > 0 && !span_eq(ftag, from->tag);
}

bool route_is_upstream(kl_ctx *ctx)
{
    route_notes *notes = route_notes_of(ctx->msg);
    if (notes && notes->direction != ROUTE_UNKNOWN) return notes->direction == ROUTE_UPSTREAM;
    const bool upstream = goes_upstream(ctx);
    if (notes) notes->direction = upstream ? ROUTE_UPSTREAM : ROUTE_DOWNSTREAM;
    return upstream;
}
