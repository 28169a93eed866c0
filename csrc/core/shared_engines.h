/* shared_engines.h: the engines that share a state, by number: who a message belongs to, and how one engine hands
 * something to another. */
#ifndef KL_CORE_SHARED_ENGINES_H
#define KL_CORE_SHARED_ENGINES_H

#include <pthread.h>
#include <stdatomic.h>

#include "inbox.h"
#include "shared_timers.h"

typedef struct shared_engines {
    pthread_mutex_t lock;
    kl_inbox **inboxes; /* by number; NULL: no engine has it */
    int cap;
    atomic_int count; /* one more than the highest number that there was; changed with the lock */
} shared_engines;

bool shared_engines_init(shared_engines *engines);
void shared_engines_done(shared_engines *engines);
/* The lowest number that is free becomes the engine's, *number. KL_ETOOBIG: there are SHARED_MAX_ENGINES already. */
kl_status shared_engines_join(shared_engines *engines, kl_inbox *box, int *number);
void shared_engines_leave(shared_engines *engines, int number);
int shared_engines_count(shared_engines *engines);
/* inbox_post_action and inbox_look_at_timers to an engine; KL_ENOENT: there is none of that number. */
kl_status shared_engines_post(shared_engines *engines, int number, inbox_action run, const void *data, size_t size,
                              kl_error *err);
/* inbox_put_offers and kl_inbox_ring to an engine; what is offered to one that has gone stays KL_OVER_MINE. */
void shared_engines_offer(shared_engines *engines, inbox_offer *offers, size_t count, int owner, size_t most);
void shared_engines_ring(shared_engines *engines, int number);
void shared_engines_look_at_timers(shared_engines *engines, int number);

#endif
