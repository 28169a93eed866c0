/* timers.c: how long things are waited for, and the end of a transaction. */
#include "internal.h"

#define TICK (CLOCK_SECOND / 16)

#include "core/clock.h"

int64_t tm_ticks(int64_t ms)
{
    if (ms > INT32_MAX) ms = INT32_MAX;
    const int64_t microseconds = ms * 1000;
    return microseconds < TICK ? TICK : microseconds;
}

bool timers_set(kl_ctx *ctx, const tm_cell *cell, timer_id *id, int64_t when, timer_fn fn)
{
    return cell->link && timer_set(ctx->timers, id, when, fn);
}

/* ---- the end */

void timers_end(kl_ctx *ctx, tm_cell *cell)
{
    timer_stop(ctx->timers, &cell->wait);
    cell_stop(ctx, cell);
    server_move(cell, SERVER_END);
    if (cell->link) count_end(&cell->tm->counters, cell_is(cell, TM_WAITED));
    table_remove(cell);
}

/* What comes again is absorbed as long as the answer is kept aside. */
static void end_wait(timer_id *id, int64_t when, void *arg)
{
    tm_cell *cell = timer_owner(id, tm_cell, wait);
    kl_ctx *ctx = arg;
    (void)when;
    if (KL_LIKELY(cell->after == 0) || !timers_set(ctx, cell, id, ctx->monotonic + CLOCK_SECOND, end_wait))
        timers_end(ctx, cell);
}

#define REPEATED 32000 /* ms: 64 times T1 (RFC 3261 13.3.1.4) */

void timers_wait_on(kl_ctx *ctx, tm_cell *cell)
{
    if (cell->link) timers_set(ctx, cell, &cell->wait, ctx->monotonic + tm_ticks(REPEATED), end_wait);
}

void timers_wait(kl_ctx *ctx, tm_cell *cell)
{
    if (cell_waits(cell) || !cell->link) return;
    if (!cell_is(cell, TM_WAITED)) count_wait(&cell->tm->counters, cell->status);
    cell->flags |= TM_WAITED;
    const int64_t end = ctx->monotonic + tm_ticks(cell->tm->settings.wt_timer);
    if (!timers_set(ctx, cell, &cell->wait, end, end_wait)) timers_end(ctx, cell);
}

void timers_release(kl_ctx *ctx, tm_cell *cell)
{
    cell_stop(ctx, cell);
    timers_wait(ctx, cell);
}

/* ---- patience */

void timers_renew(kl_ctx *ctx, tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++) {
        tm_branch *branch = cell->branches[i];
        if (!timer_is_set(branch->request.final)) continue;
        const bool ringing = cell_is(cell, TM_IS_INVITE) && branch->last_received >= 100;
        sending_patience(ctx, branch, ringing ? cell->timing.fr_inv : cell->timing.fr);
    }
}

void timers_limit(kl_ctx *ctx, tm_cell *cell, int64_t life)
{
    cell->end_of_life = ctx->monotonic + life;
    for (int i = 0; i < cell->branch_count; i++)
        if (timer_is_set(cell->branches[i]->request.final))
            sending_patience(ctx, cell->branches[i], cell->timing.fr_inv);
}

void timers_answer(timer_id *id, int64_t when, void *arg)
{
    tm_cell *cell = timer_owner(timer_owner(id, tm_sending, final), tm_cell, answer);
    (void)when;
    if (!(server_move(cell, SERVER_PATIENCE) & SERVER_RELEASES)) return;
    sending_stop(arg, &cell->answer);
    timers_wait(arg, cell);
}

/* An INVITE of a client that nobody answered, and that nobody here wants to know of. */
static bool may_be_dropped(const tm_cell *cell)
{
    return cell_is(cell, TM_IS_INVITE) && !cell_is(cell, TM_NOISY | TM_IS_LOCAL) && cell->branch_count == 1 &&
           cell->branches[0]->last_received == 0 && cell->branches[0]->handlers.on_failure.n == 0 &&
           cell->branches[0]->hop.left == 0;
}

/* Timers B and C, F: a final reply is made up. */
void timers_final(timer_id *id, int64_t when, void *arg)
{
    tm_branch *branch = timer_owner(timer_owner(id, tm_sending, final), tm_branch, request);
    tm_cell *cell = cell_ref(branch->cell);
    kl_ctx *ctx = arg;
    (void)when;
    timer_stop(ctx->timers, &branch->request.repeat);
    if (branch_is(branch, TM_BRANCH_BLIND)) suspend_mark(cell, false); /* nobody continued it in time */
    const bool dropped = may_be_dropped(cell);
    const unsigned does = client_move(branch, CLIENT_PATIENCE);
    if (dropped) {
        timers_release(ctx, cell);
    } else if (does & CLIENT_FAILS) {
        branch->state |= TM_BRANCH_TIMED_OUT;
        failed_branch(ctx, branch, cell->tm->settings.reply_408_code, NULL);
        if ((does & CLIENT_CANCELS) && !branch->held) cancel_ended(ctx, branch);
    }
    cell_unref(cell);
}
