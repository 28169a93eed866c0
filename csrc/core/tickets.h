/* tickets.h: what must survive (Store effects), and what waits for it.
 *
 * A run that leaves a Store waits for its ticket from then on: what it sends carries the ticket, and is kept aside by
 * the host until somebody tells what became of it. So do runs about the same thing, by a key. What has to change once
 * it is told follows the ticket. */
#ifndef KL_CORE_TICKETS_H
#define KL_CORE_TICKETS_H

#include "per_engine.h"
#include "shared_tickets.h"

/* Hears once what became of a ticket (error.s NULL: stored). */
typedef struct ticket_listener {
    void (*told)(kl_ctx *ctx, void *with, int64_t ticket, kl_span error);
    void (*gone)(void *with); /* `with` is not needed any more, told or not; NULL: nothing to do */
    void *with;
} ticket_listener;

/* Leaves a Store. 0: no memory, and nothing is left. `listener` may be NULL: a room that takes its change back. */
int64_t tickets_store(kl_ctx *ctx, const kl_store *store, const ticket_listener *listener);
/* The run is about that thing: it waits for the last Store about it; its ticket, 0: none. *failed: no memory. */
int64_t tickets_about(kl_ctx *ctx, kl_span about, bool *failed);
/* False: no memory, and gone was not called. A ticket that nobody waits for: gone is called at once. */
bool tickets_follow(kl_ctx *ctx, int64_t ticket, const ticket_listener *listener);
bool tickets_pending(const kl_ctx *ctx, int64_t ticket);

/* Around what is sent about something that waits for `ticket` beside the run. */
static inline int64_t tickets_begin(kl_ctx *ctx, int64_t ticket)
{
    const int64_t before = ctx->per_engine->after;
    if (ticket > before) ctx->per_engine->after = ticket;
    return before;
}
/* What was left meanwhile counts on. */
static inline void tickets_end(kl_ctx *ctx, int64_t ticket, int64_t before)
{
    if (ctx->per_engine->after == ticket) ctx->per_engine->after = before;
}

/* A SEND that is about to be added gets the ticket that the run waits for, and what is sent in its place should it fail
 * is kept. False: no memory, and it must not be sent. */
bool tickets_hold(kl_ctx *ctx, kl_effect *effect);

/* ctx->msg is a request that was here already, and whose answer waits. */
bool tickets_is_repeated(const kl_ctx *ctx);

/* ---- for the engine */
ticket_waits *tickets_waits_new(void); /* NULL: no memory */
void tickets_waits_free(ticket_waits *waits);
void tickets_told(kl_ctx *ctx, int64_t ticket, kl_span error);
void tickets_wait_told(kl_ctx *ctx, ticket_wait *wait); /* as an input; whoever took it drops it */
void tickets_leave(kl_shared *shared, int engine);      /* it waits for nothing any more, and nobody hears of it */

#endif
