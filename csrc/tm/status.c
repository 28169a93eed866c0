/* status.c: which transaction, branch and reply a route of the script is about. */
#include "internal.h"

tm_cell *tm_find(kl_ctx *ctx)
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

bool tm_in_failure(const kl_ctx *ctx) { return (ctx->phase & (KL_PHASE_FAILURE | KL_PHASE_BRANCH_FAILURE)) != 0; }

const tm_branch *tm_failed_branch(const kl_ctx *ctx)
{
    const tm_cell *cell = note_cell(ctx->msg);
    return cell && cell->picked >= 0 ? cell->branches[cell->picked] : NULL;
}

const tm_branch *tm_branch_here(const kl_ctx *ctx)
{
    if (tm_in_failure(ctx)) return tm_failed_branch(ctx);
    const tm_note *note = note_in(ctx->msg);
    const tm_cell *cell = note ? note->cell : NULL;
    return cell && note->branch >= 0 && note->branch < cell->branch_count ? cell->branches[note->branch] : NULL;
}

int tm_status(kl_ctx *ctx)
{
    const tm_cell *cell = tm_find(ctx);
    if (!ctx->msg->is_request) return ctx->msg->status;
    if (!cell) return 0;
    if (!tm_in_failure(ctx)) return cell->status;
    const tm_branch *branch = tm_branch_here(ctx);
    return branch ? branch->last_received : 0;
}

int tm_branch_index(kl_ctx *ctx)
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
