#include "branches.h"

/* An absent text stays absent. */
static bool copy(kl_msg *msg, kl_span *text)
{
    const kl_span from = *text;
    *text = from.n > 0 ? arena_copy(&msg->arena, from) : SPAN_NULL;
    return from.n == 0 || text->s;
}

bool branches_append(kl_ctx *ctx, const sip_branch *branch)
{
    kl_msg *msg = ctx->msg;
    const int limit = ctx->server->max_branches - 1;
    if (msg->branch_count >= (limit < SIP_MAX_BRANCHES ? limit : SIP_MAX_BRANCHES)) {
        log_print(ctx, KL_LOG_ERR, "%s: there are %d branches already", ctx_caller(ctx, "branches"), msg->branch_count);
        return false;
    }
    sip_branch own = *branch;
    return copy(msg, &own.uri) && copy(msg, &own.dst_uri) && copy(msg, &own.path) && copy(msg, &own.ruid) &&
           copy(msg, &own.user_agent) && copy(msg, &own.instance) && msg_branch_append(msg, &own);
}
