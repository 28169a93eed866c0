/* siphash.h: SipHash-2-4, a keyed hash of short inputs (Aumasson and Bernstein 2012): whoever lacks the key can neither
 * predict nor collide it. */
#ifndef KL_BASE_SIPHASH_H
#define KL_BASE_SIPHASH_H

#include "span.h"

typedef struct siphash {
    uint64_t v0, v1, v2, v3;
    uint64_t tail; /* bytes not mixed in yet, the first in the low byte */
    uint64_t length;
} siphash;

void siphash_begin(siphash *hash, const unsigned char key[16]);
void siphash_add(siphash *hash, kl_span text);
/* The text behind its length, so that ("ab", "c") and ("a", "bc") differ. */
void siphash_add_field(siphash *hash, kl_span text);
uint64_t siphash_end(siphash *hash);
/* Of one text alone. Inline: hash tables ask it for each key, and the state stays in registers so. */
static inline uint64_t siphash_of(const unsigned char key[16], kl_span text)
{
    siphash hash;
    siphash_begin(&hash, key);
    siphash_add(&hash, text);
    return siphash_end(&hash);
}

#endif
