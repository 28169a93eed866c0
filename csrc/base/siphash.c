#include "siphash.h"

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline uint64_t load64(const unsigned char *p)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static inline void sip_round(siphash *h)
{
    h->v0 += h->v1;
    h->v2 += h->v3;
    h->v1 = rotate(h->v1, 13) ^ h->v0;
    h->v3 = rotate(h->v3, 16) ^ h->v2;
    h->v0 = rotate(h->v0, 32);
    h->v2 += h->v1;
    h->v0 += h->v3;
    h->v1 = rotate(h->v1, 17) ^ h->v2;
    h->v3 = rotate(h->v3, 21) ^ h->v0;
    h->v2 = rotate(h->v2, 32);
}

static inline void mix(siphash *h, uint64_t word)
{
    h->v3 ^= word;
    sip_round(h);
    sip_round(h);
    h->v0 ^= word;
}

void siphash_begin(siphash *hash, const unsigned char key[16])
{
    const uint64_t k0 = load64(key), k1 = load64(key + 8);
    *hash = (siphash){
        .v0 = k0 ^ 0x736f6d6570736575u, .v1 = k1 ^ 0x646f72616e646f6du,
        .v2 = k0 ^ 0x6c7967656e657261u, .v3 = k1 ^ 0x7465646279746573u,
    };
}

void siphash_add(siphash *hash, kl_span text)
{
    if (text.n == 0) return;
    siphash h = *hash;
    const unsigned char *p = (const unsigned char *)text.s, *const end = p + text.n;
    while (p < end && (h.length & 7) != 0) {
        h.tail |= (uint64_t)*p++ << (8 * (h.length & 7));
        if ((++h.length & 7) == 0) mix(&h, h.tail);
    }
    if ((h.length & 7) == 0) h.tail = 0;
    for (; end - p >= 8; p += 8, h.length += 8) mix(&h, load64(p));
    for (; p < end; h.length++) h.tail |= (uint64_t)*p++ << (8 * (h.length & 7));
    *hash = h;
}

void siphash_add_field(siphash *hash, kl_span text)
{
    const char length[4] = {(char)(text.n & 0xff), (char)(text.n >> 8 & 0xff), (char)(text.n >> 16 & 0xff), (char)(text.n >> 24 & 0xff)};
    siphash_add(hash, span_of(length, sizeof length));
    siphash_add(hash, text);
}

uint64_t siphash_end(siphash *hash)
{
    mix(hash, hash->tail | hash->length << 56);
    hash->v2 ^= 0xff;
    for (int i = 0; i < 4; i++) sip_round(hash);
    return hash->v0 ^ hash->v1 ^ hash->v2 ^ hash->v3;
}
