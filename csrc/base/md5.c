/* MD5, RFC 1321. */
#include "digest_block.h"

/* floor(2^32 * abs(sin(i + 1))), section 3.4 */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
/* One step of section 3.4. The word, the sine and `a` wait for nothing, so what `mix` and the rotation take is all that
 * a step takes. */
#define STEP(mix, a, b, c, d, word, i, shift)                                                                          \
    (a += sines[i] + x[(word) % 16], a = b + digest_rotl(a + (mix(b, c, d)), shift))
#define F(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define G(b, c, d) (((d) & (b)) + (~(d) & (c)))
#define H(b, c, d) ((b) ^ ((c) ^ (d)))
#define I(b, c, d) ((c) ^ ((b) | ~(d)))
/* Sixteen steps, four a turn: word i of the round is `first` + `stride` * i. */
#define ROUND(mix, from, first, stride, s0, s1, s2, s3)                                                                \
    for (unsigned i = 0; i < 16; i += 4) {                                                                             \
        STEP(mix, a, b, c, d, (first) + (stride) * i, (from) + i, s0);                                                 \
        STEP(mix, d, a, b, c, (first) + (stride) * (i + 1), (from) + i + 1, s1);                                       \
        STEP(mix, c, d, a, b, (first) + (stride) * (i + 2), (from) + i + 2, s2);                                       \
        STEP(mix, b, c, d, a, (first) + (stride) * (i + 3), (from) + i + 3, s3);                                       \
    }

static void compress(uint32_t *h, const uint8_t *block)
{
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], x[16];
    for (size_t i = 0; i < 16; i++) x[i] = digest_load_le(block + 4 * i);
    ROUND(F, 0, 0, 1, 7, 12, 17, 22)
    ROUND(G, 16, 1, 5, 5, 9, 14, 20)
    ROUND(H, 32, 5, 3, 4, 11, 16, 23)
    ROUND(I, 48, 0, 7, 6, 10, 15, 21)
    h[0] += a, h[1] += b, h[2] += c, h[3] += d;
}

static const uint32_t start[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

static void put_out(const uint32_t *h, uint8_t out[MD5_SIZE])
{
    for (size_t i = 0; i < 4; i++) digest_store_le(out + 4 * i, h[i]);
}

void md5_init(digest_state *state)
{
    memcpy(state->h, start, sizeof start);
    state->length = 0;
}

void md5_update(digest_state *state, kl_span text) { digest_block_update(state, text, compress); }

void md5_final(digest_state *state, uint8_t out[MD5_SIZE])
{
    digest_block_finish(state, compress, true);
    put_out(state->h, out);
}

/* A text that fits into one block with its padding, as most that scripts have do. */
static void digest_short(kl_span text, uint8_t out[MD5_SIZE])
{
    uint8_t block[64] = {0};
    uint32_t h[4];
    memcpy(h, start, sizeof start);
    if (text.n > 0) memcpy(block, text.s, text.n);
    block[text.n] = 0x80;
    digest_store_le(block + 56, (uint32_t)text.n * 8);
    compress(h, block);
    put_out(h, out);
}

void digest_md5(kl_span text, uint8_t out[MD5_SIZE])
{
    digest_state state;
    if (text.n < 56) {
        digest_short(text, out);
        return;
    }
    md5_init(&state);
    md5_update(&state, text);
    md5_final(&state, out);
}
