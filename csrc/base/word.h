/* word.h: eight bytes at a time. */
#ifndef KL_BASE_WORD_H
#define KL_BASE_WORD_H

#include <stdint.h>
#include <string.h>

#define WORD_BYTES sizeof(uint64_t)
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t word_at(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

/* Not 0 when a byte is below the limit, which is 128 at most. */
static inline uint64_t word_below(uint64_t word, unsigned char limit) { return (word - WORD_EACH(limit)) & ~word & WORD_EACH(0x80); }

/* With 32 added to each byte that is an upper-case letter of ASCII. */
static inline uint64_t word_lower(uint64_t word)
{
    const uint64_t low = word & WORD_EACH(0x7f), from_a = low + WORD_EACH(0x80 - 'A'), above_z = low + WORD_EACH(0x7f - 'Z');
    return word | (((from_a ^ above_z) & ~word & WORD_EACH(0x80)) >> 2);
}

#endif
