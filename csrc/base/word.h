/* word.h: eight bytes at a time. */
#ifndef KL_BASE_WORD_H
#define KL_BASE_WORD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORD_BYTES      sizeof(uint64_t)
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t word_at(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

static inline uint32_t word_half_at(const char *s)
{
    uint32_t half;
    memcpy(&half, s, sizeof half);
    return half;
}

/* Whether n bytes are equal; words overlap in the middle. Most texts of a message have 32 bytes or fewer, for which a
 * call would take as long. */
static inline bool word_equal(const char *a, const char *b, size_t n)
{
    if (n > 32) return memcmp(a, b, n) == 0;
    const char *a_end = a + n, *b_end = b + n;
    if (n > 16)
        return ((word_at(a) ^ word_at(b)) | (word_at(a + 8) ^ word_at(b + 8)) |
                (word_at(a_end - 16) ^ word_at(b_end - 16)) | (word_at(a_end - 8) ^ word_at(b_end - 8))) == 0;
    if (n >= 8) return ((word_at(a) ^ word_at(b)) | (word_at(a_end - 8) ^ word_at(b_end - 8))) == 0;
    if (n >= 4) return ((word_half_at(a) ^ word_half_at(b)) | (word_half_at(a_end - 4) ^ word_half_at(b_end - 4))) == 0;
    return n == 0 || (a[0] == b[0] && a[n >> 1] == b[n >> 1] && a_end[-1] == b_end[-1]);
}

/* Not 0 when a byte is below the limit, which is 128 at most. */
static inline uint64_t word_below(uint64_t word, unsigned char limit)
{
    return (word - WORD_EACH(limit)) & ~word & WORD_EACH(0x80);
}

/* Of what word_below answered: which byte in memory is the first. */
static inline size_t word_first(uint64_t found)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (size_t)__builtin_clzll(found) / 8;
#else
    return (size_t)__builtin_ctzll(found) / 8;
#endif
}

/* With 32 added to each byte that is an upper-case letter of ASCII. */
static inline uint64_t word_lower(uint64_t word)
{
    const uint64_t low = word & WORD_EACH(0x7f), from_a = low + WORD_EACH(0x80 - 'A'),
                   above_z = low + WORD_EACH(0x7f - 'Z');
    return word | (((from_a ^ above_z) & ~word & WORD_EACH(0x80)) >> 2);
}

#endif
