/* text.c: two texts beside each other. 1: equal, or found; -1 and -2 tell which is the greater one where Kamailio does.
 */
#include "textops.h"

typedef enum order { ORDER_EQUAL = 1, ORDER_GREATER = -1, ORDER_LESS = -2 } order;

static unsigned char plain(char c) { return (unsigned char)c; }
static unsigned char folded(char c) { return (unsigned char)char_lower(c); }

/* The first n bytes of both, up to a NUL in both, as the C library does. */
static order compare_bytes(const char *a, const char *b, size_t n, unsigned char (*key)(char))
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char x = key(a[i]), y = key(b[i]);
        if (x != y) return x > y ? ORDER_GREATER : ORDER_LESS;
        if (x == 0) break;
    }
    return ORDER_EQUAL;
}

static order compare(kl_span a, kl_span b, unsigned char (*key)(char))
{
    const order bytes = compare_bytes(a.s, b.s, a.n < b.n ? a.n : b.n, key);
    if (bytes != ORDER_EQUAL || a.n == b.n) return bytes;
    return a.n > b.n ? ORDER_GREATER : ORDER_LESS;
}

KSR_FN(textops_cmp_str) { return compare(args[0].s, args[1].s, plain); }

KSR_FN(textops_cmp_istr) { return compare(args[0].s, args[1].s, folded); }

/* A shorter text is neither. */
KSR_FN(textops_starts_with)
{
    const kl_span text = args[0].s, prefix = args[1].s;
    return text.n < prefix.n ? -1 : compare_bytes(text.s, prefix.s, prefix.n, plain);
}

KSR_FN(textops_ends_with)
{
    const kl_span text = args[0].s, suffix = args[1].s;
    if (text.n < suffix.n) return -1;
    return suffix.n == 0 ? ORDER_EQUAL : compare_bytes(text.s + text.n - suffix.n, suffix.s, suffix.n, plain);
}

/* Places count from 1; an empty text is found behind the last byte. */
KSR_FN(textops_str_find)
{
    const kl_span text = args[0].s, needle = args[1].s;
    if (!text.s || !needle.s) return -1;
    if (needle.n == 0) return (int)text.n + 1;
    const char *at = span_search(text, needle);
    return at ? (int)(at - text.s) + 1 : -1;
}

/* In lower case, for as long as the call runs; .s NULL when memory ended. */
static kl_span fold(kl_ctx *ctx, kl_span text)
{
    char *copy = arena_alloc(ctx->scratch, text.n + 1);
    for (size_t i = 0; copy && i < text.n; i++) copy[i] = char_lower(text.s[i]);
    return span_of(copy, text.n);
}

/* Without regard to case an empty text is found at the start. */
KSR_FN(textops_str_ifind)
{
    const kl_span text = args[0].s, needle = fold(ctx, args[1].s), where = fold(ctx, text);
    const char *at = text.s && where.s && needle.s ? span_search(where, needle) : NULL;
    return at ? (int)(at - where.s) + 1 : -1;
}

/* Whether one of the bytes, or each of them, is in the text. */
static bool is_in(kl_span text, kl_span bytes, bool each)
{
    bool has[256] = {false};
    for (size_t i = 0; i < text.n; i++) has[(unsigned char)text.s[i]] = true;
    for (size_t i = 0; i < bytes.n; i++)
        if (has[(unsigned char)bytes.s[i]] != each) return !each;
    return each;
}

static int any_or_all(const kl_value *args, bool each)
{
    if (span_empty(args[0].s) || span_empty(args[1].s)) return -1;
    return textops_outcome(is_in(args[0].s, args[1].s, each));
}

KSR_FN(textops_str_any_in) { return any_or_all(args, false); }

KSR_FN(textops_str_all_in) { return any_or_all(args, true); }
