/* Types of bodies and their parts. The expectations were seen on a running Kamailio, but for those marked ours. */
#include "built.h"

#include "sip/mime.h"

#define HEAD                                                                                                           \
    "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: "     \
    "c\nCSeq: 1 OPTIONS\n"
#define BODY "--b\nContent-Type: a/b\n\none\n--b\nX: 1\nc : C/D\n\ntwo\n--b--\n"

/* ---- types */

static void a_type_and_what_follows(void)
{
    mime_type mime;
    REQUIRE(mime_parse(SPAN(" multipart / mixed ;x=y"), &mime));
    CHECK_SPAN(mime.type, "multipart");
    CHECK_SPAN(mime.subtype, "mixed");
    CHECK_SPAN(mime.params, ";x=y");
    REQUIRE(mime_parse(SPAN("a/b"), &mime));
    CHECK_INT(mime.params.n, 0);
    static const char *const bad[] = {"", "a", "a/", "/b", "a b/c", "a/b c", "a/b/c"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!mime_parse(span_text(bad[i]), &mime));
}

static bool same(const char *a, const char *b)
{
    mime_type x, y;
    return mime_parse(span_text(a), &x) && mime_parse(span_text(b), &y) && mime_same(&x, &y);
}

static void what_is_not_known_is_one_type(void)
{
    CHECK(same("application/sdp", "Application/SDP;x=y"));
    CHECK(same("application/one", "application/two"));
    CHECK(same("one/plain", "two/plain"));
    CHECK(!same("application/sdp", "application/one"));
    CHECK(!same("application/one", "text/one"));
    CHECK(!same("text/*", "text/*"));
    CHECK(!same("*/*", "*/*"));
}

static void a_boundary(void)
{
    kl_span boundary;
    REQUIRE(mime_boundary(SPAN("; charset=x ; Boundary=\"b c\""), &boundary));
    CHECK_SPAN(boundary, "b c");
    CHECK(!mime_boundary(SPAN(";boundary=\"\""), &boundary));
    CHECK(!mime_boundary(SPAN(";boundary"), &boundary));
    CHECK(!mime_boundary(SPAN(", boundary=b"), &boundary));
    CHECK(!mime_boundary(SPAN(""), &boundary));
}

/* ---- parts */

/* In a block of its own size, so that one byte too far is seen. */
static void find(const char *text, const char *type, const char *content, const char *delimiter)
{
    const kl_span wire = message_wire(text);
    char *exact = malloc(wire.n + !wire.n);
    mime_part part;
    REQUIRE(exact);
    memcpy(exact, wire.s, wire.n);
    const bool found = mime_part_find(span_of(exact, wire.n), SPAN("b"), span_text(type), &part);
    CHECK(found == (content != NULL));
    if (found && content) {
        CHECK_STR(message_text(part.content), content);
        CHECK_STR(message_text(part.delimiter), delimiter);
        CHECK(part.line.s + part.line.n == part.content.s && part.content.s + part.content.n == part.delimiter.s);
    }
    free(exact);
    free((void *)wire.s);
}

static void parts_by_type(void)
{
    find(BODY, "A/B", "\none\n", "--b\n");
    find(BODY, "c/d", "\ntwo\n", "--b--\n");
    find(BODY, "a", NULL, NULL);
    find(BODY, "", NULL, NULL);
    find("", "a/b", NULL, NULL);
    find("Content-Type: a/b\n--bb", "a/b", "", "--bb");
    find("Content-Type: a/b;c=d\n\n--b\n", "a/b", NULL, NULL);
    find("Content-Type:\n a/b\n\n--b\n", "a/b", NULL, NULL);
    find("Content-Type: a/b\n\none\n", "a/b", NULL, NULL);
    find("Content-Type: a/b", "a/b", NULL, NULL);
    find(":\n--b\n", "a/b", NULL, NULL);
}

