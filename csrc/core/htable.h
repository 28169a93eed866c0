/* htable.h: tables of text or number by key, with a time to live: Kamailio's htable. They belong to the state that
 * engines share, and are never removed before it. Every function takes the lock of its table; now is in seconds.
 *
 * Keys are found by a keyed hash, so that nobody can choose keys that collide. The order that scripts see is
 * Kamailio's: slot, that is the low bits of the core hash of the lower-case key, then the whole hash, then age. */
#ifndef KL_CORE_HTABLE_H
#define KL_CORE_HTABLE_H

#include "base/arena.h"
#include "shared_timers.h"

typedef struct core_htable core_htable;
typedef struct htable_root htable_root; /* all tables of one shared state, see shared_htables() */

htable_root *htable_root_new(void);
void htable_root_free(htable_root *root); /* with its tables */
/* Tables with the same items, at the same places and of the same size, as a root of their own; NULL: no memory. What
 * `root` keeps for items to come is given back, as its copy has none. */
htable_root *htable_root_copy(htable_root *root);
/* The items of a copy come to the tables that it is of, and theirs to the copy. */
void htable_root_swap(htable_root *root, htable_root *copy);

typedef struct htable_definition {
    kl_span name, dbtable;
    int size;                       /* the number of slots is 2 to it */
    int64_t autoexpire;             /* seconds; 0: items live for ever, whatever is asked for */
    bool has_initval, updateexpire; /* updateexpire: every write restarts the time to live */
    int64_t initval;
    int dbmode, dmqreplicate; /* only listed */
    size_t limit;             /* bytes that all tables of the shared state may hold together, 0 for any */
    unsigned char key[16];    /* of the hash */
} htable_definition;

/* Made by the first engine that defines it; another one that shares the state gets the same. NULL when memory ended. */
core_htable *htable_define(htable_root *root, const htable_definition *definition);
core_htable *htable_find(const htable_root *root, kl_span name);
/* NULL: the one defined last, then towards the first */
core_htable *htable_next(const htable_root *root, const core_htable *table);
const htable_definition *htable_of(const core_htable *table);
int htable_slots_log2(const core_htable *table);
uint32_t htable_slot(const core_htable *table, kl_span key);
bool htable_first_start(htable_root *root);     /* true once for all engines that share the state */
shared_timer *htable_expiry(htable_root *root); /* when expired items are looked for; the htable module's */

/* LONG or STR; STR is copied to the arena. NULL: no such item, or it is expired, and there is no initval. False when
 * memory ended. */
bool htable_get(core_htable *table, kl_span key, double now, kl_arena *arena, kl_value *out);
bool htable_has(core_htable *table, kl_span key, double now);
/* seconds > 0: the time to live, else the table's. False when memory ended or the limit is reached: what was there
 * stays. */
bool htable_set(core_htable *table, kl_span key, const kl_value *value, int64_t seconds, double now);
/* False: a text, or no such item and no initval to begin with, or as htable_set. */
bool htable_add(core_htable *table, kl_span key, int64_t by, double now, int64_t *out);
bool htable_remove(core_htable *table, kl_span key); /* whether it was there */
void htable_clear(core_htable *table);
void htable_set_expire(core_htable *table, kl_span key, int64_t seconds, double now); /* 0 and less: never */
/* Seconds left, negative for an expired one and, as in Kamailio, minus the time of day for one that never does; -1 for
 * none, 0 without autoexpire. */
int64_t htable_expire(core_htable *table, kl_span key, double now);

/* ---- walks: a place stays good whatever happens to the table */
typedef struct htable_place {
    uint32_t slot, hash;
    uint64_t age; /* 0: before the first */
} htable_place;

/* spans are good while the lock is held: within a visitor, else copies in the arena that was given */
typedef struct htable_item {
    kl_span key;
    kl_value value; /* LONG or STR */
    int64_t expire; /* Unix seconds, 0 never */
    bool expired;
    htable_place place;
} htable_item;

/* The first item behind *place, which moves there; false when there is none. */
bool htable_step(core_htable *table, htable_place *place);
/* The item at a place; false when it is gone, or memory ended. */
bool htable_at(core_htable *table, const htable_place *place, double now, kl_arena *arena, htable_item *out);
bool htable_set_at(core_htable *table, const htable_place *place, const kl_value *value, double now);
/* from now, 0 and less too */
bool htable_set_expire_at(core_htable *table, const htable_place *place, int64_t seconds, double now);
bool htable_remove_at(core_htable *table, const htable_place *place);
/* The first expired item behind *place, which moves there. */
bool htable_step_expired(core_htable *table, htable_place *place, double now);
/* unless it lives again */
bool htable_remove_expired_at(core_htable *table, const htable_place *place, double now);

/* All items in order under the lock, until the visitor says stop; those it says drop are removed. It must not come back
 * to the table. */
typedef enum htable_verdict { HTABLE_ON = 0, HTABLE_STOP = 1, HTABLE_DROP = 2 } htable_verdict;
typedef htable_verdict (*htable_visitor)(void *with, const htable_item *item);
void htable_visit(core_htable *table, double now, htable_visitor visit, void *with);

/* Whether something was refused for want of memory since the last time that this was asked. */
bool htable_refused(core_htable *table);
size_t htable_memory(const htable_root *root); /* bytes that all tables hold */

#endif
