#include "siphash.h"

#include "text.h"

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline uint64_t load64(const unsigned char *p)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static inline uint64_t load32(const unsigned char *p)
{
    uint64_t word = 0;
    for (int i = 0; i < 4; i++) word |= (uint64_t)p[i] << (8 * i);
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
    h->v0 ^= word;
}

void siphash_begin(siphash *hash, const unsigned char key[16])
{
    const uint64_t k0 = load64(key), k1 = load64(key + 8);
    *hash = (siphash){
        .v0 = k0 ^ 0x736f6d6570736575u,
        .v1 = k1 ^ 0x646f72616e646f6du,
        .v2 = k0 ^ 0x6c7967656e657261u,
        .v3 = k1 ^ 0x7465646279746573u,
    };
}

/* The last bytes of a text, fewer than eight, by loads that may overlap. */
static inline uint64_t load_rest(const unsigned char *p, size_t n)
{
    if (n >= 4) return load32(p) | load32(p + n - 4) << (8 * (n - 4));
    return n == 0 ? 0 : (uint64_t)p[0] | (uint64_t)p[n / 2] << (8 * (n / 2)) | (uint64_t)p[n - 1] << (8 * (n - 1));
}

/* What of a word does not fit behind `used` bytes. */
static inline uint64_t beyond(uint64_t word, unsigned used) { return used ? word >> (64 - 8 * used) : 0; }

static inline void add_rest(siphash *h, uint64_t word, size_t n)
{
    const unsigned used = (unsigned)(h->length & 7);
    h->tail |= word << (8 * used);
    h->length += n;
    if (used + n < 8) return;
    mix(h, h->tail);
    h->tail = beyond(word, used);
}

static inline void add(siphash *h, const unsigned char *p, size_t n)
{
    const unsigned used = (unsigned)(h->length & 7);
    for (; n >= 8; p += 8, n -= 8, h->length += 8) {
        const uint64_t word = load64(p);
        mix(h, h->tail | word << (8 * used));
        h->tail = beyond(word, used);
    }
    add_rest(h, load_rest(p, n), n);
}

void siphash_add(siphash *hash, kl_span text)
{
    if (text.n == 0) return;
    siphash h = *hash;
    add(&h, (const unsigned char *)text.s, text.n);
    *hash = h;
}

uint64_t siphash_end(siphash *hash)
{
    mix(hash, hash->tail | hash->length << 56);
    hash->v2 ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(hash);
    return hash->v0 ^ hash->v1 ^ hash->v2 ^ hash->v3;
}

/* ---- several texts */

static void flush(siphash_fields *fields)
{
    siphash_add(&fields->hash, span_of(fields->text, fields->n));
    fields->n = 0;
}

static void put(siphash_fields *fields, kl_span text)
{
    if (sizeof fields->text - fields->n < text.n) flush(fields);
    if (sizeof fields->text < text.n) siphash_add(&fields->hash, text);
    else fields->n = (size_t)(text_put(fields->text + fields->n, text) - fields->text);
}

void siphash_fields_begin(siphash_fields *fields, const unsigned char key[16], kl_span label)
{
    siphash_begin(&fields->hash, key);
    fields->n = 0;
    put(fields, label);
}

void siphash_fields_add(siphash_fields *fields, kl_span text)
{
    const char length[4] = {(char)text.n, (char)(text.n >> 8), (char)(text.n >> 16), (char)(text.n >> 24)};
    if (sizeof fields->text - fields->n < sizeof length) flush(fields);
    memcpy(fields->text + fields->n, length, sizeof length); /* of a known size: no call */
    fields->n += sizeof length;
    put(fields, text);
}

uint64_t siphash_fields_end(siphash_fields *fields)
{
    flush(fields);
    return siphash_end(&fields->hash);
}
