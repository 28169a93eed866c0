#include "origin.h"

/* 5060 goes without saying, unless somebody said it. */
static kl_span own_port(char digits[20], unsigned port) { return port == 5060 || port == 0 ? SPAN("") : span_decimal(digits, port); }

static kl_span address(kl_ctx *ctx, kl_span host, kl_span port, kl_transport proto)
{
    const kl_span name = span_text(sip_transport_name(proto));
    char *text = arena_alloc(ctx->scratch, host.n + port.n + name.n + 16), *at = text;
    if (!text) return SPAN("");
    at = ip_wants_brackets(host) ? span_put(span_put(span_put(at, SPAN("[")), host), SPAN("]")) : span_put(at, host);
    if (port.n > 0) at = span_put(span_put(at, SPAN(":")), port);
    if (build_is_stream(proto)) at = span_put(span_put(at, SPAN(";transport=")), name);
    return span_between(text, at);
}

static const world_socket *socket_at(const kl_ctx *ctx, int index)
{
    return index >= 0 && index < ctx->world->socket_count ? &ctx->world->sockets[index] : NULL;
}

static kl_span advertised_or_own_port(const world_socket *socket, char digits[20])
{
    return socket->advertised_port ? span_decimal(digits, socket->advertised_port) : own_port(digits, socket->port);
}

kl_span origin_received(kl_ctx *ctx)
{
    char digits[20];
    const kl_msg *msg = ctx->msg;
    const world_socket *socket = socket_at(ctx, msg->recv_socket);
    if (!socket) return address(ctx, msg->local_host, own_port(digits, msg->local_port), msg->proto);
    const bool advertises = socket->advertised_host.n > 0;
    return address(ctx, advertises ? socket->advertised_host : socket->host, advertised_or_own_port(socket, digits), socket->proto);
}

kl_span origin_received_name(const kl_ctx *ctx)
{
    const world_socket *socket = socket_at(ctx, ctx->msg->recv_socket);
    return socket ? socket->name : SPAN("");
}

static kl_span sent_host(const kl_ctx *ctx, const world_socket *socket)
{
    if (socket->advertised_host.n > 0) return socket->advertised_host;
    if (ctx->msg->advertised_address.n > 0) return ctx->msg->advertised_address;
    return ctx->world->advertised_address.n > 0 ? ctx->world->advertised_address : socket->host;
}

static kl_span sent_port(const kl_ctx *ctx, const world_socket *socket, char digits[20])
{
    if (socket->advertised_host.n > 0) return advertised_or_own_port(socket, digits);
    if (ctx->msg->advertised_port.n > 0) return ctx->msg->advertised_port;
    return ctx->world->advertised_port.n > 0 ? ctx->world->advertised_port : own_port(digits, socket->port);
}

build_socket origin_sent(kl_ctx *ctx, const ctx_target *target)
{
    char digits[20];
    const world_socket *socket = socket_at(ctx, target->socket);
    if (!socket) {      /* an engine without sockets sends from where the message arrived */
        const kl_msg *msg = ctx->msg;
        return (build_socket){.address = address(ctx, msg->local_host, own_port(digits, msg->local_port), target->proto), .name = SPAN(""),
                              .proto = target->proto, .received = target->proto == msg->proto};
    }
    return (build_socket){.address = address(ctx, sent_host(ctx, socket), sent_port(ctx, socket, digits), socket->proto), .name = socket->name,
                          .proto = socket->proto, .received = target->socket == ctx->msg->recv_socket};
}
