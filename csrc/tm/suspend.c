/* suspend.c: a transaction waits for somebody else: before its request goes on, or with a reply that is held. */
#include "internal.h"

void suspend_mark(tm_cell *cell, bool is)
{
    if (is) cell->flags |= TM_SUSPENDED;
    else cell->flags &= ~(unsigned)TM_SUSPENDED;
    elsewhere_suspended(cell, is);
}

/* A branch to nowhere, so that there is something to wait for, and an end of patience. */
static bool add_blind(kl_ctx *ctx, tm_cell *cell)
{
    tm_branch *branch = cell_add_branch(ctx, cell);
    if (!branch) return false;
    if (!sending_patience(ctx, branch, cell->timing.fr)) {
        cell->branch_count--;
        return false;
    }
    client_move(branch, CLIENT_SUSPEND);
    branch->state |= TM_BRANCH_BLIND;
    branch->uri = branch->dst_uri = branch->path = branch->ruid = branch->user_agent = branch->instance = SPAN("");
    branch->handlers = cell->handlers;
    cell->step = branch->index;
    return true;
}

int tm_suspend_request(kl_ctx *ctx)
{
    if (!note_cell(ctx->msg) && tm_newtran(ctx) < 0) return -1;
    tm_cell *cell = note_cell(ctx->msg);
    if (!cell || cell_is_final(cell)) return -1;
    if (cell_is(cell, TM_CANCELLED)) return 1;
    if (cell_is(cell, TM_IS_INVITE) && cell_is(cell, TM_AUTO_100) && cell->status < 100)
        tm_reply(ctx, cell, 100, cell->tm->settings.auto_inv_100_reason);
    if (!add_blind(ctx, cell)) return -1;
    suspend_mark(cell, true);
    cell->request->ruri_is_new = ctx->msg->ruri_is_new;
    flags_copy(cell->request, ctx->msg);
    return 1;
}

bool tm_suspend_reply(kl_ctx *ctx)
{
    tm_note *note = note_in(ctx->msg);
    if (!note || !note->cell || note->branch < 0 || cell_is_final(note->cell)) return false;
    note->held = true;
    suspend_mark(note->cell, true);
    return true;
}

static tm_branch *blind_of(tm_cell *cell)
{
    for (int i = cell->branch_count; i-- > 0;)
        if (branch_is(cell->branches[i], TM_BRANCH_BLIND) && branch_is_open(cell->branches[i]))
            return cell->branches[i];
    return NULL;
}

static tm_branch *held_of(tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++)
        if (cell->branches[i]->held) return cell->branches[i];
    return NULL;
}

static bool has_open(const tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++)
        if (branch_is_open(cell->branches[i])) return true;
    return false;
}

static void continue_request(kl_ctx *ctx, tm_cell *cell, tm_branch *blind, kl_span function)
{
    sending_stop(ctx, &blind->request);
    client_move(blind, CLIENT_CONTINUE);
    blind->last_received = 500; /* of no account from now on */
    blind->state |= TM_BRANCH_DROPPED;
    suspend_mark(cell, false);
    cell->error = 0;
    log_print(ctx, KL_LOG_DBG, "tm: a request is continued");
    tm_run_continued(ctx, cell, function);
    if (!cell_is_final(cell) && !cell_is(cell, TM_SUSPENDED) && !has_open(cell))
        tm_reply_error(ctx, cell, cell->error ? cell->error : TM_E_UNSPEC);
}

static void continue_reply(kl_ctx *ctx, tm_branch *branch, kl_span function)
{
    tm_cell *cell = branch->cell;
    kl_msg *reply = branch->held;
    bool dropped;
    branch->held = NULL;
    suspend_mark(cell, false);
    tm_run(ctx, cell, reply, -1, function, KL_PHASE_TM_ONREPLY, &dropped);
    received_held(ctx, branch, reply);
}

bool tm_continue(kl_ctx *ctx, tm_cell *cell, kl_span function)
{
    tm_branch *held = held_of(cell), *blind = blind_of(cell);
    if (!held && !blind) {
        if (cell_is(cell, TM_CANCELLED)) return true;
        log_print(ctx, KL_LOG_ERR, "t_continue: the transaction is not suspended");
        return false;
    }
    if (cell_is(cell, TM_CANCELLED) || cell_is_final(cell)) return true;
    if (held) continue_reply(ctx, held, function);
    else continue_request(ctx, cell, blind, function);
    return true;
}
