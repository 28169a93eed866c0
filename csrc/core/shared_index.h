/* shared_index.h: what an engine has that functions of another one may name: a transaction, by Call-ID or by number.
 * Kept as long as it is there, and only where engines share a state. */
#ifndef KL_CORE_SHARED_INDEX_H
#define KL_CORE_SHARED_INDEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct index_entry index_entry;

typedef struct shared_index {
    pthread_mutex_t lock;
    index_entry **buckets; /* a power of two of them; NULL before the first entry */
    size_t bucket_count, count;
} shared_index;

bool shared_index_init(shared_index *index);
void shared_index_done(shared_index *index);
/* key: a keyed hash of what it is called. An engine may put a key several times. False: no memory. */
bool shared_index_put(shared_index *index, uint64_t key, int engine);
void shared_index_drop(shared_index *index, uint64_t key, int engine); /* once */
int shared_index_find(shared_index *index, uint64_t key);              /* the engine's number; -1: nobody has it */

#endif
