#include "corehash.h"

static inline uint32_t byte_at(kl_span text, size_t i, bool fold)
{
    return (unsigned char)(fold ? char_lower(text.s[i]) : text.s[i]);
}

/* Words of four bytes, then the one to three left, or a zero. */
static uint32_t add(uint32_t sum, kl_span text, bool fold)
{
    size_t i = 0;
    uint32_t word = 0;
    for (; i + 4 <= text.n; i += 4) {
        word = byte_at(text, i, fold) << 24 | byte_at(text, i + 1, fold) << 16 | byte_at(text, i + 2, fold) << 8 |
               byte_at(text, i + 3, fold);
        sum += word ^ word >> 3;
    }
    for (word = 0; i < text.n; i++) word = word << 8 | byte_at(text, i, fold);
    return sum + (word ^ word >> 3);
}

static inline uint32_t finish(uint32_t sum) { return sum + (sum >> 11) + (sum >> 13) + (sum >> 23); }

uint32_t corehash(kl_span a, kl_span b)
{
    const uint32_t sum = add(0, a, false);
    return finish(b.s ? add(sum, b, false) : sum);
}

uint32_t corehash_fold(kl_span a, kl_span b)
{
    const uint32_t sum = add(0, a, true);
    return finish(b.s ? add(sum, b, true) : sum);
}
