/* branch.c: $sbranch, the branch that scripts fill attribute by attribute, put to use. */
#include "pvx.h"

#include "pv/kept.h"
#include "pv/store/store.h"
#include "proxy/branches.h"

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

KSR_FN(pvx_sbranch_append)
{
    const sip_branch *branch = filled(ctx);
    return branch && branches_append(ctx, branch) ? 1 : -1;
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
