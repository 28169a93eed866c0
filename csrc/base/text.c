#include "text.h"

const char text_digits[16] = "0123456789abcdef";

char *text_put_uint(char *at, uint64_t n)
{
    char digits[TEXT_INT], *first = digits + sizeof digits;
    do *--first = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    return text_put(at, span_between(first, digits + sizeof digits));
}

kl_span text_decimal(char digits[TEXT_INT], uint64_t n) { return span_between(digits, text_put_uint(digits, n)); }

char *text_put_int(char *at, int64_t n)
{
    if (n < 0) *at++ = '-';
    return text_put_uint(at, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

char *text_put_digits(char *at, unsigned n, unsigned count)
{
    for (unsigned i = count; i-- > 0; n /= 10) at[i] = (char)('0' + n % 10);
    return at + count;
}

char *text_put_hex(char *at, uint64_t n)
{
    unsigned count = 1;
    while (count < TEXT_HEX && n >> 4 * count) count++;
    return text_put_hex_digits(at, n, count);
}

char *text_put_hex_digits(char *at, uint64_t n, unsigned count)
{
    for (unsigned i = count; i-- > 0; n >>= 4) at[i] = text_digits[n & 15];
    return at + count;
}

char *text_put_q(char *at, int q)
{
    if (q <= 0 || q >= 1000) return text_putc(at, q <= 0 ? '0' : '1');
    unsigned count = 3;
    for (; q % 10 == 0; q /= 10) count--;
    return text_put_digits(text_put(at, SPAN("0.")), (unsigned)q, count);
}

kl_span text_join_all(kl_arena *arena, const kl_span *pieces, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) n += pieces[i].n;
    char *text = arena_alloc(arena, n + 1), *at = text;
    if (!text) return SPAN_NULL;
    for (size_t i = 0; i < count; i++) at = text_put(at, pieces[i]);
    *at = '\0';
    return span_of(text, n);
}
