/* fromto.c: From and To and their parts. Reads see the message as received; writes are edits that show after msg_apply_changes or on
 * sending. Each write replaces its own piece of the header, so a user and a host set one after the other both take effect; a part set twice has
 * the later text, and a whole URI swallows what was put into it. */
#include "sip/edit.h"
#include "class.h"

enum { PART_URI, PART_URI_LENGTH, PART_USER, PART_USER_LENGTH, PART_HOST, PART_NAME, PART_TAG, PART_HAS_TAG };
enum { OF_FROM = 0, OF_TO = 16 };

static const sip_nameaddr *address(kl_ctx *ctx, intptr_t data) { return data & OF_TO ? msg_to(ctx->msg) : msg_from(ctx->msg); }
static const sip_uri *address_uri(kl_ctx *ctx, intptr_t data) { return data & OF_TO ? msg_to_uri(ctx->msg) : msg_from_uri(ctx->msg); }

static bool get_address_part(const sip_nameaddr *na, int part, pv_value *out)
{
    switch (part) {
    case PART_URI:
        return class_filled(out, na->uri);
    case PART_URI_LENGTH:
        pv_int(out, (int64_t)na->uri.n);
        return true;
    case PART_NAME:
        return class_filled(out, na->display);
    default:
        return class_filled(out, na->tag);
    }
}

static bool get_address(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_nameaddr *na = address(ctx, data);
    (void)param;
    if (na != NULL)
        return get_address_part(na, (int)(data & 15), out);
    pv_null(out);
    return true;
}

static bool get_uri_part(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_uri *uri = address_uri(ctx, data);
    int part = (int)(data & 15);
    (void)param;
    if (uri == NULL)
        pv_null(out);
    else if (part == PART_USER_LENGTH)
        pv_int(out, (int64_t)uri->user.n);
    else
        class_filled(out, part == PART_USER ? uri->user : uri->host);
    return true;
}

static bool get_has_tag(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_nameaddr *na = address(ctx, data);
    (void)param;
    pv_int(out, na != NULL && na->tag.n > 0);
    return true;
}

/* ---- setting */

static kl_span joined(kl_ctx *ctx, kl_span before, kl_span text, kl_span after)
{
    kl_span all = {NULL, before.n + text.n + after.n};
    char *p = arena_alloc(ctx->scratch, all.n + 1);
    if (p == NULL)
        return SPAN_NULL;
    memcpy(p, before.s, before.n);
    if (text.n > 0)
        memcpy(p + before.n, text.s, text.n);
    memcpy(p + before.n + text.n, after.s, after.n);
    all.s = p;
    return all;
}

/* RFC 3261 20.10: an URI with a semicolon, question mark or comma must stand in brackets. */
static bool wants_brackets(kl_span uri) { return span_find(uri, ';') || span_find(uri, '?') || span_find(uri, ','); }

static bool set_uri(kl_ctx *ctx, const sip_nameaddr *na, const pv_value *value)
{
    if (value->flags & PV_NULL) {
        log_print(ctx, KL_LOG_WARN, "the URI of From and To cannot be removed");
        return true;
    }
    if (!(value->flags & PV_STR))
        return false;
    if (na->brackets || !wants_brackets(value->s))
        return edit_replace(ctx->msg, na->uri, value->s);
    kl_span bracketed = joined(ctx, SPAN("<"), value->s, SPAN(">"));
    return bracketed.s != NULL && edit_replace(ctx->msg, na->uri, bracketed);
}

static bool remove_user(kl_ctx *ctx, const sip_uri *uri)
{
    kl_span piece = uri->user;
    if (piece.n == 0)
        return true;
    if (piece.s + piece.n < uri->text.s + uri->text.n && piece.s[piece.n] == '@')
        piece.n++;
    return edit_cut(ctx->msg, piece);
}

static bool set_user(kl_ctx *ctx, const sip_uri *uri, const pv_value *value)
{
    if (value->flags & PV_NULL)
        return remove_user(ctx, uri);
    if (!(value->flags & PV_STR))
        return false;
    if (uri->user.n > 0)
        return edit_replace(ctx->msg, uri->user, value->s);
    if (uri->host.n == 0)
        return false;
    kl_span text = joined(ctx, SPAN(""), value->s, SPAN("@"));
    return text.s != NULL && edit_replace(ctx->msg, span_of(uri->host.s, 0), text);
}

