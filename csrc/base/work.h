/* work.h: work is counted where it is done. Whoever starts a run grants it some; what takes long pays as it goes, in
 * about the time of a Lua instruction (a few nanoseconds), and asks when the grant is used up whether it may go on.
 * Lower rooms know no more of a run's limits than this. */
#ifndef KL_BASE_WORK_H
#define KL_BASE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kl_work {
    int64_t left;    /* below 0: look is to be asked */
    int64_t free;    /* of what is gone, what is not charged: it is not the same each time */
    uintptr_t stack; /* what lies below on the C stack is kept for what does not ask (stack.h) */
    /* true: go on, there is a new grant; false: end, as nobody waits for the result any more */
    bool (*look)(struct kl_work *work);
} kl_work;

void work_endless(kl_work *work); /* that of no run: always goes on */

#define WORK_BYTES 16 /* bytes that are read and written one by one in a unit of work */

/* For what ends soon: whoever started it looks. */
static inline void work_pay(kl_work *work, size_t units) { work->left -= (int64_t)units; }
/* For loops that may go on for long: false, stop. */
static inline bool work_go_on(kl_work *work, size_t units)
{
    work->left -= (int64_t)units;
    return __builtin_expect(work->left >= 0, 1) || work->look(work);
}
/* The C stack is used up as far as it should be. */
static inline bool work_deep(const kl_work *work) { return (uintptr_t)__builtin_frame_address(0) < work->stack; }

#endif
