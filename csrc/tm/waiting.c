/* waiting.c: transactions that wait until something is stored: their replies are kept aside, and may become others. */
#include "internal.h"

#include "core/tickets.h"
#include "sip/build.h"

/* The 2xx that nobody has seen: what comes again is answered by the 500 that goes out in its place. */
static void take_back(kl_ctx *ctx, tm_cell *cell)
{
    cell->flags |= TM_UNSTORED;
    cell->status = 500;
    server_move(cell, SERVER_UNSTORED);
    if (cell->branch_count > 0 && cell_is(cell, TM_IS_INVITE)) timers_wait_on(ctx, cell);
    if (build_failure(cell_response(cell), &cell->tm->out) && cell_respond(cell)) return;
    cell->response_size = 0; /* then nothing answers */
    log_print(ctx, KL_LOG_ERR, "tm: no memory for the reply 500");
}

static void told(kl_ctx *ctx, void *with, int64_t ticket, kl_span error)
{
    tm_cell *cell = with;
    const bool waited = cell->after == ticket;
    if (waited) cell->after = 0;
    if (cell->ticket == ticket) cell->ticket = 0;
    if (waited && error.s && cell->status >= 200 && cell->status < 300) take_back(ctx, cell);
}

static void gone(void *with) { cell_unref(with); }

bool waiting_for(kl_ctx *ctx, tm_cell *cell, int64_t ticket)
{
    if (ticket <= cell->ticket) return true;
    if (!tickets_follow(ctx, ticket, &(ticket_listener){.told = told, .gone = gone, .with = cell_ref(cell)})) {
        cell_unref(cell);
        return false;
    }
    cell->ticket = ticket;
    return true;
}

bool waiting_hook(kl_ctx *ctx, int64_t ticket)
{
    tm_cell *cell = ctx->msg ? note_cell(ctx->msg) : NULL;
    return cell && !waiting_for(ctx, cell, ticket);
}
