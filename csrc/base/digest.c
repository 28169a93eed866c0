#include "digest.h"

#include "digest_block.h"
#include "text.h"
#include "word.h"

/* Four bytes at once: each half byte in a byte of its own, and 39 more on those that are letters. */
static void four_hex(const uint8_t *bytes, char *out)
{
    uint64_t word = digest_load_le(bytes);
    word = (word | word << 16) & UINT64_C(0x0000ffff0000ffff);
    word = (word | word << 8) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word >> 4 | word << 8) & WORD_EACH(15);
    word += WORD_EACH('0') + ((word + WORD_EACH(6)) >> 4 & WORD_EACH(1)) * ('a' - '0' - 10);
    for (unsigned i = 0; i < WORD_BYTES; i++) out[i] = (char)(word >> 8 * i);
}

bool digest_equal(kl_span a, kl_span b)
{
    unsigned char differ = 0;
    for (size_t i = 0; i < a.n && a.n == b.n; i++) differ |= (unsigned char)(a.s[i] ^ b.s[i]);
    return a.n == b.n && differ == 0;
}

void digest_hex(const uint8_t *bytes, size_t n, char *out)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4, out += WORD_BYTES) four_hex(bytes + i, out);
    for (; i < n; i++) {
        *out++ = text_digits[bytes[i] >> 4];
        *out++ = text_digits[bytes[i] & 15];
    }
}

void digest_block_update(digest_state *state, kl_span text, digest_compress compress)
{
    if (text.n == 0) return;
    const uint8_t *p = (const uint8_t *)text.s;
    size_t left = text.n, filled = (size_t)(state->length % 64);
    state->length += text.n;
    if (filled) {
        size_t take = left < 64 - filled ? left : 64 - filled;
        memcpy(state->block + filled, p, take);
        p += take, left -= take;
        if (filled + take < 64) return;
        compress(state->h, state->block);
    }
    for (; left >= 64; p += 64, left -= 64) compress(state->h, p);
    memcpy(state->block, p, left);
}

void digest_block_finish(digest_state *state, digest_compress compress, bool little_endian)
{
    uint64_t bits = state->length * 8;
    size_t filled = (size_t)(state->length % 64);
    state->block[filled++] = 0x80;
    if (filled > 56) {
        memset(state->block + filled, 0, 64 - filled);
        compress(state->h, state->block);
        filled = 0;
    }
    memset(state->block + filled, 0, 56 - filled);
    for (int i = 0; i < 8; i++) state->block[56 + i] = (uint8_t)(bits >> 8 * (little_endian ? i : 7 - i));
    compress(state->h, state->block);
}

/* One table entry per byte would be faster; nothing hot uses it. */
uint32_t digest_crc32(kl_span text)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < text.n; i++) {
        crc ^= (uint8_t)text.s[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320 & (0u - (crc & 1)));
    }
    return ~crc;
}
