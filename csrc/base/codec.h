/* codec.h: bytes to text and back. Every function writes to memory the caller sized with the *_bound given, and returns
 * the bytes written; decoders return SIZE_MAX for malformed input. No NUL is added. */
#ifndef KL_BASE_CODEC_H
#define KL_BASE_CODEC_H

#include "span.h"

#define CODEC_BAD SIZE_MAX

int hex_digit(char c); /* 0..15, -1 for others */
static inline size_t hex_encode_bound(size_t n) { return 2 * n; }
size_t hex_encode(kl_span in, char *out); /* lower case */
size_t hex_decode(kl_span in, char *out); /* n / 2 bytes; an odd last digit is left out */

/* Base64, RFC 4648 sections 4 and 5. */
static inline size_t base64_encode_bound(size_t n) { return (n + 2) / 3 * 4; }
static inline size_t base64_decode_bound(size_t n) { return (n + 3) / 4 * 3; }
size_t base64_encode(kl_span in, bool url, bool pad, char *out);
/* As Kamailio reads the plain alphabet: a length that is no multiple of four is malformed (unless `fill`, which adds
 * the padding), at most two = at the end are padding, and a byte outside the alphabet counts as 255, so garbage decodes
 * to garbage. */
size_t base64_decode_lax(kl_span in, bool fill, char *out);
/* The URL-safe alphabet: padding is optional, anything else is malformed, a single left-over digit is dropped. */
size_t base64_decode_url(kl_span in, char *out);

/* Base58 in Bitcoin's alphabet; each leading zero byte is one leading '1'. Quadratic: 64 KB take about a tenth of a
 * second. */
static inline size_t base58_encode_bound(size_t n) { return n * 138 / 100 + 8; }
static inline size_t base58_decode_bound(size_t n) { return n + 4; }
size_t base58_encode(kl_span in, char *out);
size_t base58_decode(kl_span in, char *out);

/* GSM 7-bit packing (3GPP TS 23.038, 6.1.2.1) as upper-case hex; the eighth bit of a byte is not masked off, as in
 * Kamailio. */
static inline size_t gsm7_encode_bound(size_t n) { return 2 * ((n * 7 + 7) / 8); }
static inline size_t gsm7_decode_bound(size_t n) { return n / 2 * 8 / 7; }
size_t gsm7_encode(kl_span in, char *out);
size_t gsm7_decode(kl_span in, char *out);

#endif
