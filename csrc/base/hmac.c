#include "hmac.h"

#define MOST_BLOCK 128

const hmac_hash hmac_sha1 = {digest_sha1, SHA1_SIZE, 64}, hmac_sha256 = {digest_sha256, SHA256_SIZE, 64},
                hmac_sha384 = {digest_sha384, SHA384_SIZE, 128}, hmac_sha512 = {digest_sha512, SHA512_SIZE, 128};

/* The hash of the padded key and what is behind it in the room. */
static void hash_behind(const hmac_hash *with, const uint8_t key[MOST_BLOCK], uint8_t pad, uint8_t *room, size_t n,
                        uint8_t *out)
{
    for (size_t i = 0; i < with->block; i++) room[i] = key[i] ^ pad;
    with->hash(span_of((const char *)room, with->block + n), out);
}

bool hmac_of(kl_arena *arena, const hmac_hash *with, kl_span key, kl_span text, uint8_t out[DIGEST_MAX_SIZE])
{
    uint8_t padded[MOST_BLOCK] = {0}, inner[DIGEST_MAX_SIZE], last[MOST_BLOCK + DIGEST_MAX_SIZE];
    uint8_t *room = arena_alloc(arena, with->block + text.n);
    if (!room) return false;
    if (key.n > with->block) with->hash(key, padded);
    else if (key.n > 0) memcpy(padded, key.s, key.n);
    if (text.n > 0) memcpy(room + with->block, text.s, text.n);
    hash_behind(with, padded, 0x36, room, text.n, inner);
    memcpy(last + with->block, inner, with->size);
    hash_behind(with, padded, 0x5c, last, with->size, out);
    return true;
}