static void closes_least(size_t least, const char *text, const char *expected)
{
    const kl_span wire = message_wire(text);
    char *closed = malloc(wire.n + MIME_CLOSE_MORE);
    REQUIRE(closed);
    const size_t n = mime_close(wire, SPAN("b"), least, closed);
    CHECK((n == SIZE_MAX) == (expected == NULL));
    if (expected && n != SIZE_MAX) CHECK_STR(message_text(span_of(closed, n)), expected);
    free(closed);
    free((void *)wire.s);
}

static void closes(const char *text, const char *expected) { closes_least(2, text, expected); }

static void a_body_whose_last_part_went_still_closes(void)
{
    closes_least(1, "--b\n", "--b--\n");
    closes_least(1, "before\n--b  \nbehind\n", "--b--\n");
    closes_least(1, "--b\none\n--b\n", "--b\none\n--b--\n");
    closes_least(1, "one\n", NULL);
    closes_least(1, "", NULL);
}

static void the_last_delimiter_closes(void)
{
    closes("--b\none\n--b--\ntwo\n--b\n", "--b\none\n--b\ntwo\n--b--\n");
    closes("before\n--b\none\n--b--\nbehind\n", "--b\none\n--b--\n");
    closes("--b  \none\n--bb", "--b\none\n--b--\n");
    closes("--b\n--b", "--b\n--b--\n");
    closes("--b\none\n", NULL);
    closes("one\n", NULL);
    closes("", NULL);
}

/* ---- sent */

#define MIXED HEAD "Content-Type: multipart/mixed;boundary=b\nContent-Length: 65\n\n" BODY

static void start_mixed(void)
{
    start(MIXED);
    msg.msg_flags |= SIP_MSG_MULTIPART;
}

static const char *built(void) { return build_message(&msg, &out) ? message_text(buf_span(&out)) : ""; }

static void parts_of_a_changed_body(void)
{
    start_mixed();
    mime_part part;
    REQUIRE(mime_part_find(msg.body, SPAN("b"), SPAN("c/d"), &part));
    edit_cut(&msg, span_between(part.line.s, part.delimiter.s + part.delimiter.n));
    CHECK_STR(built(), HEAD
              "Content-Type: multipart/mixed;boundary=b\nContent-Length: 38\n\n--b\nContent-Type: a/b\n\none\n--b--\n");
    finish();
}

static void a_new_body_needs_the_delimiters_of_its_type(
    void) /* ours: the body, that is; Kamailio 6.2 sends the old one too */
{
    start_mixed();
    edit_body(&msg, SPAN("--x\r\none\r\n--x--\r\n"), SPAN_NULL);
    CHECK_STR(built(), HEAD "Content-Type: multipart/mixed;boundary=b\nContent-Length: 65\n\n" BODY);
    finish();
    start_mixed();
    edit_body(&msg, SPAN("--x\r\none\r\n--x--\r\n"), SPAN("multipart/mixed;boundary=x"));
    CHECK_STR(built(), HEAD "Content-Length: 17\nContent-Type: multipart/mixed;boundary=x\n\n--x\none\n--x--\n");
    finish();
}

#ifdef KEMILUA_FAIL_ALLOC
static void memory_may_end(void)
{
    for (long n = 1; n < 12; n++) {
        start_mixed();
        edit_replace(&msg, span_of(msg.body.s + msg.body.n, 0), SPAN("Content-Type: e/f\r\n\r\nthree\r\n--b\r\n"));
        mem_fail_after(n, 1);
        const bool good = build_message(&msg, &out);
        mem_fail_after(0, 0);
        CHECK(!good || out.n > msg.len);
        CHECK(strstr(built(), "three\n--b--\n") != NULL);
        finish();
    }
}
#endif

CHECK_MAIN(CHECK_TEST(a_type_and_what_follows), CHECK_TEST(what_is_not_known_is_one_type), CHECK_TEST(a_boundary),
           CHECK_TEST(parts_by_type), CHECK_TEST(the_last_delimiter_closes),
           CHECK_TEST(a_body_whose_last_part_went_still_closes), CHECK_TEST(parts_of_a_changed_body),
#ifdef KEMILUA_FAIL_ALLOC
           CHECK_TEST(memory_may_end),
#endif
           CHECK_TEST(a_new_body_needs_the_delimiters_of_its_type))
