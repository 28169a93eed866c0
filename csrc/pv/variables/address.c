/* address.c: where the message came from ($si ...), which socket received it ($Ri ...), which is to send ($fs ...), and
 * in the onsend route where it goes ($sndto). */
#include "base/text.h"
#include "sip/ip.h"
#include "variables.h"

#define AF_OF_IPV4 2
#define AF_OF_IPV6 10 /* Linux's number, which scripts know */

typedef struct endpoint {
    kl_transport proto;
    kl_span host; /* IPv6 without brackets */
    uint16_t port;
    bool portless; /* an address that is advertised without one */
} endpoint;

static bool is_ipv6(kl_span host) { return span_find(host, ':') != NULL; }

static kl_span transport_name(kl_transport proto) { return span_text(sip_transport_name(proto)); }

/* ---- writing endpoints */

/* udp:1.2.3.4:5060; sip:1.2.3.4:5060, transport unless udp; transport always */
enum { FORM_SOCKET, FORM_URI, FORM_URI_TRANSPORT };

static bool write_endpoint(kl_ctx *ctx, const endpoint *e, int form, pv_value *out)
{
    char *text = arena_alloc(ctx->scratch, e->host.n + 64), *p = text;
    if (text == NULL) return false;
    p = form == FORM_SOCKET ? text_putc(text_put(p, transport_name(e->proto)), ':') : text_put(p, SPAN("sip:"));
    p = ip_put_host(p, e->host);
    if (!e->portless) p = text_put_uint(text_putc(p, ':'), e->port);
    if (form == FORM_URI_TRANSPORT || (form == FORM_URI && e->proto != KL_PROTO_UDP))
        p = text_put(text_put(p, SPAN(";transport=")), transport_name(e->proto));
    pv_str(out, span_between(text, p));
    return true;
}

/* ---- source */

static endpoint source(const kl_msg *msg)
{
    return (endpoint){.proto = msg->proto, .host = msg->source_host, .port = msg->source_port};
}

static bool get_si(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    return variable_filled(out, ctx->msg->source_host);
}

static bool get_siz(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_span host = ctx->msg->source_host;
    (void)param, (void)data;
    if (!is_ipv6(host)) return variable_filled(out, host);
    char *text = arena_alloc(ctx->scratch, host.n + 3);
    if (text == NULL) return false;
    pv_str(out, span_between(text, ip_put_host(text, host)));
    return true;
}

static bool get_sp(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, ctx->msg->source_port);
    return true;
}

static bool get_source(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    endpoint e = source(ctx->msg);
    (void)param;
    if (e.host.n > 0) return write_endpoint(ctx, &e, (int)data, out);
    pv_null(out);
    return true;
}

static bool get_pr(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_str_int(out, transport_name(ctx->msg->proto), ctx->msg->proto);
    return true;
}

static bool get_prid(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, ctx->msg->proto);
    return true;
}

static bool get_conid(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (ctx->msg->proto == KL_PROTO_UDP || ctx->msg->conid < 0) pv_null(out);
    else pv_int(out, ctx->msg->conid);
    return true;
}

/* ---- receiving socket */

static const core_socket *received_on(kl_ctx *ctx)
{
    const kl_msg *msg = ctx->msg;
    int i = msg->recv_socket;
    if (i < 0 || i >= ctx->server->socket_count)
        i = msg->local_host.n > 0 ? socket_at(ctx->server, msg->proto, msg->local_host, msg->local_port) : -1;
    return i < 0 ? NULL : &ctx->server->sockets[i];
}

/* The socket's address, or what the packet says when none of ours received it. */
static endpoint local(kl_ctx *ctx, bool advertised)
{
    const kl_msg *msg = ctx->msg;
    const core_socket *socket = received_on(ctx);
    if (socket == NULL) return (endpoint){.proto = msg->proto, .host = msg->local_host, .port = msg->local_port};
    if (!advertised) return (endpoint){.proto = socket->proto, .host = socket->host, .port = socket->port};
    const core_endpoint told = socket_told(socket);
    return (endpoint){.proto = told.proto, .host = told.host, .port = told.port, .portless = told.port == 0};
}

enum { LOCAL_HOST = 3, LOCAL_PORT, LOCAL_ADVERTISED = 16 };

static bool get_local(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    endpoint e = local(ctx, (data & LOCAL_ADVERTISED) != 0);
    int what = (int)(data & 15);
    (void)param;
    pv_null(out);
    if (e.host.n == 0) return true;
    if (what == LOCAL_HOST) pv_str(out, e.host);
    else if (what == LOCAL_PORT) pv_int(out, e.port);
    else return write_endpoint(ctx, &e, what, out);
    return true;
}

static bool get_rn(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const core_socket *socket = received_on(ctx);
    (void)param, (void)data;
    return variable_filled(out, socket ? socket->name : SPAN_NULL);
}

static bool parse_af_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    param->key = span_eq(param->name, SPAN("name"));
    return param->key || span_eq(param->name, SPAN("id"));
}

static bool get_af(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    bool six = is_ipv6(local(ctx, false).host);
    (void)data;
    if (param->key) pv_str(out, six ? SPAN("IPv6") : SPAN("IPv4"));
    else pv_int(out, six ? AF_OF_IPV6 : AF_OF_IPV4);
    return true;
}

/* ---- forced socket */

static const core_socket *forced(kl_ctx *ctx)
{
    int i = ctx->msg->send_socket;
    return i >= 0 && i < ctx->server->socket_count ? &ctx->server->sockets[i] : NULL;
}

