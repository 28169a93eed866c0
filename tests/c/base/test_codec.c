/* Hex, base64, base58 and GSM 7-bit: both ways, malformed input, and what Kamailio makes of garbage. */
#include "base/codec.h"

#include "check.h"

typedef struct sample {
    kl_span bytes;
    const char *base64, *base64url, *base58;
} sample;

static const sample samples[] = {
    {{"", 0}, "", "", ""},
    {{"\000", 1}, "AA==", "AA==", "1"},
    {{"\000\000a", 3}, "AABh", "AABh", "112g"},
    {{"hello", 5}, "aGVsbG8=", "aGVsbG8=", "Cn8eVZg"},
    {{"\377\377", 2}, "//8=", "__8=", "LUv"},
    {{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40},
     "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYQ==",
     "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYQ==",
     "5qe1JLrnhbFh6at2dvJ27cLsM5ycZcGMSH6NSw6mxu8LTLW8Rhewo8L"},
    {{"\000\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\021\022\023\024\025\026\027\030\031\032\033"
      "\034\035\036\037 !\042#$%&'()*+,-./0123456789:;",
      60},
     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7",
     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7",
     "13M8BTbsntPXS4Jc3nR9gshdMfLQpgXwMuXFKoDid8g79Qnb25uB7r8VHpFbZnDT22tzyaXxtbdPd5n6e"},
    {{"hello world", 11}, "aGVsbG8gd29ybGQ=", "aGVsbG8gd29ybGQ=", "StV1DL6CwTryKyV"},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static char room[512];

static kl_span exact(kl_span text) { return span_of(check_block(text.s, text.n), text.n); }

static kl_span block(const char *text) { return exact(span_text(text)); }

static void encode_and_decode(void)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        const sample *s = &samples[i];
        kl_span bytes = exact(s->bytes);
        size_t n = base64_encode(bytes, false, true, room);
        CHECK_MEM(room, n, s->base64, strlen(s->base64));
        n = base64_encode(bytes, true, true, room);
        CHECK_MEM(room, n, s->base64url, strlen(s->base64url));
        n = base58_encode(bytes, room);
        CHECK_MEM(room, n, s->base58, strlen(s->base58));
        CHECK(n <= base58_encode_bound(bytes.n));
        n = base64_decode_lax(block(s->base64), false, room);
        CHECK_MEM(room, n, bytes.s, bytes.n);
        n = base64_decode_url(block(s->base64url), room);
        CHECK_MEM(room, n, bytes.s, bytes.n);
        n = base58_decode(block(s->base58), room);
        CHECK_MEM(room, n, bytes.s, bytes.n);
        n = hex_encode(bytes, room);
        kl_span hex = exact(span_of(room, n));
        n = hex_decode(hex, room);
        CHECK_MEM(room, n, bytes.s, bytes.n);
    }
}

static void unpadded_base64(void)
{
    size_t n = base64_encode(SPAN("hello"), false, false, room);
    CHECK_MEM(room, n, "aGVsbG8", 7);
    CHECK(base64_decode_lax(block("aGVsbG8"), false, room) == CODEC_BAD);
    n = base64_decode_lax(block("aGVsbG8"), true, room);
    CHECK_MEM(room, n, "hello", 5);
    n = base64_decode_url(block("aGVsbG8"), room);
    CHECK_MEM(room, n, "hello", 5);
    CHECK(base64_decode_url(block("a?=="), room) == CODEC_BAD);
    CHECK_INT(base64_decode_url(block("a"), room), 0);
}

/* Recorded from Kamailio: bytes outside the alphabet count as 255. */
static void garbage_base64(void)
{
    static const struct {
        const char *in;
        kl_span out;
    } cases[] = {
        {"12.5", {"\xd7\x7f\xf9", 3}},
        {"0012", {"\xd3\x4d\x76", 3}},
        {"====", {"\xff", 1}},
        {"a===", {"o", 1}},
        {"YQ==YQ==",
         {"a?\xff"
          "a",
          4}},
        {"a b=", {"o\xf6", 2}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = base64_decode_lax(block(cases[i].in), false, room);
        CHECK_MEM(room, n, cases[i].out.s, cases[i].out.n);
    }
    size_t n = base64_decode_lax(block("aGVsb"), true, room);
    CHECK_MEM(room, n, "helo", 4);
    n = base64_decode_lax(block("YQ="), true, room);
    CHECK_MEM(room, n, "a", 1);
    n = base64_decode_lax(block("aGVsbG8=\n"), true, room);
    CHECK_MEM(room, n, "hello\xff\xff", 7);
}

static void hex_edges(void)
{
    CHECK_INT(hex_decode(block(""), room), 0);
    CHECK_INT(hex_decode(block("4"), room), 0);
    CHECK_INT(hex_decode(block("486"), room), 1);
    CHECK(hex_decode(block("4g"), room) == CODEC_BAD);
    CHECK(hex_decode(block("g4"), room) == CODEC_BAD);
    CHECK(base58_decode(block("0OIl"), room) == CODEC_BAD);
}

static void gsm_packing(void)
{
    static const struct {
        const char *text, *packed;
    } cases[] = {
        {"", ""},
        {"a", "61"},
        {"hello", "E8329BFD06"},
        {"1234567", "31D98C56B3DD00"},
        {"12345678", "31D98C56B3DD70"},
        {"user@example.com", "F579590E2CE3C36D38BBEC1ABFDB"},
        {"tel:+1234;phone-context=x", "F4325BB78AC966B41D1CFD76975BE3B79B5EC6D37B78"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kl_span text = block(cases[i].text);
        size_t n = gsm7_encode(text, room);
        CHECK_MEM(room, n, cases[i].packed, strlen(cases[i].packed));
        CHECK(n <= gsm7_encode_bound(text.n));
        kl_span packed = exact(span_of(room, n));
        n = gsm7_decode(packed, room);
        CHECK(n <= gsm7_decode_bound(packed.n));
        if (text.n % 8 == 7) CHECK_INT(n, text.n + 1); /* seven bits are left over: a NUL, as Kamailio has it */
        CHECK_MEM(room, text.n, text.s, text.n);
    }
    size_t n = gsm7_encode(block("\xff\xfe"), room);
    CHECK_MEM(room, n, "FF7F", 4);
    CHECK(gsm7_decode(block("zz"), room) == CODEC_BAD);
    CHECK_INT(gsm7_decode(block("E"), room), 0);
}

CHECK_MAIN(CHECK_TEST(encode_and_decode), CHECK_TEST(unpadded_base64), CHECK_TEST(garbage_base64),
           CHECK_TEST(hex_edges), CHECK_TEST(gsm_packing))
