/* counters.h: what a loop has done. The thread that runs it counts, any thread reads. */
#ifndef KL_NET_COUNTERS_H
#define KL_NET_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

typedef enum loop_counter {
#define LOOP_COUNTER(name) COUNT_##name,
#include "counters.def"
#undef LOOP_COUNTER
    LOOP_COUNTERS
} loop_counter;

typedef struct loop_counters {
    _Atomic uint64_t values[LOOP_COUNTERS];
} loop_counters;

extern const char *const counter_names[LOOP_COUNTERS];

/* One thread writes, so that no locked instruction is needed. */
static inline void counter_add(loop_counters *counters, loop_counter which, uint64_t n)
{
    const uint64_t before = atomic_load_explicit(&counters->values[which], memory_order_relaxed);
    atomic_store_explicit(&counters->values[which], before + n, memory_order_relaxed);
}

static inline uint64_t counter_get(const loop_counters *counters, loop_counter which)
{
    return atomic_load_explicit((_Atomic uint64_t *)&counters->values[which], memory_order_relaxed);
}

#endif
