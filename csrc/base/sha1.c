/* SHA-1, FIPS 180-4 section 6.1. */
#include "digest_block.h"

static void compress(uint32_t *h, const uint8_t *block)
{
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (size_t i = 0; i < 16; i++) w[i] = digest_load_be(block + 4 * i);
    for (int i = 16; i < 80; i++) w[i] = digest_rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f;
        switch (i / 20) {
        case 0: f = (b & c) ^ (~b & d); break;
        case 2: f = (b & c) ^ (b & d) ^ (c & d); break;
        default: f = b ^ c ^ d; break;
        }
        f += digest_rotl(a, 5) + e + constants[i / 20] + w[i];
        e = d, d = c, c = digest_rotl(b, 30), b = a, a = f;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

void sha1_init(digest_state *state)
{
    static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(state->h, start, sizeof start);
    state->length = 0;
}

void sha1_update(digest_state *state, kl_span text) { digest_block_update(state, text, compress); }

void sha1_final(digest_state *state, uint8_t out[SHA1_SIZE])
{
    digest_block_finish(state, compress, false);
    for (size_t i = 0; i < 5; i++) digest_store_be(out + 4 * i, state->h[i]);
}

void digest_sha1(kl_span text, uint8_t out[SHA1_SIZE])
{
    digest_state state;
    sha1_init(&state);
    sha1_update(&state, text);
    sha1_final(&state, out);
}
