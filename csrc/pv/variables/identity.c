/* identity.c: who is calling, by the headers that say so: credentials ($au ...), P-Asserted-Identity and its kin,
 * Diversion, Remote-Party-ID, Refer-To. */
#include "variables.h"

/* ---- Digest credentials. ACK and CANCEL are never challenged, so theirs are not looked at. */

enum {
    CRED_USER,
    CRED_DOMAIN,
    CRED_USERNAME,
    CRED_REALM,
    CRED_URI,
    CRED_ALGORITHM,
    CRED_NONCE,
    CRED_CNONCE,
    CRED_RESPONSE,
    CRED_OPAQUE
};

static const sip_credentials *credentials(kl_msg *msg)
{
    return msg->is_request && (msg->method_id & (SIP_ACK | SIP_CANCEL)) ? NULL : msg_credentials(msg);
}

static kl_span credential(const sip_credentials *c, intptr_t field)
{
    switch (field) {
    case CRED_USER: return c->user;
    case CRED_DOMAIN: return c->domain;
    case CRED_USERNAME: return c->username;
    case CRED_REALM: return c->realm;
    case CRED_URI: return c->uri;
    case CRED_ALGORITHM: return c->algorithm;
    case CRED_NONCE: return c->nonce;
    case CRED_CNONCE: return c->cnonce;
    case CRED_RESPONSE: return c->response;
    default: return c->opaque;
    }
}

/* A field that is not there is '', but for uri, which is null then. */
static bool get_credential(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_credentials *c = credentials(ctx->msg);
    (void)param;
    if (c == NULL) {
        pv_null(out);
        return true;
    }
    kl_span text = credential(c, data);
    if (data == CRED_URI) return variable_filled(out, text);
    pv_str(out, text.s ? text : SPAN(""));
    return true;
}

/* ---- names for accounting: of the From URI, as nothing here has authorised credentials */

static bool get_account_user(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_uri *uri = msg_from_uri(ctx->msg);
    (void)param, (void)data;
    if (uri == NULL) pv_null(out);
    else pv_str(out, uri->user.s ? uri->user : SPAN(""));
    return true;
}

static bool get_account_name(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_uri *uri = msg_from_uri(ctx->msg);
    (void)param, (void)data;
    pv_null(out);
    if (uri == NULL) return true;
    size_t n = uri->user.n + 1 + uri->host.n;
    char *text = arena_alloc(ctx->scratch, n + 1);
    if (text == NULL) return false;
    if (uri->user.n > 0) memcpy(text, uri->user.s, uri->user.n);
    text[uri->user.n] = '@';
    if (uri->host.n > 0) memcpy(text + uri->user.n + 1, uri->host.s, uri->host.n);
    pv_str(out, span_of(text, n));
    return true;
}

/* ---- addresses in headers */

/* The index-th address over all headers of that name; one malformed header spoils them all. */
static bool address_at(const kl_msg *msg, sip_hdr_id id, int index, sip_nameaddr *found)
{
    bool there = false;
    for (const sip_hdr *hdr = msg_hdr_first(msg, id); hdr != NULL; hdr = msg_hdr_next(msg, hdr)) {
        sip_nameaddr na;
        kl_span rest = hdr_body(hdr);
        kl_status status;
        while ((status = sip_nameaddr_next(&rest, &na, NULL)) == KL_OK) {
            if (index-- == 0) {
                *found = na;
                there = true;
            }
        }
        if (status != KL_ENOENT && span_trim(hdr_body(hdr)).n > 0) return false;
    }
    return there;
}

enum { WHAT_URI, WHAT_USER, WHAT_HOST, WHAT_NAME };

static bool part_of(const sip_nameaddr *na, int what, pv_value *out)
{
    sip_uri uri;
    if (what == WHAT_URI) return variable_filled(out, na->uri);
    if (what == WHAT_NAME) return variable_filled(out, na->display);
    if (sip_uri_parse(na->uri, &uri, NULL) == KL_OK)
        return variable_filled(out, what == WHAT_USER ? uri.user : uri.host);
    pv_null(out);
    return true;
}

/* $ai $pu $pU $pd $pn: a negative index reads the first; [*] is an error. */
static bool get_identity(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    int index = 0;
    sip_nameaddr na = {0};
    if (param->index_kind == PV_INDEX_ALL || param->index_kind == PV_INDEX_PLUS) return false;
    if (param->index_kind != PV_INDEX_NONE && !pv_param_index(ctx, param, &index)) return false;
    if (ctx->msg->hdrs_bad || !address_at(ctx->msg, (sip_hdr_id)(data >> 4), index < 0 ? 0 : index, &na)) {
        pv_null(out);
        return true;
    }
    return part_of(&na, (int)(data & 15), out);
}

