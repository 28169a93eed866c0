/* kept.h: memory of what is kept from run to run and comes and goes with the messages, such as transactions: apart from
 * the heap, which threads would grow in small steps, each a call of the system. A message of the host may hold a
 * transaction of an engine that has gone, so whoever lies there holds it. */
#ifndef KL_CORE_KEPT_H
#define KL_CORE_KEPT_H

#include "per_engine.h"

struct kept_memory {
    kl_region *region;
    size_t holders; /* the engine, and what lies in it */
};

/* The engine's, held once more; NULL: the heap, since there is no memory for one. */
kept_memory *kept_hold(kl_per_engine *local);
void kept_let(kept_memory *kept); /* of NULL: nothing */
static inline kl_region *kept_region(const kept_memory *kept) { return kept ? kept->region : NULL; }

#endif
