/* branch.c: $sbranch, the branch that scripts fill attribute by attribute, put to use. */
#include "pvx.h"

#include "pv/kept.h"
#include "pv/store/store.h"

KSR_FN(pvx_sbranch_reset)
{
    kept_sbranch_reset(vars_kept(ctx->vars));
    return 1;
}

/* NULL and an error line without a URI. */
static const sip_branch *filled(kl_ctx *ctx)
{
    const sip_branch *branch = kept_sbranch(vars_kept(ctx->vars));
    if (branch && branch->uri.n > 0) return branch;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: $sbranch(uri) is not set", ctx->row->name);
    return NULL;
}

/* An absent text stays absent; false when the message's memory is full. */
static bool copy_text(kl_msg *msg, kl_span from, kl_span *to)
{
    *to = from.n > 0 ? arena_copy(&msg->arena, from) : SPAN_NULL;
    return from.n == 0 || to->s;
}

static bool copy_branch(kl_msg *msg, const sip_branch *from, sip_branch *to)
{
    *to = *from;
    return copy_text(msg, from->uri, &to->uri) && copy_text(msg, from->dst_uri, &to->dst_uri) &&
           copy_text(msg, from->path, &to->path) && copy_text(msg, from->ruid, &to->ruid) &&
           copy_text(msg, from->user_agent, &to->user_agent) && copy_text(msg, from->instance, &to->instance);
}

KSR_FN(pvx_sbranch_append)
{
    kl_msg *msg = ctx->msg;
    const int limit = ctx->server->max_branches - 1;
    const sip_branch *branch = filled(ctx);
    if (!branch) return -1;
    if (msg->branch_count >= (limit < SIP_MAX_BRANCHES ? limit : SIP_MAX_BRANCHES)) {
        log_print(ctx, KL_LOG_ERR, "sbranch_append: there are %d branches already", msg->branch_count);
        return -1;
    }
    sip_branch copy;
    return copy_branch(msg, branch, &copy) && msg_branch_append(msg, &copy) ? 1 : -1;
}

/* The path is dropped and, as in Kamailio, not taken from the branch. */
KSR_FN(pvx_sbranch_set_ruri)
{
    kl_msg *msg = ctx->msg;
    const sip_branch *branch = filled(ctx);
    if (!branch || !msg_set_uri(msg, branch->uri) || !msg_set_dst(msg, branch->dst_uri)) return -1;
    msg->path_vec = SPAN_NULL;
    msg->ruri_q = branch->q;
    msg->bflags |= branch->flags;
    if (branch->send_socket >= 0) msg->send_socket = branch->send_socket;
    return copy_text(msg, branch->ruid, &msg->ruid) && copy_text(msg, branch->user_agent, &msg->location_ua) ? 1 : -1;
}
