/* The one writer: numbers, q values and joins, byte for byte. */
#include "check.h"

#include <inttypes.h>
#include <limits.h>

#include "base/mem.h"
#include "base/text.h"

/* What was written is what printf writes, and nothing lies behind it. */
#define CHECK_WRITTEN(writing, ...)                                                                                    \
    do {                                                                                                               \
        char expected[64], room[64], *at = room;                                                                       \
        const int length_ = snprintf(expected, sizeof expected, __VA_ARGS__);                                          \
        memset(room, '#', sizeof room);                                                                                \
        char *end = writing;                                                                                           \
        CHECK_MEM(room, (size_t)(end - room), expected, (size_t)length_);                                              \
        CHECK(*end == '#');                                                                                            \
    } while (0)

static void numbers_are_as_printf_writes_them(void)
{
    uint64_t n = 1, random = 88172645463325252u;
    for (int i = 0; i < 64; i++, n = n << 1 | 1) {
        for (uint64_t near = n - 1; near != n + 2; near++) {
            CHECK_WRITTEN(text_put_uint(at, near), "%" PRIu64, near);
            CHECK_WRITTEN(text_put_int(at, (int64_t)near), "%" PRId64, (int64_t)near);
            CHECK_WRITTEN(text_put_hex(at, near), "%" PRIx64, near);
        }
    }
    for (int i = 0; i < 2000; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        CHECK_WRITTEN(text_put_uint(at, random), "%" PRIu64, random);
        CHECK_WRITTEN(text_put_int(at, (int64_t)random), "%" PRId64, (int64_t)random);
        CHECK_WRITTEN(text_put_hex_digits(at, random, 16), "%016" PRIx64, random);
    }
    CHECK_WRITTEN(text_put_int(at, INT64_MIN), "%" PRId64, INT64_MIN);
    CHECK_WRITTEN(text_put_uint(at, 0), "0");
    CHECK_WRITTEN(text_put_hex(at, 0), "0");
}

static void counted_digits_have_zeros_in_front_and_nothing_above(void)
{
    CHECK_WRITTEN(text_put_digits(at, 7, 3), "007");
    CHECK_WRITTEN(text_put_digits(at, 12345, 3), "345");
    CHECK_WRITTEN(text_put_digits(at, 5, 0), "%s", "");
    CHECK_WRITTEN(text_put_hex_digits(at, 0xabc, 8), "00000abc");
    CHECK_WRITTEN(text_put_hex_digits(at, 0xabcdef, 2), "ef");
}

static void q_values_end_where_their_zeros_begin(void)
{
    static const struct {
        int q;
        const char *text;
    } values[] = {{-5, "0"},    {0, "0"},      {1, "0.001"},   {10, "0.01"}, {50, "0.05"}, {100, "0.1"},
                  {500, "0.5"}, {250, "0.25"}, {999, "0.999"}, {1000, "1"},  {5000, "1"}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        CHECK_WRITTEN(text_put_q(at, values[i].q), "%s", values[i].text);
}

static void joins_have_a_nul_behind_them(void)
{
    kl_arena arena;
    arena_init(&arena, 0);
    const kl_span all = text_join(&arena, SPAN("a"), SPAN_NULL, SPAN("bc"), SPAN(""), SPAN("d"));
    CHECK_SPAN(all, "abcd");
    CHECK_INT(all.s[all.n], 0);
    const kl_span none = text_join(&arena, SPAN_NULL);
    CHECK(none.s != NULL && none.n == 0);
    arena.limit = 1;
    CHECK(text_join(&arena, SPAN("too"), SPAN("much")).s == NULL);
    arena_free(&arena);
}

CHECK_MAIN(CHECK_TEST(numbers_are_as_printf_writes_them),
           CHECK_TEST(counted_digits_have_zeros_in_front_and_nothing_above),
           CHECK_TEST(q_values_end_where_their_zeros_begin), CHECK_TEST(joins_have_a_nul_behind_them))
