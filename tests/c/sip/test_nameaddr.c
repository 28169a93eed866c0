#include "check.h"

#include "sip/nameaddr.h"

static sip_nameaddr parsed;
static kl_error failure;

/* The fields of a body that must be good, in `parsed`. */
static int good(const char *text)
{
    size_t n = strlen(text);
    memset(&parsed, 0, sizeof parsed);
    return check_that(sip_nameaddr_parse(span_of(check_edge(text, n), n), &parsed, &failure) == KL_OK, text, __FILE__,
                      __LINE__);
}

static void check_bad(const char *text, int offset)
{
    size_t n = strlen(text);
    sip_nameaddr out;
    check_int(sip_nameaddr_parse(span_of(check_edge(text, n), n), &out, &failure), KL_EPARSE, text, __FILE__, __LINE__);
    check_int(failure.offset, offset, text, __FILE__, __LINE__);
}

static void a_quoted_name_keeps_its_quotes(void)
{
    REQUIRE(good("\"Al \\\"x\\\" B, <C>\" <sip:al@h;p=q>;tag=zz;foo"));
    CHECK_SPAN(parsed.display, "\"Al \\\"x\\\" B, <C>\"");
    CHECK_SPAN(parsed.uri, "sip:al@h;p=q");
    CHECK_SPAN(parsed.params, "tag=zz;foo");
    CHECK_SPAN(parsed.tag, "zz");
    CHECK(parsed.brackets && !parsed.star);
    REQUIRE(good("\"\"<sip:a@b>"));
    CHECK_SPAN(parsed.display, "\"\"");
}

static void unquoted_names_may_have_many_words(void)
{
    REQUIRE(good("Bell, Alexander \t <sip:a.g.bell@example.com>;tag=43"));
    CHECK_SPAN(parsed.display, "Bell, Alexander");
    CHECK_SPAN(parsed.uri, "sip:a.g.bell@example.com");
    REQUIRE(good("caller<sip:caller@example.com>"));
    CHECK_SPAN(parsed.display, "caller");
    REQUIRE(good("token1~` token2'+_ token3*%!.- <sip:m@h>;fromParam''~+*_!.-%=\"\xd1\x80\";tag=_token~1'+`*%!-."));
    CHECK_SPAN(parsed.display, "token1~` token2'+_ token3*%!.-");
    CHECK_SPAN(parsed.tag, "_token~1'+`*%!-.");
}

static void bare_addresses_leave_parameters_to_the_header(void)
{
    REQUIRE(good("sip:a@b;tag=1;x=2"));
    CHECK_SPAN(parsed.uri, "sip:a@b");
    CHECK_SPAN(parsed.params, "tag=1;x=2");
    CHECK_SPAN(parsed.display, "");
    CHECK(!parsed.brackets);
    REQUIRE(good("  sip:a@b  "));
    CHECK_SPAN(parsed.text, "sip:a@b");
    CHECK_SPAN(parsed.uri, "sip:a@b");
    CHECK(!parsed.tag.s && !parsed.params.s);
    REQUIRE(good("*"));
    CHECK(parsed.star);
}

static void blanks_and_folds(void)
{
    REQUIRE(good("\r\n  < sip:a@b >\r\n ;\r\n  tag = 98asjd8 ; q = 0.5;expires\t=\t60"));
    CHECK_SPAN(parsed.uri, "sip:a@b");
    CHECK_SPAN(parsed.tag, "98asjd8");
    CHECK_SPAN(parsed.q, "0.5");
    CHECK_SPAN(parsed.expires, "60");
    REQUIRE(good("\"J Rosenberg \\\\\\\"\"       <sip:j@e.com>\r\n  ;\r\n  tag = 98"));
    CHECK_SPAN(parsed.display, "\"J Rosenberg \\\\\\\"\"");
}

static void parameter_values(void)
{
    REQUIRE(good("<sip:a@b>;x;y=;tag;q=\"v, \\\"w\""));
    CHECK(!parsed.tag.s);
    CHECK_SPAN(parsed.q, "v, \\\"w");
    REQUIRE(good("<sip:a@b>;tag="));
    CHECK(parsed.tag.s && parsed.tag.n == 0);
    REQUIRE(good("<sip:a@b>;TAG=1;Tag=2"));
    CHECK_SPAN(parsed.tag, "2");
    REQUIRE(good("<sip:a@b>;tag=a,b"));
    CHECK_SPAN(parsed.tag, "a,b");
}

