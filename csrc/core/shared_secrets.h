/* shared_secrets.h: secrets that all engines have, which come of parameters and change by RPC. The newest is number 0.
 */
#ifndef KL_CORE_SHARED_SECRETS_H
#define KL_CORE_SHARED_SECRETS_H

#include <pthread.h>

#include "base/arena.h"

typedef struct shared_secret shared_secret;

typedef struct shared_secrets {
    pthread_mutex_t lock;
    shared_secret *first;
    bool filled;
} shared_secrets;

bool shared_secrets_init(shared_secrets *secrets);
void shared_secrets_done(shared_secrets *secrets);
/* What the parameters say, the last one the newest; the first engine's count. False: no memory. */
bool shared_secrets_fill(shared_secrets *secrets, const kl_span *texts, size_t count);
bool shared_secrets_add(shared_secrets *secrets, kl_span text);      /* false: no memory */
bool shared_secrets_remove(shared_secrets *secrets, int64_t number); /* false: there is none */
/* Copies of all, by number, in the arena; how many, SIZE_MAX: no memory. */
size_t shared_secrets_copy(shared_secrets *secrets, kl_arena *arena, kl_span **out);

#endif
