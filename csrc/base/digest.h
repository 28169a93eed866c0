/* digest.h: message digests and checksums, written from the specifications. One shot each; MD5, SHA-1 and SHA-256 also
 * piece by piece. */
#ifndef KL_BASE_DIGEST_H
#define KL_BASE_DIGEST_H

#include "span.h"

#define MD5_SIZE        16
#define SHA1_SIZE       20
#define SHA256_SIZE     32
#define SHA384_SIZE     48
#define SHA512_SIZE     64
#define SHA512_256_SIZE 32
#define DIGEST_MAX_SIZE 64

/* The 64-byte-block digests share their state: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4). */
typedef struct digest_state {
    uint32_t h[8];
    uint64_t length; /* bytes taken in so far */
    uint8_t block[64];
} digest_state;

void md5_init(digest_state *state);
void md5_update(digest_state *state, kl_span text);
void md5_final(digest_state *state, uint8_t out[MD5_SIZE]);
void sha1_init(digest_state *state);
void sha1_update(digest_state *state, kl_span text);
void sha1_final(digest_state *state, uint8_t out[SHA1_SIZE]);
void sha256_init(digest_state *state);
void sha256_update(digest_state *state, kl_span text);
void sha256_final(digest_state *state, uint8_t out[SHA256_SIZE]);

void digest_md5(kl_span text, uint8_t out[MD5_SIZE]);
void digest_sha1(kl_span text, uint8_t out[SHA1_SIZE]);
void digest_sha256(kl_span text, uint8_t out[SHA256_SIZE]);
void digest_sha384(kl_span text, uint8_t out[SHA384_SIZE]);
void digest_sha512(kl_span text, uint8_t out[SHA512_SIZE]);
void digest_sha512_256(kl_span text, uint8_t out[SHA512_256_SIZE]);
/* FIPS 202; bits 224, 256, 384 or 512, bits / 8 bytes are written. Keccak is the submission before the standard's
 * padding. */
void digest_sha3(kl_span text, int bits, uint8_t *out);
void digest_keccak(kl_span text, int bits, uint8_t *out);

/* CRC-32 as in zlib and Ethernet: polynomial 0x04C11DB7 reflected. */
uint32_t digest_crc32(kl_span text);

/* In the time that it takes for any two of a length: how much of a guess was right is nobody's to know. */
bool digest_equal(kl_span a, kl_span b);
/* Lower-case hex of n bytes: 2n characters, no NUL. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);

#endif
