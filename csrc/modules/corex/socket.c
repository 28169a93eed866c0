/* socket.c: which socket a message seems to come from and goes out by; raw data. */
#include "proxy/target.h"
#include "corex.h"

static int warn_no_socket(kl_ctx *ctx, kl_span text)
{
    ctx_misuse(ctx, KL_LOG_WARN, "%s: no socket is %.*s", ctx->row->name, (int)(text.n > 128 ? 128 : text.n), text.s);
    return 1;
}

static void reset_send_socket(kl_ctx *ctx) { ctx->msg->send_socket = -1; }
static void take_send_socket(kl_ctx *ctx, int index) { ctx->msg->send_socket = index; }

static void take_recv_socket(kl_ctx *ctx, int index)
{
    const core_socket *socket = &ctx->server->sockets[index];
    kl_msg *msg = ctx->msg;
    msg->recv_socket = index;
    msg->local_host = socket->host;
    msg->local_port = socket->port;
    msg->proto = socket->proto;
    msg->conid = -1;
}

/* A socket that is not ours is a warning and a success; only a text that cannot be one fails. An empty text resets the
 * send socket, whichever was meant. */
static int take_by_address(kl_ctx *ctx, kl_span text, void (*take)(kl_ctx *ctx, int index))
{
    core_endpoint end;
    if (span_empty(text)) {
        reset_send_socket(ctx);
        return 1;
    }
    if (!socket_endpoint_parse(text, &end)) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: not a socket: %.*s", ctx->row->name, (int)(text.n > 128 ? 128 : text.n),
                   text.s);
        return -1;
    }
    const int index = socket_find(ctx->server, end.proto, end.host, end.port);
    if (index < 0) return warn_no_socket(ctx, text);
    take(ctx, index);
    return 1;
}

static int take_by_name(kl_ctx *ctx, kl_span name, void (*take)(kl_ctx *ctx, int index))
{
    if (span_empty(name)) {
        reset_send_socket(ctx);
        return 1;
    }
    const int index = socket_named(ctx->server, name);
    if (index < 0) return warn_no_socket(ctx, name);
    take(ctx, index);
    return 1;
}

KSR_FN(corex_set_send_socket) { return take_by_address(ctx, args[0].s, take_send_socket); }

KSR_FN(corex_set_send_socket_name) { return take_by_name(ctx, args[0].s, take_send_socket); }

KSR_FN(corex_set_recv_socket) { return take_by_address(ctx, args[0].s, take_recv_socket); }

KSR_FN(corex_set_recv_socket_name) { return take_by_name(ctx, args[0].s, take_recv_socket); }

KSR_FN(corex_is_socket_name) { return socket_named(ctx->server, args[0].s) >= 0 ? 1 : -1; }

/* Numeric addresses only: this engine resolves no names. */
KSR_FN(corex_set_source_address)
{
    core_endpoint end;
    sip_ip ip;
    if (span_empty(args[0].s) || !socket_endpoint_parse(args[0].s, &end) || !ip_parse(end.host, &ip)) {
        log_print(ctx, KL_LOG_ERR, "set_source_address: not [proto:]ip[:port]");
        return -1;
    }
    if (end.proto != KL_PROTO_NONE && end.proto != ctx->msg->proto) {
        log_print(ctx, KL_LOG_ERR, "set_source_address: the message did not come by that protocol");
        return -1;
    }
    const kl_span copy = arena_copy(&ctx->msg->arena, end.host);
    if (!copy.s) return -1;
    ctx->msg->source_host = copy;
    ctx->msg->source_port = end.port;
    return 1;
}

static int send_by(kl_ctx *ctx, kl_span text, int socket, kl_span data)
{
    sip_uri uri;
    send_target target = {.socket = -1};
    if (span_empty(text) || sip_uri_parse(text, &uri, NULL) != KL_OK) {
        log_print(ctx, KL_LOG_ERR, "%s: not a SIP URI: %.*s", ctx->row->name, (int)(text.n > 128 ? 128 : text.n),
                  text.n ? text.s : "");
        return -1;
    }
    if (!target_of_uri(ctx, &uri, &target)) return -1;
    if (target.proto == KL_PROTO_WS || target.proto == KL_PROTO_WSS) return -1;
    if (socket >= 0 && ctx->server->sockets[socket].proto == target.proto) target.socket = socket;
    return send_raw(ctx, data, &target) ? 1 : -1;
}

KSR_FN(corex_send_data) { return send_by(ctx, args[0].s, -1, args[1].s); }

KSR_FN(corex_sendx)
{
    core_endpoint end;
    int socket = -1;
    if (!span_empty(args[1].s)) {
        if (!socket_endpoint_parse(args[1].s, &end)) return -1;
        socket = socket_find(ctx->server, end.proto, end.host, end.port);
        if (socket < 0) warn_no_socket(ctx, args[1].s);
    }
    return send_by(ctx, args[0].s, socket, args[2].s);
}
