/* SHA-3, FIPS 202: the sponge over Keccak-f[1600]. Round constants come from the LFSR of section 3.2.5, so no table can
 * hold a typo. */
#include "digest.h"

static uint64_t rotl64(uint64_t v, unsigned n) { return n ? v << n | v >> (64 - n) : v; }

static uint64_t round_constant(uint8_t *lfsr)
{
    uint64_t constant = 0;
    for (int j = 0; j < 7; j++) {
        if (*lfsr & 1) constant |= (uint64_t)1 << ((1 << j) - 1);
        *lfsr = (uint8_t)(*lfsr << 1 ^ (*lfsr & 0x80 ? 0x71 : 0));
    }
    return constant;
}

static void mix_columns(uint64_t *a) /* theta */
{
    uint64_t c[5];
    for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (int i = 0; i < 25; i++) a[i] ^= c[(i + 4) % 5] ^ rotl64(c[(i + 1) % 5], 1);
}

static void rotate_and_place(uint64_t *a) /* rho and pi */
{
    uint64_t moving = a[1];
    int x = 1, y = 0;
    for (unsigned t = 0; t < 24; t++) {
        int next = (2 * x + 3 * y) % 5;
        x = y, y = next;
        uint64_t there = a[x + 5 * y];
        a[x + 5 * y] = rotl64(moving, (t + 1) * (t + 2) / 2 % 64);
        moving = there;
    }
}

static void mix_rows(uint64_t *a) /* chi */
{
    for (uint64_t *row = a; row < a + 25; row += 5) {
        uint64_t r[5];
        memcpy(r, row, sizeof r);
        for (int x = 0; x < 5; x++) row[x] = r[x] ^ (~r[(x + 1) % 5] & r[(x + 2) % 5]);
    }
}

static void permute(uint64_t *a)
{
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        mix_columns(a);
        rotate_and_place(a);
        mix_rows(a);
        a[0] ^= round_constant(&lfsr);
    }
}

static void take_byte(uint64_t *a, size_t at, uint8_t byte) { a[at / 8] ^= (uint64_t)byte << 8 * (at % 8); }

static void sponge(kl_span text, int bits, uint8_t pad, uint8_t *out)
{
    uint64_t a[25] = {0};
    size_t size = (size_t)bits / 8, rate = 200 - 2 * size, at = 0;
    for (size_t i = 0; i < text.n; i++) {
        take_byte(a, at++, (uint8_t)text.s[i]);
        if (at == rate) permute(a), at = 0;
    }
    take_byte(a, at, pad);
    take_byte(a, rate - 1, 0x80);
    permute(a);
    for (size_t i = 0; i < size; i++) out[i] = (uint8_t)(a[i / 8] >> 8 * (i % 8));
}

void digest_sha3(kl_span text, int bits, uint8_t *out) { sponge(text, bits, 0x06, out); }

void digest_keccak(kl_span text, int bits, uint8_t *out) { sponge(text, bits, 0x01, out); }
