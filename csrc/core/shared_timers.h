/* shared_timers.h: timers that go off once however many engines share the state: pings, probes, events of expiry.
 *
 * They come in groups, one for each module that has some. The engine with the lowest number of those that have joined a
 * group runs it, the next one once that has left. A timer lives as long as the shared state does. */
#ifndef KL_CORE_SHARED_TIMERS_H
#define KL_CORE_SHARED_TIMERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/timer.h"
#include "ctx.h"

#define SHARED_MAX_ENGINES 1024
#define SHARED_MAX_GROUPS  64

typedef struct shared_timer shared_timer;
typedef void (*shared_timer_fn)(kl_ctx *ctx, shared_timer *timer); /* of the engine that runs it */
struct shared_timer {
    timer_id id;
    unsigned group;
    shared_timer_fn fn;
    /* of its group: gone off and not called yet */
    shared_timer *next_due;
    bool is_listed, is_due; /* one that is stopped meanwhile stays in the list, and is not called */
};

typedef struct shared_group {
    timer_wheel wheel;
    shared_timer *due, **last_due;
    uint64_t members[SHARED_MAX_ENGINES / 64]; /* engines by number */
} shared_group;

typedef struct shared_timers {
    pthread_mutex_t lock;
    shared_group *groups[SHARED_MAX_GROUPS]; /* NULL before the first engine joined */
    /* Of all groups, so that an engine sees without the lock that nothing is due; INT64_MAX for never. */
    atomic_llong earliest;
} shared_timers;

bool shared_timers_init(shared_timers *timers);
void shared_timers_done(shared_timers *timers);

/* An engine takes part in what a group does; false: no memory. */
bool shared_timers_join(shared_timers *timers, unsigned group, int engine);
void shared_timers_leave(shared_timers *timers, int engine); /* all groups */
/* timer_set and timer_stop for these, from any thread; always of one group, which an engine has joined, and with one
 * function. *runner (may be NULL): the engine that runs it, when it has to be told since it waits for a later one; else
 * -1. */
bool shared_timer_set(shared_timers *timers, shared_timer *timer, unsigned group, shared_timer_fn fn, int64_t when,
                      int *runner);
void shared_timer_stop(shared_timers *timers, shared_timer *timer);
bool shared_timer_is_set(shared_timers *timers, const shared_timer *timer);

/* When the next one goes off of those that this engine runs; false: there is none. */
bool shared_timers_next(shared_timers *timers, int engine, int64_t *when);
static inline bool shared_timers_are_due(const shared_timers *timers, int64_t now)
{
    return atomic_load_explicit(&((shared_timers *)(uintptr_t)timers)->earliest, memory_order_relaxed) <= now;
}
/* Runs those of them that are due, without a lock. */
void shared_timers_run(shared_timers *timers, int engine, int64_t now, kl_ctx *ctx);

/* The timers that are set now, to rewind to; not while some run. NULL: no memory. */
typedef struct shared_timers_copy shared_timers_copy;
shared_timers_copy *shared_timers_save(shared_timers *timers);
void shared_timers_copy_free(shared_timers_copy *copy);
void shared_timers_rewind(shared_timers *timers, const shared_timers_copy *copy);

#endif
