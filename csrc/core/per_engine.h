/* per_engine.h: what each engine has of its own and keeps from run to run, beside what engines share (shared.h). */
#ifndef KL_CORE_PER_ENGINE_H
#define KL_CORE_PER_ENGINE_H

#include "base/regex/regex.h"
#include "ctx.h"
#include "htable_iterator.h"
#include "locks.h"
#include "stats.h"

typedef struct core_hooks core_hooks;     /* hooks.h */
typedef struct kept_memory kept_memory;   /* kept.h */
typedef struct proxy_state proxy_state;   /* proxy/proxy.h */
typedef struct ticket_waits ticket_waits; /* tickets.h */
typedef struct tm_state tm_state;         /* tm/tm.h */

struct kl_per_engine {
    ctx_locks locks;
    htable_iterator iterators[HTABLE_ITERATORS];
    const htable_item *expired; /* $shtrecord, while its event runs */
    uint64_t random_count, unique_count;
    core_stats stats;
    regex_cache *regexes; /* NULL until the first one; expression.h */
    core_hooks *hooks;    /* the engine's; both NULL at first */
    proxy_state *proxy;
    tm_state *tm;  /* NULL: there are no transactions in this engine */
    int64_t after; /* the ticket that the run waits for (tickets.h); 0: none */
    ticket_waits *waits;
    kl_inbox *inbox;   /* the engine's */
    kept_memory *kept; /* NULL before something is kept in it */
    int64_t answers;   /* the last number of an RPC command that answers later */
};

void per_engine_init(kl_per_engine *local);
void per_engine_done(kl_per_engine *local, kl_shared *shared); /* gives its locks back */

#endif