static bool get_first_address(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, (sip_hdr_id)data);
    sip_nameaddr na;
    kl_span rest = hdr ? hdr_body(hdr) : SPAN_NULL;
    (void)param;
    if (hdr != NULL && sip_nameaddr_next(&rest, &na, NULL) == KL_OK) return variable_filled(out, na.uri);
    pv_null(out);
    return true;
}

/* ---- parameters of the first Diversion: the first of exactly that name, quotes removed, '' when it has no value */

static kl_span take_param(kl_span *rest)
{
    size_t n = 0;
    for (bool quoted = false; n < rest->n && (quoted || rest->s[n] != ';'); n++)
        if (rest->s[n] == '"') quoted = !quoted;
    kl_span param = span_of(rest->s, n);
    *rest = span_from(*rest, n < rest->n ? n + 1 : n);
    return param;
}

static bool param_named(kl_span params, kl_span name, kl_span *value)
{
    while (params.n > 0) {
        kl_span param = take_param(&params);
        const char *equals = span_find(param, '=');
        if (!span_eq(span_trim(equals ? span_between(param.s, equals) : param), name)) continue;
        *value = equals ? span_trim(span_between(equals + 1, param.s + param.n)) : SPAN("");
        if (value->n >= 2 && value->s[0] == '"' && value->s[value->n - 1] == '"')
            *value = span_of(value->s + 1, value->n - 2);
        return true;
    }
    return false;
}

static const kl_span diversion_params[] = {{"reason", 6}, {"privacy", 7}, {"counter", 7}};

static bool get_diversion_param(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_DIVERSION);
    sip_nameaddr na;
    kl_span value, rest = hdr ? hdr_body(hdr) : SPAN_NULL;
    (void)param;
    if (hdr != NULL && sip_nameaddr_next(&rest, &na, NULL) == KL_OK &&
        param_named(na.params, diversion_params[data], &value))
        pv_str(out, value);
    else pv_null(out);
    return true;
}

#define IDENTITY(id, what) ((intptr_t)(id) << 4 | (what))

static const pv_class classes[] = {
    {"au", get_credential, NULL, NULL, 0, CRED_USER},
    {"ad", get_credential, NULL, NULL, 0, CRED_DOMAIN},
    {"aU", get_credential, NULL, NULL, 0, CRED_USERNAME},
    {"ar", get_credential, NULL, NULL, 0, CRED_REALM},
    {"adu", get_credential, NULL, NULL, 0, CRED_URI},
    {"aa", get_credential, NULL, NULL, 0, CRED_ALGORITHM},
    {"adn", get_credential, NULL, NULL, 0, CRED_NONCE},
    {"adc", get_credential, NULL, NULL, 0, CRED_CNONCE},
    {"adr", get_credential, NULL, NULL, 0, CRED_RESPONSE},
    {"ado", get_credential, NULL, NULL, 0, CRED_OPAQUE},
    {"Au", get_account_name, NULL, NULL, 0, 0},
    {"AU", get_account_user, NULL, NULL, 0, 0},
    {"ai", get_identity, NULL, NULL, PV_CLASS_INDEX, IDENTITY(SIP_HDR_PAI, WHAT_URI)},
    {"pu", get_identity, NULL, NULL, PV_CLASS_INDEX, IDENTITY(SIP_HDR_PPI, WHAT_URI)},
    {"pU", get_identity, NULL, NULL, PV_CLASS_INDEX, IDENTITY(SIP_HDR_PPI, WHAT_USER)},
    {"pd", get_identity, NULL, NULL, PV_CLASS_INDEX, IDENTITY(SIP_HDR_PPI, WHAT_HOST)},
    {"pn", get_identity, NULL, NULL, PV_CLASS_INDEX, IDENTITY(SIP_HDR_PPI, WHAT_NAME)},
    {"re", get_first_address, NULL, NULL, 0, SIP_HDR_RPID},
    {"rt", get_first_address, NULL, NULL, 0, SIP_HDR_REFER_TO},
    {"di", get_first_address, NULL, NULL, 0, SIP_HDR_DIVERSION},
    {"dir", get_diversion_param, NULL, NULL, 0, 0},
    {"dip", get_diversion_param, NULL, NULL, 0, 1},
    {"dic", get_diversion_param, NULL, NULL, 0, 2},
};

CLASS_TABLE(pv_identity_table);