static bool set_host(kl_ctx *ctx, const sip_uri *uri, const pv_value *value)
{
    if (value->flags & PV_NULL) {
        log_print(ctx, KL_LOG_WARN, "the host of From and To cannot be removed");
        return true;
    }
    if (!(value->flags & PV_STR))
        return false;
    return uri->host.n == 0 || edit_replace(ctx->msg, uri->host, value->s);     /* a tel: URI has none */
}

/* One blank behind the name goes with it. */
static bool remove_name(kl_ctx *ctx, const sip_nameaddr *na)
{
    kl_span piece = na->display;
    if (piece.n == 0)
        return true;
    if (piece.s[piece.n] == ' ')
        piece.n++;
    return edit_cut(ctx->msg, piece);
}

static bool add_name(kl_ctx *ctx, const sip_nameaddr *na, kl_span name)
{
    kl_span text = joined(ctx, SPAN(""), name, na->brackets ? SPAN(" ") : SPAN(" <"));
    if (text.s == NULL || !edit_replace(ctx->msg, span_of(na->text.s, 0), text))
        return false;
    return na->brackets || edit_replace(ctx->msg, span_of(na->uri.s + na->uri.n, 0), SPAN(">"));
}

static bool set_name(kl_ctx *ctx, const sip_nameaddr *na, const pv_value *value)
{
    if (value->flags & PV_NULL)
        return remove_name(ctx, na);
    if (!(value->flags & PV_STR))
        return false;
    return na->display.n > 0 ? edit_replace(ctx->msg, na->display, value->s) : add_name(ctx, na, value->s);
}

static bool set_part(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    const sip_nameaddr *na = address(ctx, data);
    const sip_uri *uri = address_uri(ctx, data);
    (void)param;
    if (na == NULL || uri == NULL)
        return false;
    switch (data & 15) {
    case PART_URI:
        return set_uri(ctx, na, value);
    case PART_HOST:
        return set_host(ctx, uri, value);
    case PART_NAME:
        return set_name(ctx, na, value);
    default:
        return set_user(ctx, uri, value);
    }
}

static const pv_class classes[] = {
    {"fu", get_address, set_part, NULL, 0, OF_FROM | PART_URI},
    {"from", get_address, set_part, NULL, 0, OF_FROM | PART_URI},
    {"ful", get_address, NULL, NULL, 0, OF_FROM | PART_URI_LENGTH},
    {"fU", get_uri_part, set_part, NULL, 0, OF_FROM | PART_USER},
    {"from.user", get_uri_part, set_part, NULL, 0, OF_FROM | PART_USER},
    {"fUl", get_uri_part, NULL, NULL, 0, OF_FROM | PART_USER_LENGTH},
    {"fd", get_uri_part, set_part, NULL, 0, OF_FROM | PART_HOST},
    {"from.domain", get_uri_part, set_part, NULL, 0, OF_FROM | PART_HOST},
    {"fn", get_address, set_part, NULL, 0, OF_FROM | PART_NAME},
    {"ft", get_address, NULL, NULL, 0, OF_FROM | PART_TAG},
    {"tu", get_address, set_part, NULL, 0, OF_TO | PART_URI},
    {"to", get_address, set_part, NULL, 0, OF_TO | PART_URI},
    {"tU", get_uri_part, set_part, NULL, 0, OF_TO | PART_USER},
    {"to.user", get_uri_part, set_part, NULL, 0, OF_TO | PART_USER},
    {"tUl", get_uri_part, set_part, NULL, 0, OF_TO | PART_USER_LENGTH},     /* written like $tU, as there */
    {"td", get_uri_part, set_part, NULL, 0, OF_TO | PART_HOST},
    {"to.domain", get_uri_part, set_part, NULL, 0, OF_TO | PART_HOST},
    {"tn", get_address, set_part, NULL, 0, OF_TO | PART_NAME},
    {"tt", get_address, NULL, NULL, 0, OF_TO | PART_TAG},
    {"tts", get_has_tag, NULL, NULL, 0, OF_TO | PART_HAS_TAG},
};

CLASS_TABLE(pv_fromto_table);
