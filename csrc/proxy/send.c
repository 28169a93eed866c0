#include "send.h"

#include "core/tickets.h"

kl_effect send_effect(const kl_ctx *ctx, kl_span data, const send_target *target)
{
    kl_effect effect = {.kind = KL_EFFECT_SEND,
                        .transport = target->proto,
                        .conid = target->conid,
                        .flags = target->flags,
                        .port = target->port,
                        .host = target->host,
                        .data = data};
    if (target->socket >= 0) {
        effect.local_host = ctx->server->sockets[target->socket].host;
        effect.local_port = ctx->server->sockets[target->socket].port;
    } else if (ctx->msg) {
        effect.local_host = ctx->msg->local_host;
        effect.local_port = ctx->msg->local_port;
    }
    return effect;
}

static bool may_leave(kl_ctx *ctx, kl_effect *effect)
{
    return KL_LIKELY(ctx->per_engine->after == 0) || tickets_hold(ctx, effect);
}

bool send_raw(kl_ctx *ctx, kl_span data, const send_target *target)
{
    kl_effect effect = send_effect(ctx, data, target);
    return may_leave(ctx, &effect) && effects_add(ctx->effects, &effect);
}

/* False when onsend dropped it. */
static bool run_routes(kl_ctx *ctx, kl_span data, const send_target *target, bool request)
{
    const kl_server *server = ctx->server;
    const ctx_send send = {
        .data = data, .host = target->host, .port = target->port, .proto = target->proto, .socket = target->socket};
    bool dropped = false;
    if (!request && server_hears(server, server->reply_out_callback))
        ctx->ops->run_callback(ctx, server->reply_out_callback, SPAN("corex:reply-out"), KL_PHASE_EVENT, &send, NULL);
    if (!span_empty(server->onsend_route) && (request || server->onsend_route_reply))
        ctx->ops->run_callback(ctx, server->onsend_route, SPAN_NULL, KL_PHASE_ONSEND, &send, &dropped);
    return !dropped;
}

static bool has_routes(const kl_ctx *ctx, bool request)
{
    const kl_server *server = ctx->server;
    if (!ctx->ops) return false;
    return (!span_empty(server->onsend_route) && (request || server->onsend_route_reply)) ||
           (!request && server_hears(server, server->reply_out_callback));
}

/* The routes see the very bytes of the effect: what is nested in them may reuse the memory of data and host. */
bool send_message(kl_ctx *ctx, kl_span data, const send_target *target, bool request)
{
    if (!has_routes(ctx, request)) return send_raw(ctx, data, target);
    const kl_span kept = arena_copy(&ctx->effects->arena, data);
    send_target to = *target;
    to.host = arena_copy(&ctx->effects->arena, target->host);
    if (!kept.s || !to.host.s) {
        ctx->effects->lost_others++;
        return false;
    }
    if (!run_routes(ctx, kept, &to, request)) return false;
    kl_effect effect = send_effect(ctx, kept, &to);
    return may_leave(ctx, &effect) && effects_adopt(ctx->effects, &effect);
}

bool send_refused(kl_ctx *ctx, const char *why, kl_span about)
{
    log_print(ctx, KL_LOG_ERR, "forward: %s [%.*s]", why, (int)(about.n > 256 ? 256 : about.n), about.n ? about.s : "");
    return false;
}
