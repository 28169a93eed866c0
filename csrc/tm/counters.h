/* counters.h: what an engine has counted of its transactions since its start. */
#ifndef KL_TM_COUNTERS_H
#define KL_TM_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of tmx's statistics, which read them as they are; the rest is behind. */
typedef struct tm_counters {
    uint64_t transactions, client_transactions; /* the second: of the first, those made here */
    uint64_t completed[5];                      /* by class of the final reply: 2xx to 6xx */
    uint64_t in_use, active;                    /* that there are, and of those what is not on wait */
    uint64_t replies_received, replies_absorbed, replies_generated, replies_relayed, replies_sent;
#define TM_STATISTICS 14
    uint64_t waited, deleted;
} tm_counters;

static inline void count_new(tm_counters *counters, bool local)
{
    counters->transactions++;
    counters->client_transactions += local;
    counters->in_use++;
    counters->active++;
}

static inline void count_wait(tm_counters *counters, int status)
{
    counters->waited++;
    counters->active--;
    if (status >= 200 && status <= 699) counters->completed[status / 100 - 2]++;
}

static inline void count_end(tm_counters *counters, bool waited)
{
    counters->deleted++;
    counters->in_use--;
    if (!waited) counters->active--;
}

static inline void count_received(tm_counters *counters)
{
    counters->replies_received++;
    counters->replies_absorbed++;
}

static inline void count_relayed(tm_counters *counters)
{
    counters->replies_absorbed--;
    counters->replies_relayed++;
    counters->replies_sent++;
}

static inline void count_generated(tm_counters *counters)
{
    counters->replies_generated++;
    counters->replies_sent++;
}

#endif
