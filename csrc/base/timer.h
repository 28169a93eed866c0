/* timer.h: what is to happen later. A wheel of wheels (Varghese and Lauck 1987): setting and stopping a timer take the same time however many there are, and the next one's time is known at once.
 *
 * Times are whole numbers on one clock that does not go back, such as microseconds. Timers go off in the order of their times, those of one time in the order they were set. */
#ifndef KL_BASE_TIMER_H
#define KL_BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_BITS 6
#define TIMER_SLOTS (1 << TIMER_BITS)
#define TIMER_LEVELS 9          /* 54 bits: microseconds for 570 years */

typedef uint32_t timer_id;      /* lies in what the timer is for, at a place that stays; 0: not set */
typedef void (*timer_fn)(timer_id *id, int64_t when, void *arg);
/* What a timer is for: timer_owner(id, transaction, retransmit), where a transaction has a timer_id of that name. */
#define timer_owner(id, type, member) ((type *)(void *)((char *)(id) - offsetof(type, member)))

typedef struct timer_node {     /* half a cache line */
    uint32_t prev, next;        /* in its slot; free nodes are chained by next. 0: none */
    int64_t when;
    timer_id *id;               /* NULL: free */
    timer_fn fn;
} timer_node;

typedef struct timer_slot {
    uint32_t first, last;
    int64_t earliest;           /* of those in it; TIMER_UNKNOWN: to be looked for */
} timer_slot;

typedef struct timer_wheel {
    int64_t now;                /* all that is set is later */
    int64_t until;              /* of the run in progress: what is set meanwhile is later */
    uint64_t used[TIMER_LEVELS];
    timer_slot (*slots)[TIMER_SLOTS];   /* of each level; made with the first timer */
    timer_node *nodes;
    uint32_t cap, free, count;
} timer_wheel;

void timer_init(timer_wheel *wheel);
void timer_free(timer_wheel *wheel);    /* those that are set never go off; their ids become 0 */
/* Sets a timer, or another time for one that is set. A time that has passed is the next one. False: no memory, nothing has changed. */
bool timer_set(timer_wheel *wheel, timer_id *id, int64_t when, timer_fn fn);
void timer_stop(timer_wheel *wheel, timer_id *id);
static inline bool timer_is_set(timer_id id) { return id != 0; }
/* When the next one goes off; false: there is none. */
bool timer_next(const timer_wheel *wheel, int64_t *when);
static inline bool timer_is_due(const timer_wheel *wheel, int64_t now)
{
    int64_t when;
    return wheel->count > 0 && timer_next(wheel, &when) && when <= now;
}
/* All that are due by `now` go off, their ids being 0 then. They may set and stop any timer, but not run them. A `now` before the last one does nothing. The count of them. */
size_t timer_run(timer_wheel *wheel, int64_t now, void *arg);

#endif
