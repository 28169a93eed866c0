/* status.c: what a script asks of its transaction. */
#include "tm.h"

#include "base/text.h"
#include "core/expression.h"

KSR_FN(tm_get_status_code)
{
    const int status = tm_status(ctx);
    return status > 0 ? status : -1;
}

KSR_FN(tm_get_branch_index) { return tm_branch_index(ctx); }

KSR_FN(tm_check_status)
{
    char digits[TEXT_INT];
    const unsigned known = KL_PHASE_REQUEST | KL_PHASE_REPLY | KL_PHASE_TM_ONREPLY | KL_PHASE_FAILURE |
                           KL_PHASE_BRANCH_FAILURE | KL_PHASE_BRANCH;
    if (!(ctx->phase & known) || !tm_find(ctx)) return -1;
    const int status = tm_status(ctx);
    kl_regex *regex = expression_use(ctx, args[0].s, REGEX_ICASE);
    return regex && expression_matches(ctx, regex, text_decimal(digits, (uint64_t)status)) ? 1 : -1;
}

KSR_FN(tm_grep_status)
{
    const tm_cell *cell = tm_find(ctx);
    for (int i = 0; cell && i < cell->branch_count; i++)
        if (cell->branches[i]->last_received == args[0].i && branch_is(cell->branches[i], TM_BRANCH_REPLIED)) return 1;
    return -1;
}

static int any(kl_ctx *ctx, unsigned state)
{
    const tm_cell *cell = tm_find(ctx);
    for (int i = 0; cell && i < cell->branch_count; i++)
        if (branch_is(cell->branches[i], state)) return 1;
    return -1;
}

KSR_FN(tm_any_replied) { return any(ctx, TM_BRANCH_REPLIED); }
KSR_FN(tm_any_timeout) { return any(ctx, TM_BRANCH_TIMED_OUT); }

static int picked(kl_ctx *ctx, unsigned state)
{
    const tm_branch *branch = tm_in_failure(ctx) ? tm_failed_branch(ctx) : NULL;
    return branch && branch_is(branch, state) ? 1 : -1;
}

KSR_FN(tm_branch_replied) { return picked(ctx, TM_BRANCH_REPLIED); }
KSR_FN(tm_branch_timeout) { return picked(ctx, TM_BRANCH_TIMED_OUT); }

KSR_FN(tm_is_canceled)
{
    const tm_cell *cell = tm_find(ctx);
    return cell && cell_is(cell, TM_CANCELLED) ? 1 : -1;
}

KSR_FN(tm_is_expired)
{
    const tm_cell *cell = tm_find(ctx);
    return cell && ctx->monotonic >= cell->end_of_life ? 1 : -1;
}

KSR_FN(tm_is_retr_async_reply)
{
    const tm_cell *cell = tm_find(ctx);
    return cell && cell_is(cell, TM_SUSPENDED) ? 1 : -1;
}

/* ---- replies of a failure route */

static int drop(kl_ctx *ctx, int mode)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (cell && ctx->phase == KL_PHASE_FAILURE) cell->drop = mode;
    return 1;
}

KSR_FN(tm_drop_replies)
{
    const char kind = args[0].s.n > 0 ? args[0].s.s[0] : 'a';
    return drop(ctx, kind == 'n' ? 0 : kind == 'l' ? 2 : 1);
}

KSR_FN(tm_drop_replies_all) { return drop(ctx, 1); }
