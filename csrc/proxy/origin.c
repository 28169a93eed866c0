#include "origin.h"

#include "base/text.h"

/* 5060 goes without saying, unless somebody said it. */
static kl_span own_port(char digits[20], unsigned port)
{
    return port == 5060 || port == 0 ? SPAN("") : text_decimal(digits, port);
}

static kl_span address(kl_ctx *ctx, kl_span host, kl_span port, kl_transport proto)
{
    const kl_span name = span_text(sip_transport_name(proto));
    char *text = arena_alloc(ctx->scratch, host.n + port.n + name.n + 16), *at = text;
    if (!text) return SPAN("");
    at = ip_put_host(at, host);
    if (port.n > 0) at = text_put(text_put(at, SPAN(":")), port);
    if (build_is_stream(proto)) at = text_put(text_put(at, SPAN(";transport=")), name);
    return span_between(text, at);
}

/* An advertised port is written whatever it is. */
static kl_span advertised(kl_ctx *ctx, const core_socket *socket)
{
    char digits[20];
    const core_endpoint told = socket_told(socket);
    return address(ctx, told.host, told.port ? text_decimal(digits, told.port) : SPAN(""), told.proto);
}

static const core_socket *socket_of(const kl_ctx *ctx, int index)
{
    return index >= 0 && index < ctx->server->socket_count ? &ctx->server->sockets[index] : NULL;
}

kl_span origin_received(kl_ctx *ctx)
{
    char digits[20];
    const kl_msg *msg = ctx->msg;
    const core_socket *socket = socket_of(ctx, msg->recv_socket);
    if (!socket) return address(ctx, msg->local_host, own_port(digits, msg->local_port), msg->proto);
    if (span_empty(socket->advertised_host))
        return address(ctx, socket->host, own_port(digits, socket->port), socket->proto);
    return advertised(ctx, socket);
}

kl_transport origin_received_proto(const kl_ctx *ctx)
{
    const core_socket *socket = socket_of(ctx, ctx->msg->recv_socket);
    return socket ? socket_told(socket).proto : ctx->msg->proto;
}

kl_span origin_received_name(const kl_ctx *ctx)
{
    const core_socket *socket = socket_of(ctx, ctx->msg->recv_socket);
    return socket ? socket->name : SPAN("");
}

/* What the script set for this message, else what all advertise, else the socket's own. */
static kl_span unadvertised(kl_ctx *ctx, const core_socket *socket)
{
    char digits[20];
    kl_span host = ctx->msg->advertised_address, port = ctx->msg->advertised_port;
    if (host.n == 0) host = ctx->server->advertised_address;
    if (port.n == 0) port = ctx->server->advertised_port;
    return address(ctx, host.n > 0 ? host : socket->host, port.n > 0 ? port : own_port(digits, socket->port),
                   socket->proto);
}

build_socket origin_sent(kl_ctx *ctx, const send_target *target)
{
    char digits[20];
    const core_socket *socket = socket_of(ctx, target->socket);
    if (!socket) { /* an engine without sockets sends from where the message arrived */
        const kl_msg *msg = ctx->msg;
        return (build_socket){
            .address = address(ctx, msg->local_host, own_port(digits, msg->local_port), target->proto),
            .name = SPAN(""),
            .proto = target->proto,
            .told = target->proto,
            .received = target->proto == msg->proto};
    }
    return (build_socket){.address = span_empty(socket->advertised_host) ? unadvertised(ctx, socket)
                                                                         : advertised(ctx, socket),
                          .name = socket->name,
                          .proto = socket->proto,
                          .told = socket_told(socket).proto,
                          .received = target->socket == ctx->msg->recv_socket};
}
