/* here.c: the transaction of the message that a route is about, and what that route is about in it. */
#include "internal.h"

tm_cell *tm_cell_here(kl_ctx *ctx)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (cell) return cell;
    if (ctx->msg->is_request) {
        if (table_request(ctx, &cell) == TABLE_NONE || !note_set(ctx->msg, cell, -1)) return NULL;
        return cell;
    }
    tm_branch *branch = table_reply(ctx);
    return branch && note_set(ctx->msg, branch->cell, branch->index) ? branch->cell : NULL;
}

const tm_branch *tm_branch_here(const kl_ctx *ctx)
{
    const tm_note *note = note_in(ctx->msg);
    const tm_cell *cell = note ? note->cell : NULL;
    const bool failure = (ctx->phase & (KL_PHASE_FAILURE | KL_PHASE_BRANCH_FAILURE)) != 0;
    const int index = !cell ? -1 : failure ? cell->picked : note->branch;
    return index >= 0 && index < cell->branch_count ? cell->branches[index] : NULL;
}

int tm_status_here(kl_ctx *ctx)
{
    const tm_cell *cell = tm_cell_here(ctx);
    if (!ctx->msg->is_request) return ctx->msg->status;
    if (!cell) return 0;
    if (!(ctx->phase & (KL_PHASE_FAILURE | KL_PHASE_BRANCH_FAILURE))) return cell->status;
    const tm_branch *branch = tm_branch_here(ctx);
    return branch ? branch->last_received : 0;
}

int tm_branch_index_here(const kl_ctx *ctx)
{
    const tm_note *note = note_in(ctx->msg);
    const tm_cell *cell = note ? note->cell : NULL;
    switch (ctx->phase) {
    case KL_PHASE_REQUEST: return ctx->msg->branch_count;
    case KL_PHASE_FAILURE: return cell ? cell->branch_count + ctx->msg->branch_count : -1;
    case KL_PHASE_TM_ONREPLY:
    case KL_PHASE_REPLY:
    case KL_PHASE_BRANCH:
    case KL_PHASE_BRANCH_FAILURE: return note ? note->branch : -1;
    default: return -1;
    }
}
