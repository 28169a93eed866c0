/* refuse.c: what becomes of a message that fails. */
#include "sanity.h"

#include "proxy/stateless.h"

bool sanity_refuse(kl_ctx *ctx, int code, const char *reason)
{
    sanity_state *state = sanity_state_of(ctx);
    const kl_msg *msg = ctx->msg;
    log_print(ctx, KL_LOG_WARN, "%s: %s", ctx->row->name, reason);
    if (!msg->is_request || msg->method_id == SIP_ACK) return false;
    if (!state->noreply) {
        stateless_reply(ctx, code, span_text(reason));
        return false;
    }
    state->code = code;
    state->reason = reason;
    state->generation = msg->generation;
    state->msg = msg;
    return false;
}

bool sanity_mute(kl_ctx *ctx, const char *why)
{
    log_print(ctx, KL_LOG_WARN, "%s: %s", ctx->row->name, why);
    ctx->msg->msg_flags |= SIP_MSG_NO_REPLY;
    return false;
}
