/* text.h: the one writer. Each function writes at `at`, where the caller has made room, and tells where the next byte
 * goes; the joins make the room themselves. */
#ifndef KL_BASE_TEXT_H
#define KL_BASE_TEXT_H

#include "arena.h"

extern const char text_digits[16]; /* of hexadecimal numbers, lower case */

static inline char *text_put(char *at, kl_span text)
{
    if (text.n > 0) memcpy(at, text.s, text.n);
    return at + text.n;
}

static inline char *text_putc(char *at, char c)
{
    *at = c;
    return at + 1;
}

#define TEXT_INT 20 /* bytes that a number may take, a sign with it */
char *text_put_uint(char *at, uint64_t n);
char *text_put_int(char *at, int64_t n);
kl_span text_decimal(char digits[TEXT_INT], uint64_t n);     /* in there */
char *text_put_digits(char *at, unsigned n, unsigned count); /* the last `count` of them, zeros in front */

#define TEXT_HEX 16
char *text_put_hex(char *at, uint64_t n);
char *text_put_hex_digits(char *at, uint64_t n, unsigned count); /* the last `count` of them, zeros in front */

/* A q value of 0 to 1000 as Kamailio writes it: 0, 0.05, 0.5, 1. What is out of the range is at its end. */
#define TEXT_Q 5
char *text_put_q(char *at, int q);

/* One text with a NUL behind it; .s NULL: no memory. */
kl_span text_join_all(kl_arena *arena, const kl_span *pieces, size_t count);
#define text_join(arena, ...)                                                                                          \
    text_join_all(arena, (const kl_span[]){__VA_ARGS__}, sizeof((const kl_span[]){__VA_ARGS__}) / sizeof(kl_span))

#endif
