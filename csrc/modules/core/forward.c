/* forward.c: KSR.forward, and what is said of a message before it goes: what our Via has, flags for its connection. */
#include "core/line.h"
#include "proxy/forward.h"
#include "sip/build.h"
#include "core.h"

KSR_FN(core_forward) { return forward_request(ctx, SPAN_NULL, 0, false) ? 1 : -1; }

KSR_FN(core_forward_uri) { return forward_request(ctx, args[0].s, 0, false) ? 1 : -1; }

KSR_FN(core_set_rport)
{
    ctx->msg->msg_flags |= (unsigned)ctx->row->data;
    return 1;
}

static int set_advertised(kl_ctx *ctx, kl_span text, size_t limit, kl_span *place)
{
    if (!text.s || text.n >= limit) {
        log_print(ctx, KL_LOG_ERR, "%s: no text, or %zu bytes and more", ctx->row->name, limit);
        return 0;
    }
    const kl_span copy = line_good(ctx, text) ? arena_copy(&ctx->msg->arena, text) : SPAN_NULL;
    if (!copy.s) return 0;
    *place = copy;
    return 1;
}

KSR_FN(core_set_advertised_address) { return set_advertised(ctx, args[0].s, 128, &ctx->msg->advertised_address); }

KSR_FN(core_set_advertised_port) { return set_advertised(ctx, args[0].s, 8, &ctx->msg->advertised_port); }

KSR_FN(core_set_forward_flag)
{
    ctx->msg->forward_send_flags |= (int)ctx->row->data;
    return 1;
}

KSR_FN(core_set_reply_flag)
{
    ctx->msg->reply_send_flags |= (int)ctx->row->data;
    return 1;
}

/* On a stream the host is told that the peer can be reached over this connection under another port too (RFC 5923). */
static int add_alias(kl_ctx *ctx, int64_t port)
{
    const kl_msg *msg = ctx->msg;
    if (!build_is_stream(msg->proto)) return 1;
    if (port < 0 || port > 65535 || msg->conid < 0) return 0;
    const kl_effect effect = {.kind = KL_EFFECT_ALIAS,
                              .transport = msg->proto,
                              .conid = msg->conid,
                              .port = (uint16_t)port,
                              .host = msg->source_host,
                              .local_port = msg->local_port,
                              .local_host = msg->local_host};
    return effects_add(ctx->effects, &effect);
}

KSR_FN(core_add_tcp_alias) { return add_alias(ctx, args[0].i); }

KSR_FN(core_add_tcp_alias_via)
{
    const sip_via *via = msg_via1(ctx->msg);
    if (!via) return 0;
    return add_alias(ctx, via->port_number ? via->port_number : socket_default_port(ctx->msg->proto));
}