static void malformed_bodies(void)
{
    check_bad("", 0);
    check_bad("  ", 2);
    check_bad("\"Mr. J. User <sip:j.user@example.com>", 37);
    check_bad("\"a\" sip:a@b", 4);
    check_bad("\"a\r\n b\" <sip:a@b>", 2);
    check_bad("<>", 1);
    check_bad("<sip:a@b", 8);
    check_bad("<sip:a@b ;x>", 9);
    check_bad("<sip:a\"b>", 6);
    check_bad("<sip:a@b> x", 10);
    check_bad("<sip:a@b>;", 10);
    check_bad("<sip:a@b>;;x", 10);
    check_bad("<sip:a@b>;=x", 10);
    check_bad("<sip:a@b>;x=a=b", 13);
    check_bad("<sip:a@b>;x=a\"b", 13);
    check_bad("<sip:a@b>;x=\"a", 14);
    check_bad("<sip:a@b>;x,y=1", 11);
    check_bad("<sip:a@b>;tagx=1,2", 16);
    check_bad("a b", 3);
    check_bad("a b;x", 3);
    check_bad("sip:a@b>", 7);
    check_bad("sip:\\a@b", 4);
    check_bad("<sip:a@b>\r;x", 9);
}

static void nul_stands_only_behind_a_backslash(void)
{
    sip_nameaddr out;
    CHECK_INT(sip_nameaddr_parse(SPAN("\"a\\\0b\" <sip:a@b>"), &out, NULL), KL_OK);
    CHECK_INT(sip_nameaddr_parse(SPAN("\"a\0b\" <sip:a@b>"), &out, NULL), KL_EPARSE);
    CHECK_INT(sip_nameaddr_parse(SPAN("<sip:a\0@b>"), &out, NULL), KL_EPARSE);
    CHECK_INT(sip_nameaddr_parse(SPAN("sip:a@b;x=\0"), &out, NULL), KL_EPARSE);
}

static void lists_are_walked_value_by_value(void)
{
    static const char text[] = "\"A, B\" <sip:a@b,c>;q=\"1,2\";tag=1 ,\r\n <sip:c@d>, sip:e@f;expires=5";
    kl_span rest = span_of(check_edge(text, sizeof text - 1), sizeof text - 1);
    sip_nameaddr out;
    REQUIRE(sip_nameaddr_next(&rest, &out, NULL) == KL_OK);
    CHECK_SPAN(out.text, "\"A, B\" <sip:a@b,c>;q=\"1,2\";tag=1");
    CHECK_SPAN(out.uri, "sip:a@b,c");
    CHECK_SPAN(out.q, "1,2");
    REQUIRE(sip_nameaddr_next(&rest, &out, NULL) == KL_OK);
    CHECK_SPAN(out.text, "<sip:c@d>");
    REQUIRE(sip_nameaddr_next(&rest, &out, NULL) == KL_OK);
    CHECK_SPAN(out.uri, "sip:e@f");
    CHECK_SPAN(out.expires, "5");
    CHECK_INT(sip_nameaddr_next(&rest, &out, NULL), KL_ENOENT);
}

static void malformed_lists(void)
{
    static const char *const rows[] = {
        ",", "<sip:a@b>,", "<sip:a@b>,,<sip:c@d>", "A B, <sip:a@b>", "<sip:a@b>;x,", "<sip:a@b> <sip:c@d>"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i]);
        kl_span rest = span_of(check_edge(rows[i], n), n);
        sip_nameaddr out;
        kl_status status;
        int steps = 0;
        while ((status = sip_nameaddr_next(&rest, &out, &failure)) == KL_OK) REQUIRE(++steps < 5);
        CHECK_INT(status, KL_EPARSE);
    }
}

static void elements_of_any_list(void)
{
    static const char text[] = " a , \"b, \\\" c\" <x,y>;z=\",\",,d\"";
    static const char *const expected[] = {"a", "\"b, \\\" c\" <x,y>;z=\",\"", "", "d\""};
    kl_span rest = span_of(check_edge(text, sizeof text - 1), sizeof text - 1), element;
    for (size_t i = 0; i < 4; i++) {
        REQUIRE(sip_list_next(&rest, &element));
        check_mem(element.s, element.n, expected[i], strlen(expected[i]), expected[i], __FILE__, __LINE__);
    }
    CHECK(!sip_list_next(&rest, &element));
}

CHECK_MAIN(CHECK_TEST(a_quoted_name_keeps_its_quotes), CHECK_TEST(unquoted_names_may_have_many_words),
           CHECK_TEST(bare_addresses_leave_parameters_to_the_header), CHECK_TEST(blanks_and_folds),
           CHECK_TEST(parameter_values), CHECK_TEST(malformed_bodies), CHECK_TEST(nul_stands_only_behind_a_backslash),
           CHECK_TEST(lists_are_walked_value_by_value), CHECK_TEST(malformed_lists), CHECK_TEST(elements_of_any_list))
