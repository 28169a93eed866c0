/* fromto.c: From and To and their parts. Reads see the message as received; writes are edits that show after
 * msg_apply_changes or on sending. A write changes what those before it left: parts and whole URIs in any order, by uac
 * too; the later text stands (edit_address.c). */
#include "sip/edit.h"
#include "variables.h"

enum { PART_URI, PART_URI_LENGTH, PART_USER, PART_USER_LENGTH, PART_HOST, PART_NAME, PART_TAG, PART_HAS_TAG };
enum { OF_FROM = 0, OF_TO = 16 };

static const sip_nameaddr *address(kl_ctx *ctx, intptr_t data)
{
    return data & OF_TO ? msg_to(ctx->msg) : msg_from(ctx->msg);
}
static const sip_uri *address_uri(kl_ctx *ctx, intptr_t data)
{
    return data & OF_TO ? msg_to_uri(ctx->msg) : msg_from_uri(ctx->msg);
}

static bool get_address_part(const sip_nameaddr *na, int part, pv_value *out)
{
    switch (part) {
    case PART_URI: return variable_filled(out, na->uri);
    case PART_URI_LENGTH: pv_int(out, (int64_t)na->uri.n); return true;
    case PART_NAME: return variable_filled(out, na->display);
    default: return variable_filled(out, na->tag);
    }
}

static bool get_address(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_nameaddr *na = address(ctx, data);
    (void)param;
    if (na != NULL) return get_address_part(na, (int)(data & 15), out);
    pv_null(out);
    return true;
}

static bool get_uri_part(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_uri *uri = address_uri(ctx, data);
    int part = (int)(data & 15);
    (void)param;
    if (uri == NULL) pv_null(out);
    else if (part == PART_USER_LENGTH) pv_int(out, (int64_t)uri->user.n);
    else variable_filled(out, part == PART_USER ? uri->user : uri->host);
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

/* False: nothing is to be written, *done says whether that is good. URI and host cannot go. */
static bool is_text(kl_ctx *ctx, const pv_value *value, const char *what, bool *done)
{
    *done = (value->flags & PV_NULL) && what;
    if (*done) log_print(ctx, KL_LOG_WARN, "the %s of From and To cannot be removed", what);
    return (value->flags & PV_STR) != 0;
}

/* Once uac has kept the new URI in Record-Route, where the way back to the old one is found by it, another one would
 * lead nowhere. */
static bool is_kept(kl_ctx *ctx, intptr_t data)
{
    const bool kept = (ctx->msg->msg_flags & (data & OF_TO ? SIP_MSG_TO_STORED : SIP_MSG_FROM_STORED)) != 0;
    if (kept)
        log_print(ctx, KL_LOG_ERR, "the URI of %s is kept in Record-Route and stays (uac, restore_mode)",
                  data & OF_TO ? "To" : "From");
    return kept;
}

static bool set_uri_part(kl_ctx *ctx, const sip_nameaddr *na, const sip_uri *uri, intptr_t data, const pv_value *value)
{
    const int part = (int)(data & 15);
    bool done;
    if (part == PART_USER_LENGTH || part == PART_USER) {
        if (value->flags & PV_NULL) return edit_address_user(ctx->msg, na, uri, SPAN_NULL);
        return (value->flags & PV_STR) && edit_address_user(ctx->msg, na, uri, value->s.s ? value->s : SPAN(""));
    }
    if (!is_text(ctx, value, part == PART_URI ? "URI" : "host", &done)) return done;
    return part == PART_URI ? edit_address_uri(ctx->msg, na, value->s) : edit_address_host(ctx->msg, na, uri, value->s);
}

static bool set_part(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    const sip_nameaddr *na = address(ctx, data);
    const sip_uri *uri = address_uri(ctx, data);
    (void)param;
    if (na == NULL || uri == NULL) return false;
    if ((data & 15) != PART_NAME) return !is_kept(ctx, data) && set_uri_part(ctx, na, uri, data, value);
    if (value->flags & PV_NULL) return edit_address_name(ctx->msg, na, SPAN(""), 1);
    return (value->flags & PV_STR) && edit_address_name(ctx->msg, na, value->s, 1);
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
    {"tUl", get_uri_part, set_part, NULL, 0, OF_TO | PART_USER_LENGTH}, /* written like $tU, as there */
    {"td", get_uri_part, set_part, NULL, 0, OF_TO | PART_HOST},
    {"to.domain", get_uri_part, set_part, NULL, 0, OF_TO | PART_HOST},
    {"tn", get_address, set_part, NULL, 0, OF_TO | PART_NAME},
    {"tt", get_address, NULL, NULL, 0, OF_TO | PART_TAG},
    {"tts", get_has_tag, NULL, NULL, 0, OF_TO | PART_HAS_TAG},
};

CLASS_TABLE(pv_fromto_table);
