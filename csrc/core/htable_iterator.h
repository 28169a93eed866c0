/* htable_iterator.h: walks over hash tables, by name, that go on from call to call. */
#ifndef KL_CORE_HTABLE_ITERATOR_H
#define KL_CORE_HTABLE_ITERATOR_H

#include "ctx.h"
#include "htable.h"

#define HTABLE_ITERATORS     4
#define HTABLE_ITERATOR_NAME 32

/* A walk over a hash table, by name. It holds no lock: its place stays good whatever happens to the item. */
typedef struct htable_iterator {
    char name[HTABLE_ITERATOR_NAME]; /* empty: free */
    core_htable *table;              /* NULL: of an unknown one, which keeps the name taken */
    htable_place place;
    bool on; /* on an item, which may be gone */
} htable_iterator;

htable_iterator *htable_iterator_named(kl_per_engine *local, kl_span name); /* NULL: not started */
/* Its item, copied to scratch; false when it is on none. */
bool htable_iterator_item(kl_ctx *ctx, const htable_iterator *it, htable_item *out);

#endif
