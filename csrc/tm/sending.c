/* sending.c: bytes out, and out again: timers A, E, G. */
#include "internal.h"

#include "core/tickets.h"

static bool is_datagram(const send_target *target)
{
    return target->proto == KL_PROTO_UDP || target->proto == KL_PROTO_NONE;
}

void sending_stop(kl_ctx *ctx, tm_sending *sending)
{
    timer_stop(ctx->timers, &sending->repeat);
    timer_stop(ctx->timers, &sending->final);
}

/* Timers A, E and G: twice as long each time, up to retr_timer2. */
static void repeat_later(kl_ctx *ctx, const tm_cell *cell, tm_sending *sending, timer_fn fn)
{
    const int64_t at = ctx->monotonic + sending->interval;
    timers_set(ctx, cell, &sending->repeat, at, fn);
    sending->looked_at = at < sending->final_at || sending->final_at == 0 ? at : sending->final_at;
    sending->interval *= 2;
    if (sending->interval > cell->timing.repeat_most) sending->interval = cell->timing.repeat_most;
}

static bool send_again(kl_ctx *ctx, const tm_branch *branch, kl_span bytes)
{
    return send_raw(ctx, bytes, &branch->target);
}

/* What goes out for the first time waits for what its transaction waits for; what was kept aside then is not sent again
 * as long as it is. *after: of these bytes. */
static bool send_first(kl_ctx *ctx, tm_cell *cell, kl_span bytes, const send_target *target, bool is_request,
                       int64_t *after)
{
    const int64_t ticket = cell->ticket, before = tickets_begin(ctx, ticket), all = ctx->per_engine->after;
    *after = all && tickets_pending(ctx, all) ? all : 0;
    /* no onsend for what is made here, as in Kamailio */
    const bool sent = KL_UNLIKELY(all > ticket && !waiting_for(ctx, cell, all)) ? false
                      : is_request && cell->local                               ? send_raw(ctx, bytes, target)
                                                  : send_message(ctx, bytes, target, is_request);
    tickets_end(ctx, ticket, before);
    return sent;
}

static bool is_kept_aside(const kl_ctx *ctx, int64_t *after)
{
    if (KL_LIKELY(*after == 0)) return false;
    if (tickets_pending(ctx, *after)) return true;
    *after = 0;
    return false;
}

static void repeat_request(timer_id *id, int64_t when, void *arg)
{
    tm_sending *sending = timer_owner(id, tm_sending, repeat);
    tm_branch *branch = timer_owner(sending, tm_branch, request);
    (void)when;
    if (!(client_move(branch, CLIENT_REPEAT) & CLIENT_REPEATS)) return;
    branch->state |= TM_BRANCH_REPEATED;
    if (!is_kept_aside(arg, &branch->after)) send_again(arg, branch, sending->bytes);
    repeat_later(arg, branch->cell, sending, repeat_request);
}

static void repeat_cancel(timer_id *id, int64_t when, void *arg)
{
    tm_sending *sending = timer_owner(id, tm_sending, repeat);
    tm_branch *branch = timer_owner(sending, tm_branch, cancel);
    (void)when;
    if (!(cancel_move(branch, CANCEL_REPEAT) & CANCEL_REPEATS)) return;
    send_again(arg, branch, sending->bytes);
    repeat_later(arg, branch->cell, sending, repeat_cancel);
}

static void end_cancel(timer_id *id, int64_t when, void *arg)
{
    tm_branch *branch = timer_owner(timer_owner(id, tm_sending, final), tm_branch, cancel);
    (void)when;
    if (cancel_move(branch, CANCEL_PATIENCE) & CANCEL_STOPS) sending_stop(arg, &branch->cancel);
}

/* No longer than the transaction lives. */
static int64_t until(const kl_ctx *ctx, const tm_cell *cell, int64_t patience)
{
    const int64_t end = ctx->monotonic + patience;
    return end < cell->end_of_life ? end : cell->end_of_life;
}

bool sending_patience(kl_ctx *ctx, tm_branch *branch, int64_t patience)
{
    tm_sending *request = &branch->request;
    int64_t at = until(ctx, branch->cell, patience);
    if (request->looked_at <= ctx->monotonic) request->looked_at = request->final_at;
    if (at < request->looked_at) at = request->looked_at;
    request->final_at = at;
    return timers_set(ctx, branch->cell, &request->final, at, timers_final);
}

