#include "check.h"

#include <ctype.h>

#include "base/span.h"

static void comparisons_go_by_byte_or_fold_ascii(void)
{
    CHECK(span_eq(SPAN(""), SPAN_NULL));
    CHECK(span_eq(SPAN("a\0b"), span_of("a\0b", 3)));
    CHECK(!span_eq(SPAN("a"), SPAN("A")));
    CHECK(span_eqi(SPAN("Via-1"), SPAN("vIA-1")));
    CHECK(!span_eqi(SPAN("\xc3\x84"), SPAN("\xc3\xa4")));
    CHECK(!span_eqi(SPAN("@"), SPAN("`")));
    CHECK(span_starts(SPAN("sip:a"), SPAN("sip:")) && !span_starts(SPAN("si"), SPAN("sip:")));
    CHECK(span_startsi(SPAN("SIP:a"), SPAN("sip:")) && span_startsi(SPAN("x"), SPAN("")));
}

/* in the C locale: ASCII alone */
static bool folded(unsigned char a, unsigned char b) { return tolower(a) == tolower(b); }

/* Whole words, and a last one that begins within the one before: each byte at each place of each length. */
static void long_texts_fold_as_short_ones(void)
{
    for (size_t n = 1; n <= 20; n++) {
        char *a = check_edge("qqqqqqqqqqqqqqqqqqqq", n), *b = check_edge("QQQQQQQQQQQQQQQQQQQQ", n);
        for (size_t at = 0; at < n; a[at] = 'q', b[at] = 'Q', at++)
            for (int one = 0; one < 256; one++) {
                a[at] = (char)one, b[at] = (char)(one ^ 0x20);
                CHECK_INT(span_eqi(span_of(a, n), span_of(b, n)),
                          folded((unsigned char)one, (unsigned char)(one ^ 0x20)));
                b[at] = (char)(one ^ 0x80);
                CHECK(!span_eqi(span_of(a, n), span_of(b, n)));
            }
    }
    CHECK(!span_eqi(SPAN("application"), SPAN("applicatio")) && span_eqi(SPAN_NULL, SPAN("")));
}

static void searches_stay_inside(void)
{
    kl_span text = span_of(check_edge("aab;aac", 7), 7);
    CHECK(span_find(text, ';') == text.s + 3 && !span_find(text, 'x') && !span_find(SPAN_NULL, 'x'));
    CHECK(span_rfind(text, 'a') == text.s + 5 && !span_rfind(text, 'x') && !span_rfind(SPAN_NULL, 'x'));
    CHECK(span_search(text, SPAN("aac")) == text.s + 4);
    CHECK(span_search(text, SPAN("c")) == text.s + 6);
    CHECK(!span_search(text, SPAN("acx")) && !span_search(SPAN("a"), SPAN("ab")));
    CHECK(span_search(text, SPAN("")) == text.s);
}

static void trim_takes_blanks_and_line_ends(void)
{
    CHECK_SPAN(span_trim(SPAN(" \t\r\n a b \r\n")), "a b");
    CHECK_SPAN(span_trim(SPAN(" \r\n")), "");
    CHECK_SPAN(span_trim(SPAN("")), "");
}

static void uint_takes_all_or_nothing(void)
{
    uint64_t n = 7;
    CHECK(span_uint(SPAN("0"), 0, &n) && n == 0);
    CHECK(span_uint(SPAN("0065535"), 65535, &n) && n == 65535);
    CHECK(span_uint(SPAN("18446744073709551615"), UINT64_MAX, &n) && n == UINT64_MAX);
    n = 7;
    CHECK(!span_uint(SPAN("18446744073709551616"), UINT64_MAX, &n));
    CHECK(!span_uint(SPAN("65536"), 65535, &n) && !span_uint(SPAN("9"), 8, &n));
    CHECK(!span_uint(SPAN(""), 9, &n) && !span_uint(SPAN("-1"), 9, &n) && !span_uint(SPAN("1 "), 9, &n) &&
          !span_uint(SPAN("+1"), 9, &n));
    CHECK_INT(n, 7);
}

static void int_prefix_saturates(void)
{
    static const struct {
        const char *text;
        int64_t value;
        size_t used;
    } rows[] = {
        {"12abc", 12, 2},
        {"-12", -12, 3},
        {"+7x", 7, 2},
        {"", 0, 0},
        {"-", 0, 0},
        {"x1", 0, 0},
        {"0", 0, 1},
        {"9223372036854775807", INT64_MAX, 19},
        {"9223372036854775808", INT64_MAX, 19},
        {"99999999999999999999", INT64_MAX, 20},
        {"-9223372036854775808", INT64_MIN, 20},
        {"-99999999999999999999", INT64_MIN, 21},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t n = 1;
        CHECK_INT(span_int_prefix(span_text(rows[i].text), &n), rows[i].used);
        CHECK_INT(n, rows[i].value);
    }
}

static void classes_are_those_of_rfc_3261(void)
{
    for (int c = 0; c < 256; c++) {
        bool digit = c >= '0' && c <= '9', alpha = (c | 32) >= 'a' && (c | 32) <= 'z' && c < 128, known = c && c < 128;
        CHECK_INT(char_is((char)c, SPAN_DIGIT), digit);
        CHECK_INT(char_is((char)c, SPAN_ALPHA), alpha);
        CHECK_INT(char_is((char)c, SPAN_HEX), digit || (alpha && (c | 32) <= 'f'));
        CHECK_INT(char_is((char)c, SPAN_TOKEN), digit || alpha || (known && strchr("-.!%*_+`'~", c)));
        CHECK_INT(char_is((char)c, SPAN_NAME), digit || alpha || (known && strchr("-._+~", c)));
        CHECK_INT(char_is((char)c, SPAN_HOST), digit || alpha || c == '-' || c == '.');
        CHECK_INT(char_is((char)c, SPAN_UNRESERVED), digit || alpha || (known && strchr("-_.!~*'()", c)));
        CHECK_INT(char_is((char)c, SPAN_WS), c == ' ' || c == '\t' || c == '\r' || c == '\n');
    }
}

static void pieces_are_cut_off_until_nothing_is_left(void)
{
    kl_span rest = SPAN("a;;bc;");
    CHECK_SPAN(span_cut(&rest, ';'), "a");
    CHECK_SPAN(span_cut(&rest, ';'), "");
    CHECK_SPAN(rest, "bc;");
    CHECK_SPAN(span_cut(&rest, ';'), "bc");
    CHECK_SPAN(rest, "");
    rest = SPAN("whole");
    CHECK_SPAN(span_cut(&rest, ';'), "whole");
    CHECK_SPAN(rest, "");
    CHECK_SPAN(span_cut(&rest, ';'), "");
    rest = SPAN_NULL;
    CHECK(span_cut(&rest, ';').n == 0 && rest.n == 0);
}

CHECK_MAIN(CHECK_TEST(comparisons_go_by_byte_or_fold_ascii), CHECK_TEST(long_texts_fold_as_short_ones),
           CHECK_TEST(searches_stay_inside), CHECK_TEST(pieces_are_cut_off_until_nothing_is_left),
           CHECK_TEST(trim_takes_blanks_and_line_ends), CHECK_TEST(uint_takes_all_or_nothing),
           CHECK_TEST(int_prefix_saturates), CHECK_TEST(classes_are_those_of_rfc_3261))
