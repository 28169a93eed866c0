#include "forward.h"

#include "base/text.h"
#include "origin.h"
#include "own_via.h"
#include "proxy.h"
#include "target.h"

/* ---- requests */

static kl_span next_hop(const kl_msg *msg, kl_span uri)
{
    if (!span_empty(uri)) return uri;
    return span_empty(msg->dst_uri) ? msg_current_uri(msg) : msg->dst_uri;
}

static bool build(kl_ctx *ctx, proxy_state *proxy, const send_target *target, int branch, bool uac)
{
    build_forward_options options = {.proto = target->proto, .strip_vias = uac, .socket = origin_sent(ctx, target)};
    return own_via_fill(ctx, target, branch, &options) && build_forward(ctx->msg, &options, &proxy->out);
}

bool forward_request(kl_ctx *ctx, kl_span uri, int branch, bool uac)
{
    proxy_state *proxy = proxy_of(ctx);
    const kl_span hop = next_hop(ctx->msg, uri);
    send_target target = {.flags = ctx->msg->forward_send_flags};
    sip_uri parsed;
    if (sip_uri_parse(hop, &parsed, NULL) != KL_OK) {
        stats_add(&ctx->per_engine->stats, STAT_BAD_URIS);
        return send_refused(ctx, "the next hop is not a URI", hop);
    }
    if (!target_of_uri(ctx, &parsed, &target)) return false;
    if (!build(ctx, proxy, &target, branch, uac)) return send_refused(ctx, "no memory for the message to", hop);
    if (!send_message(ctx, buf_span(&proxy->out), &target, true)) return false;
    proxy->has_forwarded = true;
    stats_add(&ctx->per_engine->stats, STAT_FWD_REQUESTS);
    return true;
}

/* ---- replies */

static bool send_back(kl_ctx *ctx, kl_span status_line)
{
    kl_buf *bytes = &proxy_of(ctx)->out;
    send_target target;
    if (!target_behind_us(ctx, &target)) return false;
    build_back_options options = {.proto = target.proto, .status_line = status_line};
    if (!own_via_params(ctx, SIP_MSG_VIA_REPLY_XAVP, ctx->server->via_reply_params, &options.via_params) ||
        !build_forward_reply(ctx->msg, &options, bytes))
        return send_refused(ctx, "the reply cannot be built", SPAN_NULL);
    return send_message(ctx, buf_span(bytes), &target, false);
}

bool forward_reply(kl_ctx *ctx) { return send_back(ctx, SPAN_NULL); }

bool forward_reply_as(kl_ctx *ctx, kl_span code, kl_span reason)
{
    const kl_msg *msg = ctx->msg;
    if (span_empty(code)) code = msg->status_text;
    if (span_empty(reason)) reason = msg->reason;
    char *line = arena_alloc(ctx->scratch, msg->version.n + code.n + reason.n + 2), *at = line;
    if (!line) return false;
    at = text_put(text_put(at, msg->version), SPAN(" "));
    at = text_put(text_put(at, code), SPAN(" "));
    return send_back(ctx, span_between(line, text_put(at, reason)));
}
