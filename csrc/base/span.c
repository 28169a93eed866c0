#include "span.h"

#include "word.h"

static inline bool same_letters(const char *a, const char *b)
{
    const uint64_t one = word_at(a), other = word_at(b);
    return one == other || word_lower(one) == word_lower(other);
}

/* All bytes of up to seven, some twice. */
static inline uint64_t short_word(const char *s, size_t n)
{
    if (n >= 4) return word_half_at(s) | (uint64_t)word_half_at(s + n - 4) << 32;
    return (uint64_t)(unsigned char)s[0] | (uint64_t)(unsigned char)s[n >> 1] << 8 |
           (uint64_t)(unsigned char)s[n - 1] << 16;
}

/* The last word may begin within the one before. */
bool span_eqi_long(const char *a, const char *b, size_t n)
{
    if (n < WORD_BYTES) return n == 0 || word_lower(short_word(a, n)) == word_lower(short_word(b, n));
    const size_t last = n - WORD_BYTES;
    for (size_t i = 0; i < last; i += WORD_BYTES)
        if (!same_letters(a + i, b + i)) return false;
    return same_letters(a + last, b + last);
}

bool span_starts(kl_span a, kl_span prefix) { return a.n >= prefix.n && span_eq(span_of(a.s, prefix.n), prefix); }

bool span_startsi(kl_span a, kl_span prefix) { return a.n >= prefix.n && span_eqi(span_of(a.s, prefix.n), prefix); }

kl_span span_trim(kl_span a)
{
    while (a.n && char_is(a.s[a.n - 1], SPAN_WS)) a.n--;
    while (a.n && char_is(*a.s, SPAN_WS)) a = span_from(a, 1);
    return a;
}

const char *span_find(kl_span a, char c) { return a.n ? memchr(a.s, c, a.n) : NULL; }

kl_span span_cut(kl_span *rest, char at)
{
    const char *end = span_find(*rest, at);
    const kl_span piece = end ? span_between(rest->s, end) : *rest;
    *rest = span_from(*rest, piece.n + (end ? 1 : 0));
    return piece;
}

const char *span_rfind(kl_span a, char c)
{
    for (size_t i = a.n; i-- > 0;)
        if (a.s[i] == c) return a.s + i;
    return NULL;
}

const char *span_search(kl_span a, kl_span needle)
{
    if (!needle.n) return a.s;
    for (const char *end = span_end(a), *p = a.s; (size_t)(end - p) >= needle.n; p++) {
        p = memchr(p, *needle.s, (size_t)(end - p) - needle.n + 1);
        if (!p || memcmp(p, needle.s, needle.n) == 0) return p;
    }
    return NULL;
}

bool span_uint(kl_span a, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    if (!a.n) return false;
    const bool fits = a.n < 20; /* 64 bits hold 19 digits of any kind */
    for (size_t i = 0; i < a.n; i++) {
        uint64_t digit = (uint64_t)(unsigned char)a.s[i] - '0';
        if (digit > 9 || (!fits && (digit > max || n > (max - digit) / 10))) return false;
        n = n * 10 + digit;
    }
    if (n > max) return false;
    *out = n;
    return true;
}

size_t span_int_prefix(kl_span a, int64_t *out)
{
    size_t i = a.n && (*a.s == '-' || *a.s == '+');
    bool negative = i && *a.s == '-';
    uint64_t n = 0, max = (uint64_t)INT64_MAX + negative;
    size_t first = i;
    for (; i < a.n && char_is(a.s[i], SPAN_DIGIT); i++) {
        uint64_t digit = (uint64_t)(a.s[i] - '0');
        n = n > (max - digit) / 10 ? max : n * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return i == first ? 0 : i;
}

/* Letters of the rows below: which classes of RFC 3261 25.1 (and RFC 1034 for HOST) a byte belongs to. */
#define D (SPAN_DIGIT | SPAN_HEX | SPAN_TOKEN | SPAN_HOST | SPAN_UNRESERVED | SPAN_NAME)
#define X (SPAN_ALPHA | SPAN_HEX | SPAN_TOKEN | SPAN_HOST | SPAN_UNRESERVED | SPAN_NAME)
#define A (SPAN_ALPHA | SPAN_TOKEN | SPAN_HOST | SPAN_UNRESERVED | SPAN_NAME)
#define H (SPAN_TOKEN | SPAN_HOST | SPAN_UNRESERVED | SPAN_NAME)
#define M (SPAN_TOKEN | SPAN_UNRESERVED | SPAN_NAME)
#define N (SPAN_TOKEN | SPAN_NAME)
#define T SPAN_TOKEN
#define B (SPAN_TOKEN | SPAN_UNRESERVED)
#define U SPAN_UNRESERVED
#define W SPAN_WS

const unsigned char span_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, W, W, 0, 0, W, 0, 0,                                                 /* tab, LF, CR */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, W, B, 0, 0, 0, T, 0, B, U, U, B, N, 0, H, H, 0, /* blank ! " # $ % &
                                                                                                       ' ( ) * + , - . /
                                                                                                     */
    D, D, D, D, D, D, D, D, D, D, 0, 0, 0, 0, 0, 0, 0, X, X, X, X, X, X, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, 0, 0, 0, 0, M,    /* ... [ \ ] ^ _ */
    T, X, X, X, X, X, X, A, A, A, A, A, A, A, A, A, /* ` ... */
    A, A, A, A, A, A, A, A, A, A, A, 0, 0, 0, M, 0, /* ... { | } ~ */
};
