/* span.h: borrowed bytes. All comparisons are by byte; "i" folds ASCII case only, as SIP does. */
#ifndef KL_BASE_SPAN_H
#define KL_BASE_SPAN_H

#include <stdbool.h>
#include <string.h>

#include "kemilua.h"
#include "word.h"

#define SPAN(literal) ((kl_span){"" literal, sizeof(literal) - 1})
#define SPAN_NULL     ((kl_span){NULL, 0})

/* The end of a hash that is masked to an index: FNV-1a leaves names that differ in their last characters side by side.
 */
static inline uint64_t span_hash_mix(uint64_t hash)
{
    hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static inline kl_span span_of(const char *s, size_t n) { return (kl_span){s, n}; }
static inline kl_span span_between(const char *s, const char *end) { return (kl_span){s, (size_t)(end - s)}; }
static inline kl_span span_text(const char *s) { return (kl_span){s, s ? strlen(s) : 0}; }
static inline bool span_empty(kl_span a) { return a.n == 0; }
static inline bool span_eq(kl_span a, kl_span b) { return a.n == b.n && (a.n == 0 || word_equal(a.s, b.s, a.n)); }
/* Behind the last byte, and what is left from an offset on: of SPAN_NULL too, where C knows no addition. */
static inline const char *span_end(kl_span a) { return a.n > 0 ? a.s + a.n : a.s; }
static inline kl_span span_from(kl_span a, size_t at) { return (kl_span){at > 0 ? a.s + at : a.s, a.n - at}; }

bool span_eqi_long(const char *a, const char *b, size_t n);
/* Most texts that differ do so in length or in their first character. */
static inline __attribute__((always_inline)) bool span_eqi(kl_span a, kl_span b)
{
    return a.n == b.n && (a.n == 0 || (((a.s[0] ^ b.s[0]) & 0xdf) == 0 && span_eqi_long(a.s, b.s, a.n)));
}
bool span_starts(kl_span a, kl_span prefix);
bool span_startsi(kl_span a, kl_span prefix);
kl_span span_trim(kl_span a);             /* space, tab, CR, LF at both ends */
const char *span_find(kl_span a, char c); /* NULL when absent */
const char *span_rfind(kl_span a, char c);
/* Takes what stands before the first `at`, or all where there is none, off *rest, and the `at` as well. */
kl_span span_cut(kl_span *rest, char at);
/* first place, NULL when absent; an empty needle is at the start */
const char *span_search(kl_span a, kl_span needle);
/* The whole span as a decimal number without sign; false when empty, not digits, or above max. */
bool span_uint(kl_span a, uint64_t max, uint64_t *out);
/* Optional sign and leading digits, saturating; how many bytes were used. */
size_t span_int_prefix(kl_span a, int64_t *out);

extern const unsigned char span_class[256]; /* SPAN_* bits */
enum {
    SPAN_DIGIT = 1,
    SPAN_ALPHA = 2,
    SPAN_HEX = 4,
    SPAN_TOKEN = 8,
    SPAN_WS = 16,
    SPAN_HOST = 32,
    SPAN_UNRESERVED = 64,
    SPAN_NAME = 128 /* header names as Kamailio reads them: a token without ! % * ` ' */
};
static inline bool char_is(char c, int bits) { return (span_class[(unsigned char)c] & bits) != 0; }
static inline char char_lower(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c); }

#endif
