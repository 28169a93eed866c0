/* Beside CPython's own SipHash-1-3: `PYTHONHASHSEED=0 python3.11 -c 'print(hex(hash(bytes(range(15))) % 2**64))'`. */
#include "check.h"

#include "base/siphash.h"
#include "base/text.h"

static void counted(unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) bytes[i] = (unsigned char)i;
}

static uint64_t hash_of(size_t n, size_t split)
{
    unsigned char key[16];
    char input[64];
    siphash hash;
    counted(key, sizeof key);
    counted((unsigned char *)input, sizeof input);
    siphash_begin(&hash, key);
    siphash_add(&hash, span_of(input, split));
    siphash_add(&hash, span_of(input + split, n - split));
    return siphash_end(&hash);
}

static void bytes_hash_as_in_cpython_without_a_seed(void)
{
    static const struct {
        size_t n;
        uint64_t hash;
    } known[] = {{1, 0x68a914128e01e473u}, {7, 0x2f098ab0c751325au},  {8, 0xead411e67ebe2eeau},
                 {9, 0x75927f9d95124362u}, {15, 0xf30eb725bb91c9eau}, {16, 0x8972188433a5c5b7u},
                 {63, 0x385d3e39e5f37359u}};
    const unsigned char key[16] = {0};
    char input[64];
    counted((unsigned char *)input, sizeof input);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        CHECK(siphash_of(key, span_of(input, known[i].n)) == known[i].hash);
}

static void how_the_input_is_cut_does_not_matter(void)
{
    for (size_t n = 0; n <= 40; n++)
        for (size_t split = 0; split <= n; split++) CHECK(hash_of(n, split) == hash_of(n, n));
}

static void lengths_and_keys_differ(void)
{
    CHECK(hash_of(7, 7) != hash_of(8, 8));
    CHECK(hash_of(0, 0) != hash_of(1, 1));
}

static uint64_t two_fields(const char *a, const char *b)
{
    unsigned char key[16] = {1};
    siphash_fields fields;
    siphash_fields_begin(&fields, key, SPAN("label"));
    siphash_fields_add(&fields, span_text(a));
    siphash_fields_add(&fields, span_text(b));
    return siphash_fields_end(&fields);
}

/* All of it in one text. */
static uint64_t in_one(const char *a, const char *b)
{
    unsigned char key[16] = {1};
    char all[4096];
    const size_t n = strlen(a), m = strlen(b);
    char *at = text_put(all, SPAN("label"));
    at = text_put(at, span_of((char[]){(char)n, (char)(n >> 8), 0, 0}, 4));
    at = text_put(text_put(at, span_text(a)), span_of((char[]){(char)m, (char)(m >> 8), 0, 0}, 4));
    return siphash_of(key, span_between(all, text_put(at, span_text(b))));
}

static void fields_hash_as_their_bytes_whatever_their_length(void)
{
    static char text[1100];
    memset(text, 'x', sizeof text - 1);
    for (size_t n = 0; n < sizeof text; n++) {
        const char *longer = text + sizeof text - 1 - n;
        CHECK(two_fields(longer, "tail") == in_one(longer, "tail"));
        CHECK(two_fields("head", longer) == in_one("head", longer));
    }
}

static void fields_do_not_run_into_each_other(void)
{
    CHECK(two_fields("ab", "c") != two_fields("a", "bc"));
    CHECK(two_fields("ab", "c") == two_fields("ab", "c"));
}

CHECK_MAIN(CHECK_TEST(bytes_hash_as_in_cpython_without_a_seed), CHECK_TEST(how_the_input_is_cut_does_not_matter),
           CHECK_TEST(lengths_and_keys_differ), CHECK_TEST(fields_do_not_run_into_each_other),
           CHECK_TEST(fields_hash_as_their_bytes_whatever_their_length))