static bool get_fs(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const core_socket *socket = forced(ctx);
    (void)param, (void)data;
    return variable_filled(out, socket ? socket->text : SPAN_NULL);
}

static bool get_fsn(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const core_socket *socket = forced(ctx);
    (void)param, (void)data;
    return variable_filled(out, socket ? socket->name : SPAN_NULL);
}

static bool get_fsp(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const core_socket *socket = forced(ctx);
    (void)param, (void)data;
    pv_int(out, socket ? socket->port : 0);
    return true;
}

/* A socket that is not ours only warns and changes nothing. */
static bool force(kl_ctx *ctx, int socket, kl_span text)
{
    if (socket >= 0) ctx->msg->send_socket = socket;
    else ctx_misuse(ctx, KL_LOG_WARN, "no socket \"%.*s\" to send from", (int)text.n, text.s);
    return true;
}

static bool set_fs(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    core_endpoint wanted;
    (void)param, (void)data;
    if (value->flags & PV_NULL) {
        ctx->msg->send_socket = -1;
        return true;
    }
    if (!(value->flags & PV_STR) || value->s.n == 0 || !socket_endpoint_parse(value->s, &wanted)) return false;
    return force(ctx, socket_find(ctx->server, wanted.proto, wanted.host, wanted.port), value->s);
}

static bool set_fsn(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param, (void)data;
    if (value->flags & PV_NULL) {
        ctx->msg->send_socket = -1;
        return true;
    }
    if (!(value->flags & PV_STR) || value->s.n == 0) return false;
    return force(ctx, socket_named(ctx->server, value->s), value->s);
}

/* ---- about to be sent */

enum { SND_IP, SND_AF, SND_PORT, SND_PROTO, SND_SPROTO, SND_BUF, SND_LEN };
static const char *const snd_keys[] = {"ip", "af", "port", "proto", "sproto", "buf", "len"};

static bool parse_snd_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, snd_keys, COUNT(snd_keys));
}

static bool snd_part(const endpoint *e, kl_span bytes, intptr_t key, pv_value *out)
{
    switch (key) {
    case SND_IP: return variable_filled(out, e->host);
    case SND_AF: pv_int(out, is_ipv6(e->host) ? AF_OF_IPV6 : AF_OF_IPV4); return true;
    case SND_PORT: pv_int(out, e->port); return true;
    case SND_PROTO: pv_int(out, e->proto); return true;
    case SND_SPROTO: return variable_filled(out, transport_name(e->proto));
    case SND_BUF: pv_str(out, bytes); return true;
    default: pv_int(out, (int64_t)bytes.n); return true;
    }
}

static bool get_snd(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const ctx_send *send = ctx->send;
    bool from = data != 0;
    pv_null(out);
    if (send == NULL || (from && (send->socket < 0 || send->socket >= ctx->server->socket_count))) return true;
    endpoint e = {.proto = send->proto, .host = send->host, .port = send->port};
    if (from) {
        const core_socket *socket = &ctx->server->sockets[send->socket];
        e = (endpoint){.proto = socket->proto, .host = socket->host, .port = socket->port};
    }
    return snd_part(&e, send->data, param->key, out);
}

static const pv_class classes[] = {
    {"si", get_si, NULL, NULL, 0, 0},
    {"src_ip", get_si, NULL, NULL, 0, 0},
    {"siz", get_siz, NULL, NULL, 0, 0},
    {"sp", get_sp, NULL, NULL, 0, 0},
    {"sas", get_source, NULL, NULL, 0, FORM_SOCKET},
    {"su", get_source, NULL, NULL, 0, FORM_URI},
    {"sut", get_source, NULL, NULL, 0, FORM_URI_TRANSPORT},
    {"pr", get_pr, NULL, NULL, 0, 0},
    {"proto", get_pr, NULL, NULL, 0, 0},
    {"prid", get_prid, NULL, NULL, 0, 0},
    {"conid", get_conid, NULL, NULL, 0, 0},
    {"Ri", get_local, NULL, NULL, 0, LOCAL_HOST},
    {"Rp", get_local, NULL, NULL, 0, LOCAL_PORT},
    {"Ras", get_local, NULL, NULL, 0, FORM_SOCKET},
    {"Ru", get_local, NULL, NULL, 0, FORM_URI},
    {"Rut", get_local, NULL, NULL, 0, FORM_URI_TRANSPORT},
    {"RAi", get_local, NULL, NULL, 0, LOCAL_ADVERTISED | LOCAL_HOST},
    {"RAp", get_local, NULL, NULL, 0, LOCAL_ADVERTISED | LOCAL_PORT},
    {"RAu", get_local, NULL, NULL, 0, LOCAL_ADVERTISED | FORM_URI},
    {"RAut", get_local, NULL, NULL, 0, LOCAL_ADVERTISED | FORM_URI_TRANSPORT},
    {"Rn", get_rn, NULL, NULL, 0, 0},
    {"af", get_af, NULL, parse_af_key, 0, 0},
    {"fs", get_fs, set_fs, NULL, 0, 0},
    {"fsn", get_fsn, set_fsn, NULL, 0, 0},
    {"fsp", get_fsp, NULL, NULL, 0, 0},
    {"snd", get_snd, NULL, parse_snd_key, 0, 0},
    {"sndto", get_snd, NULL, parse_snd_key, 0, 0},
    {"sndfrom", get_snd, NULL, parse_snd_key, 0, 1},
};

CLASS_TABLE(pv_address_table);
