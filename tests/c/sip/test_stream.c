#include "message.h"

/* What a stream gave, as text: "[message]" in order, "<2>" and "<4>" for keep-alives, "!offset" for an error. */
static char events[65536];

static bool drain(kl_stream *stream)
{
    for (;;) {
        kl_span out;
        int keepalive;
        kl_error err = {0};
        kl_status status = kl_stream_next(stream, &out, &keepalive, &err);
        char *at = events + strlen(events);
        size_t room = sizeof events - (size_t)(at - events);
        if (status == KL_EMORE) return true;
        if (status != KL_OK) {
            snprintf(at, room, "!%lld", (long long)err.offset);
            CHECK_INT(err.status, status);
            return false;
        }
        if (keepalive) {
            CHECK_INT(out.n, keepalive);
            snprintf(at, room, "<%d>", keepalive);
        } else snprintf(at, room, "[%s]", message_text(out));
    }
}

/* Feeds bytes in pieces of `step`, drains after each. */
static void run(kl_span bytes, size_t step, size_t limit)
{
    kl_stream *stream = kl_stream_new(limit);
    kl_error err;
    events[0] = '\0';
    for (size_t i = 0; i < bytes.n; i += step) {
        size_t n = bytes.n - i < step ? bytes.n - i : step;
        if (kl_stream_feed(stream, check_block(bytes.s + i, n), n, &err) != KL_OK || !drain(stream)) break;
    }
    kl_stream_free(stream);
}

static void check_stream_of(kl_span bytes, size_t limit, const char *expected)
{
    static const size_t steps[] = {1, 2, 3, 7, 64, 100000};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        run(bytes, steps[i], limit);
        CHECK_STR(events, expected);
    }
}

/* In every size of pieces the same. "\n" is CRLF. */
static void check_stream(const char *text, size_t limit, const char *expected)
{
    kl_span wire = message_wire(text);
    check_stream_of(wire, limit, expected);
    free((char *)wire.s);
}

#define ONE "INVITE a SIP/2.0\nX: y\nContent-Length: 4\n\n"
#define TWO "SIP/2.0 200 OK\nl : 0\n\n"

static void messages_follow_each_other(void)
{
    check_stream(ONE "body" TWO TWO, 1000, "[" ONE "body][" TWO "][" TWO "]");
    check_stream(ONE "bod", 1000, "");
    check_stream(ONE "body" ONE, 1000, "[" ONE "body]");
    check_stream("", 1000, "");
}

static void line_ends_between_messages_are_pings_and_pongs(void)
{
    check_stream("\n\n" TWO "\n" TWO "\n\n\n\n\n" TWO "\n\n", 1000, "<4>[" TWO "]<2>[" TWO "]<4><4><2>[" TWO "]<4>");
    check_stream("\n", 1000, ""); /* a pong, or half a ping: the next bytes tell */
    check_stream_of(SPAN("\n\r\r\n\r\n\n\nSIP/2.0 1\r\nl:0\r\n\r\n\r\n"), 1000, "<4>[SIP/2.0 1\nl:0\n\n]");
    check_stream_of(SPAN("\r\n\rX"), 1000, "<2>");
}

static void all_ways_to_write_content_length(void)
{
    check_stream(
        "A\nContent-Length:\n 2\n\nxyA\nCONTENT-LENGTH\t:2 \n\nxyA\nL:2\n\nxyA\nl: 2\nContent-Length: 02\n\nxy", 1000,
        "[A\nContent-Length:\n 2\n\nxy][A\nCONTENT-LENGTH\t:2 \n\nxy][A\nL:2\n\nxy][A\nl: 2\nContent-Length: "
        "02\n\nxy]");
    check_stream("A\n fold\nno colon\nX-Content-Length: 9\nl: 1\n\nx", 1000,
                 "[A\n fold\nno colon\nX-Content-Length: 9\nl: 1\n\nx]");
}

static void bare_line_feeds_end_lines(void)
{
    check_stream_of(SPAN("A\nl: 2\n\nxyA\r\nl: 1\n\r\nzA\nl: 1\n\rw"), 1000,
                    "[A\\nl: 2\\n\\nxy][A\nl: 1\\n\nz][A\\nl: 1\\n\\rw]");
}

static void bodies_may_look_like_anything(void)
{
    check_stream("A\nl: 7\n\n\n\nA\n" TWO, 1000, "[A\nl: 7\n\n\n\nA\n][" TWO "]");
}

static void broken_framing_is_an_error_for_good(void)
{
    check_stream(TWO "A\nX: y\n\n" TWO, 1000, "[" TWO "]!9");
    check_stream("A\n\n" TWO, 1000, "!3");
    check_stream("A\nl: -5\n\n", 1000, "!6");
    check_stream("A\nl: 5x\n\n", 1000, "!6");
    check_stream("A\nl:\n\n", 1000, "!5");
    check_stream("A\nl: 99999999999\n\n", 1000, "!6");
    check_stream("A\nl: 1\nl: 2\n\nxy", 1000, "!12");
    check_stream("A\nContent-Length 5\n\n", 1000, "!21");
}

