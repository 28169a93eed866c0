/* failed.c: a branch ends without success: another address, routes of the script, and when it was the last one the
 * best reply of all (RFC 3261 16.7, steps 5 and 6). */
#include "internal.h"

void failed_forget_replies(tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++) {
        if (cell->branches[i]->reply) kl_msg_free(cell->branches[i]->reply);
        cell->branches[i]->reply = NULL;
    }
}

/* failure_reply_mode and t_drop_replies: 1 all, 2 those of the last t_relay, 3 all when there are new branches. */
static void drop_replies(tm_cell *cell, int before, int step)
{
    const int mode = cell->drop;
    if (mode == 0 || (mode == 3 && cell->branch_count == before)) return;
    for (int i = mode == 2 ? step : 0; i < before; i++) cell->branches[i]->state |= TM_BRANCH_DROPPED;
}

/* The failure route of the branch that was picked. True: more is to come, or the route has answered. */
static bool go_on(kl_ctx *ctx, tm_cell *cell, const tm_branch *picked)
{
    const int before = cell->branch_count, step = cell->step;
    const kl_span function = picked->handlers.on_failure;
    if (function.n == 0) return false;
    cell->handlers.on_failure = SPAN("");
    cell->drop = cell->tm->settings.failure_reply_mode;
    cell->error = 0;
    cell->picked = picked->index;
    tm_run_failure(ctx, cell, picked->index, function, KL_PHASE_FAILURE);
    cell->picked = -1;
    if (cell_is_final(cell)) return true;
    drop_replies(cell, before, step);
    return false;
}

static void end_branches(kl_ctx *ctx, tm_cell *cell, tm_branch *branch)
{
    int picked = pick_branch(cell, branch);
    if (picked == PICK_OPEN) return;
    if (picked >= 0 && go_on(ctx, cell, cell->branches[picked])) return;
    const int again = pick_branch(cell, branch);
    if (again == PICK_OPEN) return;
    if (again == PICK_NONE) {
        tm_reply_error(ctx, cell, cell->error ? cell->error : TM_E_UNSPEC);
        return;
    }
    if (branch_is(cell->branches[picked], TM_BRANCH_DROPPED)) picked = again;
    upstream_picked(ctx, cell, cell->branches[picked]);
}

static void run_branch_failure(kl_ctx *ctx, tm_branch *branch)
{
    tm_cell *cell = branch->cell;
    const kl_span function = branch->handlers.on_branch_failure;
    if (function.n == 0) return;
    branch->handlers.on_branch_failure = SPAN("");
    cell->handlers.on_branch_failure = SPAN("");
    cell->picked = branch->index;
    tm_run_failure(ctx, cell, branch->index, function, KL_PHASE_BRANCH_FAILURE);
    cell->picked = -1;
}

/* A 6xx ends the others (16.7 step 5), once. */
static void end_others(kl_ctx *ctx, const tm_branch *branch, int code)
{
    tm_cell *cell = branch->cell;
    if (code < 600 || code > 699 || cell_is(cell, TM_6XX | TM_DISABLE_6XX)) return;
    cell->flags |= TM_6XX;
    cancel_branches(ctx, cell, branch->index, &(cancel_reason){.cause = code});
}

static void keep_reply(kl_ctx *ctx, tm_branch *branch, kl_msg *reply)
{
    branch->faked = !reply;
    branch->reply = reply ? cell_clone(branch->cell, reply) : NULL;
    if (!reply || branch->reply) return;
    log_print(ctx, KL_LOG_ERR, "tm: no memory for a reply");
    branch->faked = true;
}

void failed_branch(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    tm_cell *cell = cell_ref(branch->cell);
    const bool heard = branch->last_received > 0;
    branch->last_received = code;
    branch->hop.ticket = 0;
    branch->faked = !reply;
    if (!cell_is_final(cell)) {
        keep_reply(ctx, branch, reply);
        hops_fail_over(ctx, branch, code, reply, heard);
        run_branch_failure(ctx, branch);
        end_others(ctx, branch, code);
        if (!cell_is_final(cell)) end_branches(ctx, cell, branch);
    }
    if (cell_is_final(cell)) failed_forget_replies(cell);
    cell_unref(cell);
}
