/* digest_block.h: what MD5, SHA-1 and SHA-256 share: filling 64-byte blocks and the padding of the last one. Private to
 * those three files. */
#ifndef KL_BASE_DIGEST_BLOCK_H
#define KL_BASE_DIGEST_BLOCK_H

#include <string.h>

#include "digest.h"

typedef void (*digest_compress)(uint32_t *h, const uint8_t *block);

void digest_block_update(digest_state *state, kl_span text, digest_compress compress);
/* Pads with a one bit, zeros and the length in bits, least significant byte first or last. */
void digest_block_finish(digest_state *state, digest_compress compress, bool little_endian);

static inline uint32_t digest_load_be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint32_t digest_load_le(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static inline void digest_store_be(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24), p[1] = (uint8_t)(v >> 16), p[2] = (uint8_t)(v >> 8), p[3] = (uint8_t)v;
}
/* GCC does not make one store of four bytes here. */
static inline void digest_store_le(uint8_t *p, uint32_t v)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(p, &v, sizeof v);
#else
    p[0] = (uint8_t)v, p[1] = (uint8_t)(v >> 8), p[2] = (uint8_t)(v >> 16), p[3] = (uint8_t)(v >> 24);
#endif
}
static inline uint32_t digest_rotl(uint32_t v, int n) { return v << n | v >> (32 - n); }
static inline uint32_t digest_rotr(uint32_t v, int n) { return v >> n | v << (32 - n); }

#endif