static void limits(void)
{
    /* four line ends of two bytes */
    check_stream(ONE "body" TWO, sizeof ONE "body" - 1 + 4, "[" ONE "body][" TWO "]");
    check_stream(ONE "body" TWO, sizeof ONE "body" - 1 + 3, "!45");
    check_stream(ONE "body", 45, "!45");
    check_stream("aaaaaaaaaaaaaaaaaaaa", 10, "!10");
    check_stream("a\naaaaaaaaaaa\na\n\n", 10, "!10");
    check_stream("\n\n\n\n\n\n\n\n\n\n" TWO, 26, "<4><4><4><4><4>[" TWO "]");
}

static void an_error_is_kept(void)
{
    kl_stream *stream = kl_stream_new(100);
    kl_error err = {0};
    kl_span out;
    int keepalive = 7;
    REQUIRE_INT(kl_stream_feed(stream, "A\r\n\r\n", 5, &err), KL_OK);
    for (int i = 0; i < 3; i++) {
        memset(&err, 0, sizeof err);
        CHECK_INT(kl_stream_next(stream, &out, &keepalive, &err), KL_EPARSE);
        CHECK_INT(keepalive, 0);
        CHECK_INT(err.offset, 3);
        CHECK_INT(err.hint, 400);
        CHECK(strstr(err.text, "Content-Length") != NULL);
        CHECK_INT(kl_stream_feed(stream, "x", 1, &err), KL_EPARSE);
        CHECK_INT(kl_stream_feed(stream, "x", 1, NULL), KL_EPARSE);
    }
    kl_stream_free(stream);
    kl_stream_free(NULL);
}

static void what_was_handed_out_stays_until_the_next_call(void)
{
    kl_stream *stream = kl_stream_new(1000);
    kl_span first, second;
    int keepalive;
    REQUIRE_INT(kl_stream_feed(stream, "A\nl:0\n\nB\nl:0\n\nC", 15, NULL), KL_OK);
    REQUIRE_INT(kl_stream_next(stream, &first, &keepalive, NULL), KL_OK);
    CHECK_SPAN(first, "A\nl:0\n\n");
    REQUIRE_INT(kl_stream_next(stream, &second, &keepalive, NULL), KL_OK);
    CHECK_SPAN(second, "B\nl:0\n\n");
    CHECK_INT(kl_stream_next(stream, &first, &keepalive, NULL), KL_EMORE);
    CHECK_SPAN(second, "B\nl:0\n\n");
    REQUIRE_INT(kl_stream_feed(stream, "\nl:0\n\n", 6, NULL), KL_OK);
    REQUIRE_INT(kl_stream_next(stream, &first, &keepalive, NULL), KL_OK);
    CHECK_SPAN(first, "C\nl:0\n\n");
    kl_stream_free(stream);
}

/* Any bytes in any pieces give the same events. */
static void random_bytes_agree_in_all_pieces(void)
{
    static const char alphabet[] = "\r\n\r\n\r\nAl:0123 ";
    static char whole[sizeof events];
    unsigned state = 7;
    for (int round = 0; round < 3000; round++) {
        char bytes[48];
        for (size_t i = 0; i < sizeof bytes; i++) {
            state = state * 1103515245 + 12345;
            bytes[i] = alphabet[(state >> 16) % (sizeof alphabet - 1)];
        }
        run(span_of(bytes, sizeof bytes), sizeof bytes, 30);
        memcpy(whole, events, strlen(events) + 1);
        for (size_t step = 1; step < 6; step++) {
            run(span_of(bytes, sizeof bytes), step, 30);
            CHECK_STR(events, whole);
        }
        check_free_copies();
    }
}

#ifdef KEMILUA_FAIL_ALLOC
static void failing_allocations_are_errors(void)
{
    long before = mem_live();
    mem_fail_after(1, 0);
    CHECK(!kl_stream_new(10));
    kl_stream *stream = kl_stream_new(1000);
    kl_span out;
    int keepalive;
    mem_fail_after(1, 1);
    CHECK_INT(kl_stream_feed(stream, "A\nl:0\n\n", 7, NULL), KL_ENOMEM);
    mem_fail_after(0, 0);
    CHECK_INT(kl_stream_next(stream, &out, &keepalive, NULL), KL_ENOMEM);
    kl_stream_free(stream);
    CHECK_INT(mem_live(), before);
}
#endif

CHECK_MAIN(CHECK_TEST(messages_follow_each_other), CHECK_TEST(line_ends_between_messages_are_pings_and_pongs),
           CHECK_TEST(all_ways_to_write_content_length), CHECK_TEST(bare_line_feeds_end_lines),
           CHECK_TEST(bodies_may_look_like_anything), CHECK_TEST(broken_framing_is_an_error_for_good),
           CHECK_TEST(limits), CHECK_TEST(an_error_is_kept),
#ifdef KEMILUA_FAIL_ALLOC
           CHECK_TEST(failing_allocations_are_errors),
#endif
           CHECK_TEST(what_was_handed_out_stays_until_the_next_call), CHECK_TEST(random_bytes_agree_in_all_pieces))
