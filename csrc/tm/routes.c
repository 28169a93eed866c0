/* routes.c: routes of the script within a transaction. */
#include "internal.h"

#include "pv/store/store.h"

/* Flags that a message has in common with its transaction. */
static void lend_flags(kl_msg *msg, const tm_cell *cell, const tm_branch *branch)
{
    flags_copy(msg, cell->request);
    if (branch) msg->bflags = branch->flags;
}

static void take_flags(const kl_msg *msg, tm_cell *cell, tm_branch *branch)
{
    flags_copy(cell->request, msg);
    if (branch) branch->flags = msg->bflags;
}

void tm_run(kl_ctx *ctx, tm_cell *cell, kl_msg *msg, int branch, kl_span function, kl_phase phase, bool *dropped)
{
    kl_msg *const before = ctx->msg;
    bool shared;
    tm_branch *of = phase == KL_PHASE_TM_ONREPLY && branch >= 0 ? cell->branches[branch] : NULL;
    *dropped = false;
    if (function.n == 0 || !ctx->ops || !note_set(msg, cell, branch)) return;
    pv_store *own = store_share(msg, cell->request, &shared);
    lend_flags(msg, cell, of);
    ctx->msg = msg;
    if (shared) ctx->ops->run_callback(ctx, function, SPAN_NULL, phase, NULL, dropped);
    ctx->msg = before;
    take_flags(msg, cell, of);
    if (msg != before || !msg->is_request) store_give_back(msg, own);
}

static void run_on_copy(kl_ctx *ctx, tm_cell *cell, int branch, kl_span function, kl_phase phase, bool used)
{
    bool dropped;
    if (function.n == 0) return;
    kl_msg *copy = cell_clone(cell, cell->relayed ? cell->relayed : cell->request);
    if (!copy) {
        log_print(ctx, KL_LOG_ERR, "tm: no memory for the failure route");
        return;
    }
    if (used) copy->ruri_is_new = false;
    copy->branch_count = 0;
    tm_run(ctx, cell, copy, branch, function, phase, &dropped);
    const tm_note *note = note_in(copy);
    if (note && note->error) cell->error = note->error;
    kl_msg_free(copy);
}

void tm_run_failure(kl_ctx *ctx, tm_cell *cell, int branch, kl_span function, kl_phase phase)
{
    run_on_copy(ctx, cell, branch, function, phase, true);
}

void tm_run_continued(kl_ctx *ctx, tm_cell *cell, kl_span function)
{
    run_on_copy(ctx, cell, -1, function, KL_PHASE_FAILURE, false);
}
