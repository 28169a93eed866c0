/* htable_layout.h: how a hash table lies in memory, for htable.c, which works on one, and htable_copy.c. */
#ifndef KL_CORE_HTABLE_LAYOUT_H
#define KL_CORE_HTABLE_LAYOUT_H

#include <pthread.h>
#include <stdatomic.h>

#include "htable.h"

typedef struct htable_piece {
    char *s;
    size_t n, cap;
} htable_piece;

typedef struct htable_entry htable_entry;
struct htable_entry {
    htable_entry *next;         /* of the same bucket; or spare */
    htable_entry *left, *right; /* the order, a treap: a binary tree by place, a heap by rank */
    uint64_t keyed, rank;
    htable_place place;
    htable_piece key, text;
    bool is_text;
    int64_t i, expire;
};

struct core_htable {
    core_htable *older;
    htable_root *root;
    htable_definition def;
    pthread_mutex_t lock;
    htable_entry **buckets;
    size_t bucket_count, count; /* bucket_count: a power of two */
    htable_entry *top, *spare;
    size_t spare_count;
    uint64_t age;
    atomic_bool refused; /* for want of memory, since somebody asked */
};

struct htable_root {
    pthread_mutex_t lock; /* of defining */
    _Atomic(core_htable *) newest;
    atomic_size_t used;
    atomic_bool started;
    shared_timer expiry;
};

static inline void htable_enter(core_htable *table) { pthread_mutex_lock(&table->lock); }
static inline void htable_leave(core_htable *table) { pthread_mutex_unlock(&table->lock); }

/* ---- htable.c */
core_htable *htable_new_table(htable_root *root,
                              const htable_definition *def); /* not in its list yet; NULL: no memory */
void htable_free_table(core_htable *table);
void htable_free_entries(htable_entry *one); /* and those behind it */
size_t htable_entry_size(const htable_entry *one);
void htable_account(core_htable *table, size_t before, size_t after); /* what an entry takes has changed */
void htable_order_insert(core_htable *table, htable_entry *one);

#endif
