/* locks.h: locks that scripts take by name, among the engines that share a state. Kamailio's are held until somebody
 * unlocks them, and whoever waits for one blocks; here no run can hang on them: an engine's locks end with its
 * outermost run, a run that holds one already does not wait for another, and none waits for its own thread. */
#ifndef KL_CORE_LOCKS_H
#define KL_CORE_LOCKS_H

#include <pthread.h>

#include "base/span.h"

#define LOCKS_HELD 16

typedef struct locks_key {
    const void *space; /* a hash table, or NULL for the set of cfgutils */
    uint64_t index;
} locks_key;

typedef struct locks_held locks_held;
struct locks_held {
    locks_held *next;
    locks_key key;
    const struct ctx_locks *owner; /* NULL: free to be used */
    pthread_t thread;
    unsigned depth;
};

typedef struct ctx_locks { /* of one engine */
    locks_held held[LOCKS_HELD];
    int count;
} ctx_locks;

typedef struct locks_root { /* of one shared state, see shared_locks() */
    pthread_mutex_t lock;
    pthread_cond_t freed;
    locks_held *held;
} locks_root;

bool locks_root_init(locks_root *root);
void locks_root_done(locks_root *root);

typedef enum locks_outcome { LOCKS_TAKEN, LOCKS_BUSY, LOCKS_MINE, LOCKS_FULL } locks_outcome;

/* again: taken once more by who has it; else that is LOCKS_MINE. wait: until it is free, where that is safe. */
locks_outcome locks_take(locks_root *root, ctx_locks *mine, locks_key key, bool again, bool wait);
void locks_release(locks_root *root, ctx_locks *mine, locks_key key); /* nothing when it is not mine */
void locks_release_all(locks_root *root, ctx_locks *mine);

#endif
