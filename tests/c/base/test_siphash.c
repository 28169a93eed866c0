/* The vectors of the reference paper (appendix A): key 00..0f, input 00..0e. */
#include "check.h"

#include "base/siphash.h"

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

static void the_vector_of_the_paper(void) { CHECK(hash_of(15, 15) == 0xa129ca6149be45e5u); }

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
    siphash hash;
    siphash_begin(&hash, key);
    siphash_add_field(&hash, span_text(a));
    siphash_add_field(&hash, span_text(b));
    return siphash_end(&hash);
}

static void fields_do_not_run_into_each_other(void)
{
    CHECK(two_fields("ab", "c") != two_fields("a", "bc"));
    CHECK(two_fields("ab", "c") == two_fields("ab", "c"));
}

CHECK_MAIN(CHECK_TEST(the_vector_of_the_paper), CHECK_TEST(how_the_input_is_cut_does_not_matter),
           CHECK_TEST(lengths_and_keys_differ), CHECK_TEST(fields_do_not_run_into_each_other))
