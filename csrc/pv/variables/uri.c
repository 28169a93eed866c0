/* uri.c: the Request-URI as it is now ($ru ...), as received ($ou ...) and the next hop ($du ...). */
#include "variables.h"

enum { OF_CURRENT, OF_ORIGINAL, OF_NEXT_HOP };
enum { PART_USER, PART_USER_LENGTH, PART_HOST, PART_PORT, PART_TRANSPORT, PART_SCHEME };
#define PART(of, part) ((of) << 4 | (part))

/* ---- whole URIs: the hot ones, each its own function */

static bool get_ru(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    return variable_filled(out, ctx->msg->is_request ? msg_current_uri(ctx->msg) : SPAN_NULL);
}

static bool get_ou(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (!ctx->msg->is_request) pv_null(out);
    else pv_str(out, ctx->msg->uri);
    return true;
}

static bool get_du(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    return variable_filled(out, ctx->msg->dst_uri);
}

static bool get_rul(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    const size_t n = ctx->msg->is_request ? msg_current_uri(ctx->msg).n : 0;
    if (n == 0) pv_null(out);
    else pv_int(out, (int64_t)n);
    return true;
}

/* ---- parts */

/* 5061 only where the transport says tls: the scheme sips alone does not (Kamailio). Nothing behind the colon is empty,
 * but for the next hop. */
static void port_of(const sip_uri *uri, int of, pv_value *out)
{
    if (uri->port.n > 0 || (uri->port.s != NULL && of != OF_NEXT_HOP)) pv_str_int(out, uri->port, uri->port_number);
    else if (uri->proto == KL_PROTO_TLS) pv_str_int(out, SPAN("5061"), 5061);
    else pv_str_int(out, SPAN("5060"), 5060);
}

/* user=phone makes a telephone number of it, sips: too. */
static void scheme_of(const sip_uri *uri, pv_value *out)
{
    sip_scheme scheme = uri->phone ? SIP_URI_TEL : uri->scheme;
    pv_str_int(out, span_text(sip_scheme_name(scheme)), scheme);
}

static bool part_of(const sip_uri *uri, int of, int part, pv_value *out)
{
    switch (part) {
    case PART_USER: return variable_filled(out, uri->user);
    case PART_USER_LENGTH: pv_int(out, (int64_t)uri->user.n); return true;
    case PART_HOST: return variable_filled(out, uri->host);
    case PART_PORT: port_of(uri, of, out); return true;
    case PART_TRANSPORT:
        if (uri->transport.n > 0) pv_str_int(out, uri->transport, uri->proto);
        else pv_str_int(out, SPAN("UDP"), KL_PROTO_UDP);
        return true;
    default: scheme_of(uri, out); return true;
    }
}

static bool get_part(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_uri *uri = NULL;
    int of = (int)(data >> 4);
    (void)param;
    if (of == OF_NEXT_HOP) uri = ctx->msg->dst_uri.n > 0 ? msg_dst(ctx->msg) : NULL;
    else if (ctx->msg->is_request) uri = of == OF_CURRENT ? msg_ruri(ctx->msg) : msg_ouri(ctx->msg);
    if (uri != NULL) return part_of(uri, of, (int)(data & 15), out);
    pv_null(out);
    return true;
}

/* ---- setting: at once */

static bool set_ru(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param, (void)data;
    return (value->flags & PV_STR) && msg_set_uri(ctx->msg, value->s);
}

static bool set_user(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param, (void)data;
    if (value->flags & PV_NULL) return msg_set_user(ctx->msg, SPAN(""));
    return (value->flags & PV_STR) && msg_set_user(ctx->msg, value->s);
}

static bool set_host(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param, (void)data;
    return (value->flags & PV_STR) && msg_set_host(ctx->msg, value->s);
}

static bool set_port(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param, (void)data;
    if (value->flags & PV_NULL) return msg_set_port(ctx->msg, SPAN(""));
    kl_span text = pv_text(ctx, value);
    return text.s != NULL && msg_set_port(ctx->msg, text);
}

static bool set_du(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param, (void)data;
    if (value->flags & PV_NULL) return msg_set_dst(ctx->msg, SPAN(""));
    if (!(value->flags & PV_STR) || !msg_set_dst(ctx->msg, value->s)) return false;
    ctx->msg->ruri_is_new = true;
    return true;
}

static const pv_class classes[] = {
    {"ru", get_ru, set_ru, NULL, 0, 0},
    {"ruri", get_ru, set_ru, NULL, 0, 0},
    {"rul", get_rul, NULL, NULL, 0, 0},
    {"rU", get_part, set_user, NULL, 0, PART(OF_CURRENT, PART_USER)},
    {"ruri.user", get_part, set_user, NULL, 0, PART(OF_CURRENT, PART_USER)},
    {"rUl", get_part, NULL, NULL, 0, PART(OF_CURRENT, PART_USER_LENGTH)},
    {"rd", get_part, set_host, NULL, 0, PART(OF_CURRENT, PART_HOST)},
    {"ruri.domain", get_part, set_host, NULL, 0, PART(OF_CURRENT, PART_HOST)},
    {"rp", get_part, set_port, NULL, 0, PART(OF_CURRENT, PART_PORT)},
    {"rP", get_part, NULL, NULL, 0, PART(OF_CURRENT, PART_TRANSPORT)},
    {"rz", get_part, NULL, NULL, 0, PART(OF_CURRENT, PART_SCHEME)},
    {"ou", get_ou, NULL, NULL, 0, 0},
    {"ouri", get_ou, NULL, NULL, 0, 0},
    {"oU", get_part, NULL, NULL, 0, PART(OF_ORIGINAL, PART_USER)},
    {"oUl", get_part, NULL, NULL, 0, PART(OF_ORIGINAL, PART_USER_LENGTH)},
    {"od", get_part, NULL, NULL, 0, PART(OF_ORIGINAL, PART_HOST)},
    {"op", get_part, NULL, NULL, 0, PART(OF_ORIGINAL, PART_PORT)},
    {"oP", get_part, NULL, NULL, 0, PART(OF_ORIGINAL, PART_TRANSPORT)},
    {"du", get_du, set_du, NULL, 0, 0},
    {"duri", get_du, set_du, NULL, 0, 0},
    {"dd", get_part, NULL, NULL, 0, PART(OF_NEXT_HOP, PART_HOST)},
    {"dp", get_part, NULL, NULL, 0, PART(OF_NEXT_HOP, PART_PORT)},
    {"dP", get_part, NULL, NULL, 0, PART(OF_NEXT_HOP, PART_TRANSPORT)},
};

CLASS_TABLE(pv_uri_table);
