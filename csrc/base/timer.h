/* timer.h: what is to happen later. A wheel of wheels (Varghese and Lauck 1987): setting and stopping a timer take the
 * same time however many there are, and the next one's time is known at once. A timer that is stopped loses its bit
 * among those that are set, which lie close together; when half of the places are taken by such, all are looked through
 * in order of memory.
 *
 * Times are whole numbers on one clock that does not go back, such as microseconds. Timers go off in the order of their
 * times, those of one time in the order they were set. */
#ifndef KL_BASE_TIMER_H
#define KL_BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_BITS   6
#define TIMER_SLOTS  (1 << TIMER_BITS)
#define TIMER_LEVELS 9 /* 54 bits: microseconds for 570 years */

typedef uint32_t timer_id; /* lies in what the timer is for, at a place that stays; 0: not set */
typedef void (*timer_fn)(timer_id *id, int64_t when, void *arg);
/* What a timer is for: timer_owner(id, transaction, retransmit), where a transaction has a timer_id of that name. */
#define timer_owner(id, type, member) ((type *)(void *)((char *)(id) - offsetof(type, member)))

typedef struct timer_node {
    uint32_t next; /* in its slot, in no order, or of those that are free. 0: none */
    uint32_t turn; /* the how many-th setting: the order of those of one time */
    int64_t when;
} timer_node;

typedef struct timer_call { /* apart, since stopping and looking do not touch it */
    timer_id *id;
    timer_fn fn;
} timer_call;

typedef struct timer_slot {
    uint32_t first;
    /* the node of the earliest time, `when`, unless it has been stopped since: then it is looked for */
    uint32_t earliest;
    int64_t when;
} timer_slot;

typedef struct timer_wheel {
    int64_t now;                      /* all that is set is later */
    int64_t until;                    /* of the run in progress: what is set meanwhile is later */
    uint64_t used[TIMER_LEVELS];      /* slots that have nodes, of which none may be set any more */
    timer_slot (*slots)[TIMER_SLOTS]; /* of each level; made with the first timer */
    timer_node *nodes;
    timer_call *calls;
    uint64_t *set; /* a bit for each node; one in a slot without it was stopped and waits to be swept away */
    uint32_t cap, free, count, turn;
    bool sorted; /* the slot of level 0 that is being run */
} timer_wheel;

void timer_init(timer_wheel *wheel);
void timer_free(timer_wheel *wheel); /* those that are set never go off; their ids become 0 */
/* Sets a timer, or another time for one that is set. A time that has passed is the next one. False: no memory, nothing
 * has changed. */
bool timer_set(timer_wheel *wheel, timer_id *id, int64_t when, timer_fn fn);
void timer_stop(timer_wheel *wheel, timer_id *id);
static inline bool timer_is_set(timer_id id) { return id != 0; }
/* When the next one goes off; false: there is none. */
bool timer_next(timer_wheel *wheel, int64_t *when);
/* Known at once, unlike that: a time that is not after it, as that of one that was stopped. INT64_MAX: there is none.
 */
int64_t timer_soonest(const timer_wheel *wheel);
/* All that are due by `now` go off, their ids being 0 then. They may set and stop any timer, but not run them. A `now`
 * before the last one does nothing. The count of them. */
size_t timer_run(timer_wheel *wheel, int64_t now, void *arg);

/* What a wheel is now, to rewind it to; none of a copy goes off. False: no memory. */
bool timer_copy(const timer_wheel *wheel, timer_wheel *copy);
void timer_copy_free(timer_wheel *copy);
/* The same timers as when it was copied, at the same ids, whose places have to be there still; those set since are not
 * set. Needs no memory. */
void timer_rewind(timer_wheel *wheel, const timer_wheel *copy);

#endif
