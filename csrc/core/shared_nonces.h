/* shared_nonces.h: what all engines know of nonces together: which were used, how often, and since when there are any.
 * Nonces are numbered, and what is noted of one is forgotten when so many others came that its place is taken. */
#ifndef KL_CORE_SHARED_NONCES_H
#define KL_CORE_SHARED_NONCES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shared_nonces {
    pthread_mutex_t lock; /* of making room */
    atomic_uint next;
    _Atomic double began;            /* Unix time; infinity: nobody has told */
    atomic_uchar *_Atomic counts;    /* the highest nonce count that came; NULL: not counted */
    atomic_uchar *_Atomic once;      /* 1: the nonce was used; NULL: may be used again */
    uint32_t counts_size, once_size; /* powers of two, set before the pointers */
} shared_nonces;

bool shared_nonces_init(shared_nonces *nonces);
void shared_nonces_done(shared_nonces *nonces);
/* Room for so many, a power of two, 0 for none; what there is already stays. False: no memory. */
bool shared_nonces_room(shared_nonces *nonces, uint32_t counts, uint32_t once);
/* The time since when nonces were made here: the earliest that any engine told. */
double shared_nonces_began(shared_nonces *nonces, double started);

uint32_t shared_nonces_number(shared_nonces *nonces); /* of a new one, which has not been used */
typedef enum nonce_use {
    NONCE_USE_FIRST,
    NONCE_USE_AGAIN, /* the count is not above the last one, or it was used */
    NONCE_USE_OLD    /* too many came since */
} nonce_use;
nonce_use shared_nonces_count(shared_nonces *nonces, uint32_t number, unsigned count, bool take);
nonce_use shared_nonces_once(shared_nonces *nonces, uint32_t number);

#endif
