#include "own_via.h"

#include "base/text.h"
#include "core/line.h"
#include "pv/store/store.h"
#include "origin.h"
#include "proxy.h"

/* ---- fields of $xavp lists */

/* The fields of the newest list of that name, NULL when there is none. */
static store_list *fields_of(kl_ctx *ctx, unsigned flag, kl_span xavp)
{
    kl_msg *msg = ctx->msg;
    if (!(msg->msg_flags & flag) || span_empty(xavp) || !store_in(msg)) return NULL;
    const store_name name = {xavp, 0, false};
    store_item *item = store_nth(msg, &store_in(msg)->xavps, &name, 0);
    return item && item->is_list ? &item->fields : NULL;
}

static bool is_written(const store_item *field) { return !field->is_list && !(field->value.flags & PV_NULL); }

static char *put_field(kl_ctx *ctx, char *at, const store_item *field)
{
    const kl_span text = pv_text(ctx, &field->value);
    at = text_put(text_putc(at, ';'), field->name);
    return text.n > 0 ? text_put(text_putc(at, '='), text) : at;
}

bool own_via_params(kl_ctx *ctx, unsigned flag, kl_span xavp, kl_span *out)
{
    const store_list *list = fields_of(ctx, flag, xavp);
    const store_item *fields = list ? list->first : NULL;
    size_t bound = 0;
    *out = SPAN_NULL;
    for (const store_item *field = fields; field; field = field->next) {
        if (!is_written(field)) continue;
        const kl_span text = pv_text(ctx, &field->value);
        if (!line_good(ctx, field->name) || !line_good(ctx, text)) return false;
        bound += field->name.n + text.n + 2;
    }
    if (bound == 0) return true;
    char *text = arena_alloc(ctx->scratch, bound), *at = text;
    if (!text) return false;
    for (const store_item *field = fields; field; field = field->next)
        if (is_written(field)) at = put_field(ctx, at, field);
    *out = span_between(text, at);
    return true;
}

/* The text of one field of the list that corex.via_use_xavp_fields turned on; false when it is off, and for a field
 * that is none, empty or no text. */
static bool via_field(kl_ctx *ctx, kl_span name, kl_span *out)
{
    const store_name key = {name, 0, false};
    store_list *fields = fields_of(ctx, SIP_MSG_VIA_XAVP_FIELDS, ctx->server->via_fields);
    const store_item *field = fields ? store_nth(ctx->msg, fields, &key, 0) : NULL;
    if (!field || field->is_list || (field->value.flags & PV_IS_INT) || !(field->value.flags & PV_STR) ||
        field->value.s.n == 0)
        return false;
    *out = field->value.s;
    return line_good(ctx, *out);
}

/* ---- ours */

static kl_span bracketed(kl_ctx *ctx, kl_span host, int family)
{
    char *text = family == 6 ? arena_alloc(ctx->scratch, host.n + 2) : NULL;
    if (!text) return host;
    text[0] = '[';
    memcpy(text + 1, host.s, host.n);
    text[host.n + 1] = ']';
    return span_of(text, host.n + 2);
}

static kl_span decimal_text(kl_ctx *ctx, unsigned n)
{
    char digits[20];
    return arena_copy(ctx->scratch, text_decimal(digits, n));
}

/* The first of: the field of an $xavp, what the script set for this message, what the socket advertises, what all
 * advertise, the socket's own. */
static kl_span via_host(kl_ctx *ctx, const core_socket *socket)
{
    kl_span field;
    if (via_field(ctx, SPAN("address"), &field)) return field;
    if (!span_empty(ctx->msg->advertised_address)) return ctx->msg->advertised_address;
    sip_ip ip = {0};
    if (!socket) return bracketed(ctx, ctx->msg->local_host, ip_parse(ctx->msg->local_host, &ip) ? ip.family : 0);
    if (!span_empty(socket->advertised_host))
        return bracketed(ctx, socket->advertised_host, socket->advertised_ip.family);
    if (!span_empty(ctx->server->advertised_address)) return ctx->server->advertised_address;
    return bracketed(ctx, socket->host, socket->ip.family);
}

/* 5060 goes without saying, unless somebody said it. */
static kl_span via_port(kl_ctx *ctx, const core_socket *socket)
{
    kl_span field;
    if (via_field(ctx, SPAN("port"), &field)) return field;
    if (!span_empty(ctx->msg->advertised_port)) return ctx->msg->advertised_port;
    if (socket && !span_empty(socket->advertised_host))
        return socket->advertised_port ? decimal_text(ctx, socket->advertised_port) : SPAN_NULL;
    if (!span_empty(ctx->server->advertised_port)) return ctx->server->advertised_port;
    if (!socket) return ctx->msg->local_port == 5060 ? SPAN_NULL : decimal_text(ctx, ctx->msg->local_port);
    return socket->port == 5060 ? SPAN_NULL : socket->port_text;
}

/* That of the field, or that of the advertised address; NONE: the transport it is sent by. */
static kl_transport via_proto(kl_ctx *ctx, const core_socket *socket)
{
    kl_span field;
    const kl_transport given = via_field(ctx, SPAN("proto"), &field) ? sip_transport_of(field) : KL_PROTO_NONE;
    return given == KL_PROTO_NONE && socket ? socket->advertised_proto : given;
}

bool own_via_fill(kl_ctx *ctx, const send_target *target, int branch, build_forward_options *options)
{
    const kl_msg *msg = ctx->msg;
    const core_socket *socket = target->socket < 0 ? NULL : &ctx->server->sockets[target->socket];
    kl_buf *text = &proxy_of(ctx)->token;
    buf_clear(text);
    if (options->branch.n == 0) build_branch(ctx->msg, ctx->server->secret, branch, text);
    options->via_host = via_host(ctx, socket);
    options->via_port = via_port(ctx, socket);
    options->via_proto = via_proto(ctx, socket);
    if (options->branch.n == 0) options->branch = buf_span(text);
    options->rport = (msg->msg_flags & SIP_MSG_ADD_LOCAL_RPORT) != 0;
    options->server_id = msg->msg_flags & SIP_MSG_VIA_SERVER_ID ? ctx->server->server_id : 0;
    return !text->failed && own_via_params(ctx, SIP_MSG_VIA_XAVP_PARAMS, ctx->server->via_params, &options->via_params);
}
