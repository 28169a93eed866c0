/* siphash.h: SipHash-1-3, a keyed hash of short inputs (Aumasson and Bernstein 2012) with the rounds that hash tables
 * take, CPython's among them: whoever lacks the key can neither predict nor collide it. */
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
uint64_t siphash_end(siphash *hash);
/* Of one text alone. Inline: hash tables ask it for each key, and the state stays in registers so. */
static inline uint64_t siphash_of(const unsigned char key[16], kl_span text)
{
    siphash hash;
    siphash_begin(&hash, key);
    siphash_add(&hash, text);
    return siphash_end(&hash);
}

/* Several texts, each behind its length, so that ("ab", "c") and ("a", "bc") differ. Hashed at once where they are
 * short together, as the parts of a message are. */
typedef struct siphash_fields {
    siphash hash;
    size_t n;
    char text[512]; /* not hashed yet */
} siphash_fields;
void siphash_fields_begin(siphash_fields *fields, const unsigned char key[16], kl_span label);
void siphash_fields_add(siphash_fields *fields, kl_span text);
uint64_t siphash_fields_end(siphash_fields *fields);

#endif
