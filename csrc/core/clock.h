/* clock.h: seconds, as hosts tell them, and microseconds, as timers count them.
 *
 * There are two clocks: Unix time, which scripts see and which jumps when somebody sets it, and one that does not jump,
 * by which timers go. A host that tells Unix time alone has its timers go by that. */
#ifndef KL_CORE_CLOCK_H
#define KL_CORE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_LATEST 9e9 /* seconds: beyond what timers count, and far below what an int64_t holds in microseconds */

/* The nearest one; what is no time is the beginning. */
static inline int64_t clock_microseconds(double seconds)
{
    if (!(seconds > 0)) return 0;
    return (int64_t)((seconds < CLOCK_LATEST ? seconds : CLOCK_LATEST) * 1e6 + 0.5);
}

static inline double clock_seconds(int64_t microseconds) { return (double)microseconds / 1e6; }

#endif
