/* HMAC: the test cases of RFC 4231 (with SHA-2) and RFC 2202 (with SHA-1), as far as they differ in what they ask for.
 */
#include "check.h"

#include "base/codec.h"
#include "base/hmac.h"

typedef struct vector {
    const char *key, *text; /* in hex */
    const char *sha1, *sha256, *sha384, *sha512;
} vector;

static const vector vectors[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
};

static kl_arena arena;

static kl_span bytes_of(const char *hex)
{
    char *room = arena_alloc(&arena, strlen(hex) + 1);
    return room ? span_of(room, hex_decode(span_text(hex), room)) : SPAN_NULL;
}

static void check_one(const hmac_hash *with, const vector *v, const char *expected)
{
    uint8_t out[DIGEST_MAX_SIZE];
    char hex[2 * DIGEST_MAX_SIZE];
    REQUIRE(hmac_of(&arena, with, bytes_of(v->key), bytes_of(v->text), out));
    digest_hex(out, with->size, hex);
    CHECK_MEM(hex, 2 * with->size, expected, strlen(expected));
}

static void published_vectors(void)
{
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        check_one(&hmac_sha1, &vectors[i], vectors[i].sha1);
        check_one(&hmac_sha256, &vectors[i], vectors[i].sha256);
        check_one(&hmac_sha384, &vectors[i], vectors[i].sha384);
        check_one(&hmac_sha512, &vectors[i], vectors[i].sha512);
    }
    arena_free(&arena);
}

/* Test case 6 of RFC 4231: 131 bytes of 0xaa. */
static void a_key_longer_than_a_block_is_hashed_first(void)
{
    uint8_t out[DIGEST_MAX_SIZE];
    char key[131], hex[2 * SHA256_SIZE];
    arena_init(&arena, 0);
    memset(key, 0xaa, sizeof key);
    const kl_span text = SPAN("Test Using Larger Than Block-Size Key - Hash Key First");
    REQUIRE(hmac_of(&arena, &hmac_sha256, span_of(key, sizeof key), text, out));
    digest_hex(out, SHA256_SIZE, hex);
    CHECK_MEM(hex, sizeof hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", sizeof hex);
    arena_free(&arena);
}

static void digests_are_equal_or_not(void)
{
    CHECK(digest_equal(SPAN("abc"), SPAN("abc")) && digest_equal(SPAN_NULL, SPAN("")));
    CHECK(!digest_equal(SPAN("abc"), SPAN("abd")) && !digest_equal(SPAN("xbc"), SPAN("abc")));
    CHECK(!digest_equal(SPAN("abc"), SPAN("ab")) && !digest_equal(SPAN(""), SPAN("a")));
}

static void nothing_is_a_key_and_a_text_too(void)
{
    uint8_t out[DIGEST_MAX_SIZE];
    char hex[2 * SHA256_SIZE];
    arena_init(&arena, 0);
    REQUIRE(hmac_of(&arena, &hmac_sha256, SPAN_NULL, SPAN_NULL, out));
    digest_hex(out, SHA256_SIZE, hex);
    CHECK_MEM(hex, sizeof hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", sizeof hex);
    arena_free(&arena);
}

CHECK_MAIN(CHECK_TEST(published_vectors), CHECK_TEST(a_key_longer_than_a_block_is_hashed_first),
           CHECK_TEST(digests_are_equal_or_not), CHECK_TEST(nothing_is_a_key_and_a_text_too))
