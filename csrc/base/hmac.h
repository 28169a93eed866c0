/* hmac.h: HMAC (RFC 2104) over the digests of digest.h. */
#ifndef KL_BASE_HMAC_H
#define KL_BASE_HMAC_H

#include "arena.h"
#include "digest.h"

typedef struct hmac_hash {
    void (*hash)(kl_span text, uint8_t *out);
    size_t size, block;
} hmac_hash;

extern const hmac_hash hmac_sha1, hmac_sha256, hmac_sha384, hmac_sha512;

/* with->size bytes; what it needs in between is of the arena. False: no memory. */
bool hmac_of(kl_arena *arena, const hmac_hash *with, kl_span key, kl_span text, uint8_t out[DIGEST_MAX_SIZE]);

#endif
