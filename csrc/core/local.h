/* local.h: what an engine remembers from run to run for rooms that several others ask. */
#ifndef KL_CORE_LOCAL_H
#define KL_CORE_LOCAL_H

#include "base/regex/regex.h"
#include "ctx.h"
#include "htable.h"
#include "locks.h"
#include "stats.h"

typedef struct core_hooks core_hooks;   /* hooks.h */
typedef struct proxy_state proxy_state; /* proxy/proxy.h */

#define LOCAL_ITERATORS     4
#define LOCAL_ITERATOR_NAME 32

/* A walk over a hash table, by name. It holds no lock: its place stays good whatever happens to the item. */
typedef struct local_iterator {
    char name[LOCAL_ITERATOR_NAME]; /* empty: free */
    core_htable *table;             /* NULL: of an unknown one, which keeps the name taken */
    htable_place place;
    bool on; /* on an item, which may be gone */
} local_iterator;

struct ctx_local {
    ctx_locks locks;
    local_iterator iterators[LOCAL_ITERATORS];
    const htable_item *expired; /* $shtrecord, while its event runs */
    uint64_t random_count, unique_count;
    core_stats stats;
    regex_cache *regexes; /* NULL until the first one; expression.h */
    core_hooks *hooks;    /* the engine's; both NULL at first */
    proxy_state *proxy;
};

void local_init(ctx_local *local);
void local_done(ctx_local *local, kl_shared *shared); /* gives its locks back */

local_iterator *local_iterator_named(ctx_local *local, kl_span name); /* NULL: not started */
/* Its item, copied to scratch; false when it is on none. */
bool local_iterator_item(kl_ctx *ctx, const local_iterator *it, htable_item *out);
/* 0 to 2^31 - 1, out of the engine's secret: the same again for the same seed. */
int32_t local_random(kl_ctx *ctx);

#endif
