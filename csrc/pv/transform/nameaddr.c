/* nameaddr.c: {nameaddr.*}, which only looks for < and >, and {tobody.*}, which parses a From or To body. */
#include "tr.h"

#include "sip/nameaddr.h"

/* The first < outside of quotes. A quote behind a backslash is text, be the backslash itself escaped or not, as in
 * Kamailio. */
static const char *find_bracket(kl_span text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '"' && !(quoted && text.s[i - 1] == '\\')) quoted = !quoted;
        else if (text.s[i] == '<' && !quoted) return text.s + i;
    }
    return NULL;
}

enum { NAMEADDR_NAME, NAMEADDR_URI, NAMEADDR_LEN };

static bool nameaddr(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, name = SPAN(""), uri;
    if (!tr_text(ctx, value, &text) || text.n == 0) return false;
    uri = text;
    const char *open = find_bracket(text), *end = span_end(text);
    if (open) {
        const char *close = span_find(span_between(open, end), '>');
        if (!close) return false;
        name = span_between(text.s, open);
        uri = span_between(open + 1, close);
        end = close + 1;
    }
    if (step->data == NAMEADDR_LEN) return tr_give_int(value, end - text.s);
    return tr_give(value, step->data == NAMEADDR_NAME ? name : uri);
}

/* From the first parameter to the very end, blanks there included; a comma outside of quotes would start another body.
 */
static bool params_to_end(kl_span text, const sip_nameaddr *body, kl_span *out)
{
    bool quoted = false;
    *out = SPAN("");
    if (body->params.n == 0) return true;
    *out = span_between(body->params.s, text.s + text.n);
    while (out->n && char_is(out->s[0], SPAN_WS)) *out = span_from(*out, 1);
    for (size_t i = 0; i < out->n; i++) {
        if (quoted && out->s[i] == '\\') i++;
        else if (out->s[i] == '"') quoted = !quoted;
        else if (out->s[i] == ',' && !quoted) return false;
    }
    return true;
}

enum { TOBODY_URI, TOBODY_DISPLAY, TOBODY_TAG, TOBODY_USER, TOBODY_HOST, TOBODY_PARAMS };

static bool tobody(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, params;
    sip_nameaddr body;
    sip_uri uri;
    if (!tr_text(ctx, value, &text) || text.n == 0) return false;
    if (sip_nameaddr_parse(text, &body, NULL) != KL_OK || body.star || sip_uri_parse(body.uri, &uri, NULL) != KL_OK)
        return false;
    if (!params_to_end(text, &body, &params)) return false;
    switch (step->data) {
    case TOBODY_URI: return tr_give(value, body.uri);
    case TOBODY_DISPLAY: return tr_give(value, body.display);
    case TOBODY_TAG: return tr_give(value, body.tag);
    case TOBODY_USER: return tr_give(value, uri.user);
    case TOBODY_HOST: return tr_give(value, uri.host);
    default: return tr_give(value, params);
    }
}

static const tr_op ops[] = {
    {"nameaddr", "name", "", nameaddr, NAMEADDR_NAME}, {"nameaddr", "uri", "", nameaddr, NAMEADDR_URI},
    {"nameaddr", "len", "", nameaddr, NAMEADDR_LEN},   {"tobody", "uri", "", tobody, TOBODY_URI},
    {"tobody", "display", "", tobody, TOBODY_DISPLAY}, {"tobody", "tag", "", tobody, TOBODY_TAG},
    {"tobody", "user", "", tobody, TOBODY_USER},       {"tobody", "host", "", tobody, TOBODY_HOST},
    {"tobody", "params", "", tobody, TOBODY_PARAMS},
};
const tr_family tr_nameaddr_family = {ops, sizeof ops / sizeof ops[0]};
