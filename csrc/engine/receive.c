#include "engine.h"

#include "core/stats.h"
#include "core/tickets.h"
#include "proxy/forward.h"
#include "sip/build.h"

/* Kamailio takes shorter datagrams, and those of zeros or line ends alone, for probes that keep a NAT binding open. */
#define MIN_DATAGRAM 20

static bool is_keepalive(const kl_packet *packet)
{
    if (packet->size < MIN_DATAGRAM) return true;
    for (size_t i = 0; i < packet->size; i++)
        if (!strchr("\r\n \t", packet->data[i])) return false; /* strchr finds the NUL too */
    return true;
}

/* A frame that asks whether a WebSocket is alive (RFC 7118 has RFC 5626's keep-alive); on a byte stream sip/stream.c
 * finds them. */
static bool is_ping(const kl_packet *packet)
{
    const bool frames = packet->transport == KL_PROTO_WS || packet->transport == KL_PROTO_WSS;
    return frames && span_eq(span_of(packet->data, packet->size), SPAN("\r\n\r\n"));
}

static void pong(kl_engine *engine, const kl_packet *packet)
{
    effects_add(&engine->effects, &(kl_effect){.kind = KL_EFFECT_SEND,
                                               .transport = packet->transport,
                                               .conid = packet->conid,
                                               .flags = KL_SEND_NO_CONNECT,
                                               .host = packet->source_host,
                                               .port = packet->source_port,
                                               .local_host = packet->local_host,
                                               .local_port = packet->local_port,
                                               .data = SPAN("\r\n")});
}

/* On streams, where messages are found by their length, Stream has a limit of its own. */
static bool is_too_large(const kl_server *server, const kl_packet *packet)
{
    return packet->size > (size_t)server->max_datagram && !build_is_stream(packet->transport);
}

/* What has a good first line and fails behind it counts as an error; what has none counts for nothing. */
static void count_malformed(core_stats *stats, const kl_packet *packet, const kl_error *err)
{
    const char *feed = memchr(packet->data, '\n', packet->size);
    if (!feed || err->offset <= feed - packet->data) return;
    stats_add(stats,
              span_starts(span_of(packet->data, packet->size), SPAN("SIP/")) ? STAT_ERR_REPLIES : STAT_ERR_REQUESTS);
}

static void drop_malformed(kl_ctx *ctx, const kl_packet *packet, const kl_error *err)
{
    log_print(ctx, KL_LOG_ERR, "malformed message from %.*s:%u: %s (offset %lld)", (int)packet->source_host.n,
              packet->source_host.s, packet->source_port, err->text, (long long)err->offset);
    count_malformed(&ctx->per_engine->stats, packet, err);
    failure_count(ctx->engine, err);
    effects_drop(ctx->effects, err->text);
}

/* kemi's event before routing: true when the script dropped the message. */
static bool dropped_before_routing(kl_ctx *ctx)
{
    bool dropped = false;
    engine_callback(ctx, ctx->server->pre_routing_callback, SPAN("core:pre-routing"), KL_PHASE_EVENT, NULL, &dropped);
    return dropped;
}

static void route_request(kl_ctx *ctx)
{
    const kl_server *server = ctx->server;
    if (hook_request(ctx)) return;
    kl_status status = engine_callback(ctx, server->request_route, SPAN_NULL, KL_PHASE_REQUEST, NULL, NULL);
    if (status == KL_ENOENT)
        ctx_misuse(ctx, KL_LOG_ERR, NO_SUCH_FUNCTION, (int)server->request_route.n, server->request_route.s);
    hook_request_end(ctx);
}

/* RFC 3261 16.7: our Via off, the rest goes to the next one. */
static void route_reply(kl_ctx *ctx)
{
    bool dropped = false;
    engine_callback(ctx, ctx->server->reply_route, SPAN_NULL, KL_PHASE_REPLY, NULL, &dropped);
    if (dropped) {
        stats_add(&ctx->per_engine->stats, STAT_DROP_REPLIES);
        effects_drop(ctx->effects, "dropped by the reply route");
    } else if (hook_reply(ctx)) {
        /* its transaction went on with it */
    } else if (!forward_reply(ctx)) effects_drop(ctx->effects, "reply that cannot be forwarded");
    else stats_add(&ctx->per_engine->stats, STAT_FWD_REPLIES);
}

static void route(kl_ctx *ctx)
{
    core_stats *stats = &ctx->per_engine->stats;
    if (ctx->msg->is_request) stats_request(stats, msg_method_id(ctx->msg));
    else stats_reply(stats, ctx->msg->status, msg_method_id(ctx->msg));
    if (dropped_before_routing(ctx)) {
        stats_add(stats, ctx->msg->is_request ? STAT_DROP_REQUESTS : STAT_DROP_REPLIES);
        effects_drop(ctx->effects, "dropped before routing");
    } else if (!ctx->msg->is_request) route_reply(ctx);
    else if (KL_UNLIKELY(tickets_is_repeated(ctx))) effects_drop(ctx->effects, "its answer waits until it is stored");
    else route_request(ctx);
}

/* kemi's event on the bare bytes, which the script may change: false when it dropped them. Its message is one that no
 * one sent. */
static bool pass_received(kl_ctx *ctx, kl_packet *packet)
{
    const kl_server *server = ctx->server;
    ctx_received received = {
        .packet = packet, .data = span_of(packet->data, packet->size), .room = &ctx->engine->received};
    bool dropped = false;
    if (!server->received_route_mode || span_empty(server->received_route_callback)) return true;
    ctx->received = &received;
    engine_callback(ctx, server->received_route_callback, SPAN_NULL, KL_PHASE_EVENT, NULL, &dropped);
    ctx->received = NULL;
    packet->data = received.data.s;
    packet->size = received.data.n;
    return !dropped;
}

static void receive(kl_ctx *ctx, const kl_packet *given)
{
    kl_engine *engine = ctx->engine;
    kl_packet changed = *given, *packet = &changed;
    if (is_keepalive(packet)) {
        if (is_ping(packet)) pong(engine, packet);
        else effects_drop(&engine->effects, "keep-alive");
        return;
    }
    if (is_too_large(ctx->server, packet)) {
        log_print(ctx, KL_LOG_ERR, "a datagram of %zu bytes is too large", packet->size);
        effects_drop(&engine->effects, "datagram too large");
        return;
    }
    if (!pass_received(ctx, packet)) {
        effects_drop(&engine->effects, "dropped before parsing");
        return;
    }
    kl_error err;
    error_clear(&err);
    if (msg_parse(&engine->msg, packet, &err) != KL_OK) {
        drop_malformed(ctx, packet, &err);
        return;
    }
    engine->msg.recv_socket = socket_at(&engine->server, packet->transport, packet->local_host, packet->local_port);
    ctx->msg = &engine->msg;
    route(ctx);
}

void engine_receive(kl_engine *engine, const kl_packet *packet)
{
    kl_ctx ctx;
    engine->message_number++;
    if (engine->server.started == 0) engine->server.started = packet->now;
    if (KL_UNLIKELY(engine_is_due(engine))) engine_run_due(engine);
    engine_ctx(engine, &ctx, NULL, KL_PHASE_REQUEST);
    receive(&ctx, packet);
    engine_ctx_end(engine, &ctx);
    msg_reset(&engine->msg); /* a Message that Python kept is stale from here on */
}
