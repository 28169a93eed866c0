#include "tmx.h"

KSR_FN(tmx_is_route) { return ctx->phase & (unsigned)ctx->row->data ? 1 : -1; }

KSR_FN(tmx_flush_flags)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (cell) cell->request->flags = ctx->msg->flags;
    return cell ? 1 : -1;
}

KSR_FN(tmx_flush_xflags)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (cell) cell->request->xflags = ctx->msg->xflags;
    return cell ? 1 : -1;
}

/* No other process routes this very request meanwhile: one engine has all of a Call-ID. */
KSR_FN(tmx_precheck_trans)
{
    if (!*(const int *)module_state(ctx, MOD_TMX))
        log_print(ctx, KL_LOG_ERR, "t_precheck_trans: precheck_trans is off");
    return -1;
}

/* ---- the end */

static int drop(kl_ctx *ctx, int code)
{
    tm_cell *cell = tm_find(ctx);
    if (!cell) return -1;
    tm_drop(ctx, cell, code);
    return 0;
}

KSR_FN(tmx_drop) { return drop(ctx, 500); }
KSR_FN(tmx_drop_rcode) { return drop(ctx, (int)args[0].i); }

/* "this" cancels all of them, as in Kamailio, and nothing once the reply is final. */
KSR_FN(tmx_cancel_branches)
{
    const cancel_reason none = {0};
    const tm_note *note = note_in(ctx->msg);
    tm_cell *cell = note ? note->cell : NULL;
    const bool final = ctx->msg->status >= 200;
    const kl_span mode = args[0].s;
    if (ctx->phase != KL_PHASE_TM_ONREPLY || !cell || !cell_is(cell, TM_IS_INVITE)) return -1;
    int except = -1;
    if (span_eqi(mode, SPAN("all"))) except = final ? note->branch : -1;
    else if (span_eqi(mode, SPAN("others"))) except = note->branch;
    else if (!span_eqi(mode, SPAN("this")) || final) return -1;
    return cancel_branches_quietly(ctx, cell, except, &none) > 0 ? 1 : -1;
}

/* ---- other transactions, by Call-ID */

static int cancel_by_call_id(kl_ctx *ctx, const kl_value *args, int cause)
{
    const int flag = args[2].i > 0 && args[2].i < 32 ? (int)args[2].i : 0;
    if (cancel_call(ctx, args[0].s, args[1].s, flag, cause)) return 1;
    return elsewhere_cancel(ctx, args[0].s, args[1].s, flag, cause);
}

KSR_FN(tmx_cancel_callid) { return cancel_by_call_id(ctx, args, 0); }
KSR_FN(tmx_cancel_callid_reason) { return cancel_by_call_id(ctx, args, (int)args[3].i); }

/* The other one is the message's own from then on, as in Kamailio. */
KSR_FN(tmx_reply_callid)
{
    tm_cell *cell = table_by_call_id(ctx, args[0].s, args[1].s);
    if (!cell) return elsewhere_reply(ctx, args[0].s, args[1].s, (int)args[2].i, args[3].s, NULL);
    if (!note_set(ctx->msg, cell, -1)) return -1;
    return tm_reply(ctx, cell, (int)args[2].i, args[3].s);
}

/* ---- a branch again */

static bool reuse(kl_msg *msg, const tm_branch *branch)
{
    if (!msg_set_uri(msg, branch->uri)) return false;
    msg->ruid = branch->ruid;
    msg->path_vec = branch->path;
    msg->bflags = branch->flags;
    return true;
}

KSR_FN(tmx_reuse_branch)
{
    const tm_branch *failed = ctx->phase == KL_PHASE_BRANCH_FAILURE ? tm_failed_branch(ctx) : NULL;
    return failed && reuse(ctx->msg, failed) ? 1 : -1;
}
