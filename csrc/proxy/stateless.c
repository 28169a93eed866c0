#include "stateless.h"

#include "core/hooks.h"

#include "core/line.h"
#include "own_via.h"
#include "proxy.h"
#include "redirect.h"
#include "target.h"

#define ACK_FILTER_TIME 2.0 /* seconds after a reply */

/* ---- counters */

static stateless_counter counter_of(int code)
{
    static const struct {
        int code;
        stateless_counter counter;
    } own[] = {{200, STATELESS_200}, {202, STATELESS_202}, {300, STATELESS_300}, {301, STATELESS_301},
               {302, STATELESS_302}, {400, STATELESS_400}, {401, STATELESS_401}, {403, STATELESS_403},
               {404, STATELESS_404}, {407, STATELESS_407}, {408, STATELESS_408}, {483, STATELESS_483},
               {500, STATELESS_500}};
    static const stateless_counter classes[] = {STATELESS_OTHER, STATELESS_1XX, STATELESS_2XX, STATELESS_3XX,
                                                STATELESS_4XX,   STATELESS_5XX, STATELESS_6XX};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].code == code) return own[i].counter;
    return code >= 100 && code < 700 ? classes[code / 100] : STATELESS_OTHER;
}

static void count(stateless_state *state, int code)
{
    state->counters[counter_of(code)]++;
    state->counters[STATELESS_SENT]++;
}

/* ---- replies */

static void tell_sent(kl_ctx *ctx, const stateless_settings *settings, const send_target *target, kl_span data)
{
    const kl_span callback = settings->event_callback_lres_sent;
    if (!server_hears(ctx->server, callback) || !ctx->ops) return;
    const ctx_send send = {
        .data = data, .host = target->host, .port = target->port, .proto = target->proto, .socket = target->socket};
    ctx->ops->run_callback(ctx, callback, SPAN("sl:local-response"), KL_PHASE_EVENT, &send, NULL);
}

static bool send_built(kl_ctx *ctx, const proxy_state *proxy)
{
    const send_target target = target_of_reply(ctx);
    if (!send_message(ctx, buf_span(&proxy->out), &target, false)) return false;
    /* the effect's bytes stay, the buffer's may not */
    tell_sent(ctx, proxy->stateless.settings, &target, ctx->effects->items[ctx->effects->count - 1].data);
    return true;
}

static bool build(kl_ctx *ctx, proxy_state *proxy, int code, kl_span reason)
{
    build_reply_options options = {.to_tag = SPAN_NULL, .server = server_header_of(ctx->server)};
    if (code >= 300 && code < 400 && !redirect_add_contacts(ctx, proxy->stateless.settings->rich_redirect))
        return false;
    if (build_reply_needs_tag(ctx->msg, code)) {
        build_to_tag(ctx->msg, ctx->server->secret, ctx->server->tag_instance, &proxy->token);
        if (proxy->token.failed) return false;
        options.to_tag = buf_span(&proxy->token);
    }
    return own_via_params(ctx, SIP_MSG_VIA_REPLY_XAVP, ctx->server->via_reply_params, &options.via_params) &&
           build_reply(ctx->msg, code, reason, &options, &proxy->out);
}

int stateless_reply(kl_ctx *ctx, int code, kl_span reason)
{
    proxy_state *proxy = proxy_of(ctx);
    stateless_state *state = &proxy->stateless;
    kl_msg *msg = ctx->msg;
    if (span_empty(reason)) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: a reply needs a reason", ctx_caller(ctx, "sl"));
        return -1;
    }
    if (!line_good(ctx, reason)) return -1;
    if (msg->msg_flags & SIP_MSG_NO_REPLY) return -2;
    if (!msg->is_request || msg->method_id == SIP_ACK) return -1;
    if (!build(ctx, proxy, code, reason)) {
        log_print(ctx, KL_LOG_ERR, "the reply %d cannot be built: a header it needs is missing, doubled or malformed",
                  code);
        state->counters[STATELESS_ERRORS]++;
        return -1;
    }
    state->filter_until = ctx->now + ACK_FILTER_TIME;
    if (code >= 200) msg->msg_flags |= SIP_MSG_FINAL_REPLY_SENT;
    if (!send_built(ctx, proxy)) return -1;
    count(state, code);
    return 1;
}

int stateless_or_within(kl_ctx *ctx, bool within, int code, kl_span reason)
{
    int result = -1;
    return within && hook_own_reply(ctx, code, reason, &result) ? result : stateless_reply(ctx, code, reason);
}

int stateless_reply_error(kl_ctx *ctx)
{
    if (ctx->msg->msg_flags & SIP_MSG_FINAL_REPLY_SENT) return -2;
    const kl_span reason = proxy_of(ctx)->has_forwarded ? SPAN("No error (0/SL)")
                                                        : SPAN("I'm terribly sorry, server error occurred (1/SL)");
    stateless_reply(ctx, 500, reason);
    log_print(ctx, KL_LOG_ERR, "stateless error reply used: %s", reason.s);
    return 1;
}

/* ---- ACKs */

bool stateless_is_own_ack(kl_ctx *ctx)
{
    stateless_state *state = &proxy_of(ctx)->stateless;
    kl_buf *tag = &proxy_of(ctx)->token;
    if (ctx->msg->method_id != SIP_ACK || !ctx->msg->is_request || ctx->now > state->filter_until) return false;
    const sip_nameaddr *to = msg_to(ctx->msg);
    if (!to || span_empty(to->tag)) return false;
    build_to_tag(ctx->msg, ctx->server->secret, ctx->server->tag_instance, tag);
    if (tag->failed || !span_eq(to->tag, buf_span(tag))) return false;
    state->counters[STATELESS_ACKS]++;
    const kl_span callback = state->settings->event_callback_fl_ack;
    if (server_hears(ctx->server, callback) && ctx->ops)
        ctx->ops->run_callback(ctx, callback, SPAN("sl:filtered-ack"), KL_PHASE_EVENT, NULL, NULL);
    return true;
}