static void begin(kl_ctx *ctx, tm_branch *branch, tm_sending *sending, timer_fn repeat)
{
    if (!is_datagram(&branch->target)) return;
    sending->interval = branch->cell->timing.repeat_first;
    repeat_later(ctx, branch->cell, sending, repeat);
}

/* Nothing goes out whose end is not certain. */
void sending_request(kl_ctx *ctx, tm_branch *branch)
{
    if (!sending_patience(ctx, branch, branch->cell->timing.fr)) return;
    if (!send_first(ctx, branch->cell, branch->request.bytes, &branch->target, true, &branch->after)) {
        sending_stop(ctx, &branch->request);
        return;
    }
    branch->state |= TM_BRANCH_SENT;
    client_move(branch, CLIENT_SEND);
    if (branch_is(branch, TM_BRANCH_CANCELLED)) client_move(branch, CLIENT_CANCEL); /* while it was prepared */
    begin(ctx, branch, &branch->request, repeat_request);
}

void sending_cancel(kl_ctx *ctx, tm_branch *branch)
{
    if (cancel_move(branch, CANCEL_SEND) & CANCEL_STOPS) sending_stop(ctx, &branch->cancel);
    send_again(ctx, branch, branch->cancel.bytes);
    begin(ctx, branch, &branch->cancel, repeat_cancel);
    const int64_t end = ctx->monotonic + branch->cell->timing.fr;
    if (!timers_set(ctx, branch->cell, &branch->cancel.final, end, end_cancel)) sending_stop(ctx, &branch->cancel);
}

void sending_provisional(kl_ctx *ctx, tm_branch *branch, int before, int code)
{
    const tm_cell *cell = branch->cell;
    if (!cell_is(cell, TM_IS_INVITE)) {
        if (timer_is_set(branch->request.repeat)) {
            branch->request.interval = cell->timing.repeat_most;
            timer_stop(ctx->timers, &branch->request.repeat);
            repeat_later(ctx, cell, &branch->request, repeat_request);
        }
        return;
    }
    timer_stop(ctx->timers, &branch->request.repeat);
    if (cell->tm->settings.restart_fr_on_each_reply || (code > before && (code >= 180 || before < 100)))
        sending_patience(ctx, branch, cell->timing.fr_inv);
}

/* ---- upstream */

bool sending_response(kl_ctx *ctx, tm_cell *cell)
{
    kl_msg *const msg = ctx->msg;
    if (cell->response_size == 0) return false;
    ctx->msg = cell->request; /* whose socket it came in on */
    const bool sent = send_first(ctx, cell, cell_response(cell), &cell->upstream, false, &cell->after);
    ctx->msg = msg;
    return sent;
}

bool sending_same(kl_ctx *ctx, tm_cell *cell)
{
    kl_msg *const msg = ctx->msg;
    if (cell->response_size == 0) return false;
    if (is_kept_aside(ctx, &cell->after)) return true;
    ctx->msg = cell->request;
    const bool sent = send_message(ctx, cell_response(cell), &cell->upstream, false);
    ctx->msg = msg;
    return sent;
}

static void repeat_answer(timer_id *id, int64_t when, void *arg)
{
    tm_sending *sending = timer_owner(id, tm_sending, repeat);
    tm_cell *cell = timer_owner(sending, tm_cell, answer);
    (void)when;
    kl_ctx *ctx = arg;
    kl_msg *const msg = ctx->msg;
    if (!(server_move(cell, SERVER_REPEAT) & SERVER_RESENDS)) return;
    ctx->msg = cell->request;
    if (!is_kept_aside(ctx, &cell->after)) send_raw(ctx, cell_response(cell), &cell->upstream);
    ctx->msg = msg;
    repeat_later(ctx, cell, sending, repeat_answer);
}

void sending_repeat_answer(kl_ctx *ctx, tm_cell *cell)
{
    if (is_datagram(&cell->upstream) || cell->status < 300) {
        cell->answer.interval = cell->timing.repeat_first;
        repeat_later(ctx, cell, &cell->answer, repeat_answer);
    }
    const int64_t end = ctx->monotonic + cell->timing.fr;
    if (!timers_set(ctx, cell, &cell->answer.final, end, timers_answer)) sending_stop(ctx, &cell->answer);
}
