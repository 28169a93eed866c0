/* shared_tickets.h: Stores that nobody has told anything of yet: which engines wait for each, and what it is about. */
#ifndef KL_CORE_SHARED_TICKETS_H
#define KL_CORE_SHARED_TICKETS_H

#include <pthread.h>
#include <stdatomic.h>

#include "inbox.h"

/* An engine that waits, tickets.c's. It hears of the ticket by `told`, an input of its inbox, which is there beforehand
 * so that it cannot fail to be told. */
typedef struct ticket_wait ticket_wait;
struct ticket_wait {
    inbox_input told; /* first */
    ticket_wait *next;
    int engine;
    kl_inbox *box;   /* its own, not a reference */
    char error[160]; /* as much of it as there is room for */
};

typedef struct shared_ticket shared_ticket;

typedef struct shared_tickets {
    pthread_mutex_t lock;
    int64_t last;        /* drawn */
    atomic_size_t count; /* pending */
    shared_ticket *oldest, *newest;
    shared_ticket **by_ticket, **by_key; /* a power of two of buckets each; NULL before the first */
    size_t bucket_count;
} shared_tickets;

bool shared_tickets_init(shared_tickets *tickets);
void shared_tickets_done(shared_tickets *tickets); /* nobody waits any more */
static inline bool shared_tickets_any(const shared_tickets *tickets)
{
    return atomic_load_explicit(&((shared_tickets *)(uintptr_t)tickets)->count, memory_order_relaxed) > 0;
}
/* The next ticket, which `wait` waits for; key: a keyed hash of what it is about, 0 for nothing. 0: no memory. */
int64_t shared_tickets_draw(shared_tickets *tickets, uint64_t key, ticket_wait *wait);
/* The highest of that key that is pending; 0: none. */
int64_t shared_tickets_about(shared_tickets *tickets, uint64_t key);
bool shared_tickets_pending(shared_tickets *tickets, int64_t ticket);
/* One more waits for it. False: it is not pending. */
bool shared_tickets_join(shared_tickets *tickets, int64_t ticket, ticket_wait *wait);
/* Tells all who wait what became of it (error.s NULL: stored) and forgets it; the wait of the engine `except` (-1:
 * none) becomes *own instead, the caller's. False: it is not pending, or somebody tells it already. */
bool shared_tickets_tell(shared_tickets *tickets, int64_t ticket, int except, kl_span error, ticket_wait **own);
/* The same of a wait alone. */
void ticket_wait_tell(ticket_wait *wait, int64_t ticket, kl_span error);
/* An engine goes: its waits, a list, the caller's. */
ticket_wait *shared_tickets_leave(shared_tickets *tickets, int engine);
int64_t shared_tickets_oldest(shared_tickets *tickets); /* 0: none */
/* Forgets all that nobody waits for, and counts on from `last`: for a state with one engine that has left. */
void shared_tickets_rewind(shared_tickets *tickets, int64_t last);

#endif
