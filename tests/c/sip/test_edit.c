/* Where changes to headers land. The expectations were seen on a running Kamailio, but for those marked ours. */
#include "built.h"
#include "sip/build.h"

static const char plain[] = "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: "
                            "<sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n"
                            "X: 1\nX: 2\n\n";
#define HEAD "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: <sip:t@h>\n"
#define FROM "From: <sip:f@h>;tag=a\n"
#define REST "Call-ID: c\nCSeq: 1 OPTIONS\n"

static const sip_hdr *hdr(const char *name) { return msg_hdr_named(&msg, span_text(name)); }

static void remove_x(void)
{
    for (const sip_hdr *h = hdr("X"); h; h = msg_hdr_next(&msg, h)) CHECK(edit_remove(&msg, h));
}

static void expect(const char *text)
{
    CHECK(build_message(&msg, &out));
    CHECK_WIRE(buf_span(&out), text);
    finish();
}

static void nothing_changed_gives_the_same_bytes(void)
{
    start(plain);
    expect(plain);
}

static void appended_headers_keep_call_order(void)
{
    start(plain);
    CHECK(edit_append(&msg, SPAN("A: 1\r\n")));
    CHECK(edit_append(&msg, SPAN("B: 2\r\n")));
    expect(HEAD FROM REST "X: 1\nX: 2\nA: 1\nB: 2\n\n");
}

static void text_without_line_end_is_glued_to_what_follows(void)
{
    start(plain);
    CHECK(edit_append(&msg, SPAN("A: 1")));
    expect(HEAD FROM REST "X: 1\nX: 2\nA: 1\n");
}

static void inserted_headers_come_first_in_call_order(void)
{
    start(plain);
    CHECK(edit_insert(&msg, SPAN("A: 1\r\n")));
    CHECK(edit_before(&msg, hdr("Via"), SPAN("B: 2\r\n")));
    expect("OPTIONS sip:u@h SIP/2.0\nA: 1\nB: 2\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: "
           "<sip:t@h>\n" FROM REST "X: 1\nX: 2\n\n");
}

static void after_one_and_before_the_next_is_one_place(void)
{
    start(plain);
    CHECK(edit_before(&msg, hdr("X"), SPAN("Y: 2\r\n")));
    CHECK(edit_after(&msg, hdr("CSeq"), SPAN("Y: 1\r\n")));
    expect(HEAD FROM REST "Y: 2\nY: 1\nX: 1\nX: 2\n\n");
    start(plain);
    CHECK(edit_after(&msg, hdr("CSeq"), SPAN("Y: 1\r\n")));
    CHECK(edit_before(&msg, hdr("X"), SPAN("Y: 2\r\n")));
    expect(HEAD FROM REST "Y: 1\nY: 2\nX: 1\nX: 2\n\n");
}

static void behind_the_last_header_and_append_is_one_place(void)
{
    start(plain);
    const sip_hdr *last = msg_hdr_next(&msg, hdr("X"));
    CHECK(edit_after(&msg, last, SPAN("Y: 2\r\n")));
    CHECK(edit_append(&msg, SPAN("Y: 3\r\n")));
    CHECK(edit_after(&msg, last, SPAN("Y: 4\r\n")));
    expect(HEAD FROM REST "X: 1\nX: 2\nY: 2\nY: 3\nY: 4\n\n");
}

static void text_around_a_removed_header_stays(void)
{
    start(plain);
    remove_x();
    CHECK(edit_before(&msg, hdr("X"), SPAN("Y: 2\r\n")));
    CHECK(edit_after(&msg, hdr("X"), SPAN("Z: 2\r\n")));
    CHECK(edit_append(&msg, SPAN("W: 1\r\n")));
    expect(HEAD FROM REST "Y: 2\nZ: 2\nW: 1\n\n");
    start(plain);
    CHECK(edit_before(&msg, hdr("X"), SPAN("Y: 2\r\n")));
    CHECK(edit_after(&msg, hdr("X"), SPAN("Z: 2\r\n")));
    remove_x();
    expect(HEAD FROM REST "Y: 2\nZ: 2\n\n");
}

static void removing_twice_is_removing_once(void)
{
    start(plain);
    remove_x();
    remove_x();
    expect(HEAD FROM REST "\n");
}

static kl_span from_uri(void) { return msg_from(&msg)->uri; }

static void a_piece_is_replaced(void)
{
    start(plain);
    CHECK(edit_replace(&msg, from_uri(), SPAN("sip:a@b")));
    expect(HEAD "From: <sip:a@b>;tag=a\n" REST "X: 1\nX: 2\n\n");
}

/* Ours: Kamailio writes both texts one behind the other. */
static void replacing_a_piece_again_takes_the_later_text(void)
{
    start(plain);
    CHECK(edit_replace(&msg, from_uri(), SPAN("sip:a@b")));
    CHECK(edit_replace(&msg, from_uri(), SPAN("sip:c@d")));
    expect(HEAD "From: <sip:c@d>;tag=a\n" REST "X: 1\nX: 2\n\n");
}

/* Ours: Kamailio leaves the text of the piece standing where the header was. */
static void a_replaced_piece_goes_with_its_header(void)
{
    start(plain);
    CHECK(edit_replace(&msg, from_uri(), SPAN("sip:a@b")));
    CHECK(edit_remove(&msg, hdr("From")));
    expect(HEAD REST "X: 1\nX: 2\n\n");
    start(plain);
    CHECK(edit_remove(&msg, hdr("From")));
    CHECK(edit_replace(&msg, from_uri(), SPAN("sip:a@b")));
    expect(HEAD REST "X: 1\nX: 2\n\n");
}

static void pieces_of_other_memory_are_refused(void)
{
    static const char elsewhere[] = "X: 1\r\n";
    start(plain);
    CHECK(!edit_cut(&msg, span_text(elsewhere)));
    CHECK(!edit_replace(&msg, SPAN_NULL, SPAN("x")));
    CHECK(!edit_replace(&msg, span_of(msg.buf + msg.len - 1, 2), SPAN("x")));
    expect(plain);
}

static void dropping_all_changes_leaves_the_message(void)
{
    start(plain);
    CHECK(edit_append(&msg, SPAN("A: 1\r\n")));
    edit_drop_all(&msg);
    expect(plain);
}

/* ---- bodies */

#define WITH_BODY HEAD FROM REST "Content-Type: a/b\nContent-Length: 5\n\nhello"

static void a_new_body_fixes_the_length_and_moves_the_type(void)
{
    start(WITH_BODY);
    CHECK(edit_body(&msg, SPAN("hi there"), SPAN("text/plain")));
    expect(HEAD FROM REST "Content-Length: 8\nContent-Type: text/plain\n\nhi there");
}

static void a_new_body_may_keep_the_type(void)
{
    start(WITH_BODY);
    CHECK(edit_body(&msg, SPAN(""), SPAN_NULL));
    expect(HEAD FROM REST "Content-Type: a/b\nContent-Length: 0\n\n");
}

static void a_first_body_brings_its_headers(void)
{
    start(plain);
    CHECK(edit_body(&msg, SPAN("hi"), SPAN("x/y")));
    expect(HEAD FROM REST "X: 1\nX: 2\nContent-Type: x/y\nContent-Length: 2\n\nhi");
}

static void the_last_body_counts(void)
{
    start(plain);
    CHECK(edit_body(&msg, SPAN("first"), SPAN("x/y")));
    CHECK(edit_append(&msg, SPAN("A: 1\r\n")));
    CHECK(edit_body(&msg, SPAN("2"), SPAN("z/z")));
    expect(HEAD FROM REST "X: 1\nX: 2\nA: 1\nContent-Type: z/z\nContent-Length: 1\n\n2");
}

static void a_part_of_the_body_changes_the_length(void)
{
    start(WITH_BODY);
    CHECK(edit_replace(&msg, span_of(msg.body.s, 1), SPAN("HHHHHH")));
    expect(HEAD FROM REST "Content-Type: a/b\nContent-Length: 10\n\nHHHHHHello");
}

/* Ours: Kamailio leaves the new number standing on a line of its own. */
static void a_removed_length_is_not_fixed(void)
{
    start(WITH_BODY);
    CHECK(edit_remove(&msg, hdr("Content-Length")));
    CHECK(edit_replace(&msg, span_of(msg.body.s, 1), SPAN("HH")));
    expect(HEAD FROM REST "Content-Type: a/b\n\nHHello");
}

static void a_body_without_length_header_gets_none(void)
{
    start(HEAD FROM REST "Content-Type: a/b\n\nhello");
    CHECK(edit_replace(&msg, span_of(msg.body.s, 5), SPAN("hellohello")));
    expect(HEAD FROM REST "Content-Type: a/b\n\nhellohello");
}

/* ---- what Python calls */

static void edits_from_outside(void)
{
    start(plain);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_APPEND_AFTER, SPAN("A: 1\r\n"), SPAN("f"), -1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_INSERT_BEFORE, SPAN("B: 1\r\n"), SPAN("from"), -1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_REMOVE, SPAN_NULL, SPAN("x"), 1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_REMOVE, SPAN_NULL, SPAN("Nope"), -1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_REMOVE, SPAN_NULL, SPAN("X"), 7), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_URI, SPAN("sip:new@h"), SPAN_NULL, -1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_REPLY, SPAN("R: 1\r\n"), SPAN_NULL, -1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, KL_EDIT_REPLY, SPAN("R: 2\r\n"), SPAN_NULL, -1), KL_OK);
    CHECK_INT(kl_msg_edit(&msg, (kl_edit)99, SPAN_NULL, SPAN_NULL, -1), KL_EARG);
    CHECK_SPAN(msg.reply_headers, "R: 1\r\nR: 2\r\n");
    kl_span built;
    CHECK_INT(kl_msg_build(&msg, &built), KL_OK);
    CHECK_WIRE(built,
               "OPTIONS sip:new@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: <sip:t@h>\nB: 1\n" FROM
               "A: 1\n" REST "X: 1\n\n");
    finish();
}

static void three_bytes_are_more_than_a_line(void)
{
    for (size_t n = 1; n <= 20; n++) {
        char *text = check_edge("qqqqqqqqqqqqqqqqqqqq", n);
        for (size_t at = 0; at < n; text[at] = 'q', at++)
            for (int one = 0; one < 256; one++) {
                text[at] = (char)one;
                CHECK_INT(build_is_line(span_of(text, n)), one != '\r' && one != '\n' && one != '\0');
            }
    }
    CHECK(build_is_line(SPAN_NULL) && build_is_line(SPAN("\t\x01\x0e and more of it\x7f\xff")));
}

CHECK_MAIN(CHECK_TEST(three_bytes_are_more_than_a_line), CHECK_TEST(nothing_changed_gives_the_same_bytes),
           CHECK_TEST(appended_headers_keep_call_order), CHECK_TEST(text_without_line_end_is_glued_to_what_follows),
           CHECK_TEST(inserted_headers_come_first_in_call_order),
           CHECK_TEST(after_one_and_before_the_next_is_one_place),
           CHECK_TEST(behind_the_last_header_and_append_is_one_place), CHECK_TEST(text_around_a_removed_header_stays),
           CHECK_TEST(removing_twice_is_removing_once), CHECK_TEST(a_piece_is_replaced),
           CHECK_TEST(replacing_a_piece_again_takes_the_later_text), CHECK_TEST(a_replaced_piece_goes_with_its_header),
           CHECK_TEST(pieces_of_other_memory_are_refused), CHECK_TEST(dropping_all_changes_leaves_the_message),
           CHECK_TEST(a_new_body_fixes_the_length_and_moves_the_type), CHECK_TEST(a_new_body_may_keep_the_type),
           CHECK_TEST(a_first_body_brings_its_headers), CHECK_TEST(the_last_body_counts),
           CHECK_TEST(a_part_of_the_body_changes_the_length), CHECK_TEST(a_removed_length_is_not_fixed),
           CHECK_TEST(a_body_without_length_header_gets_none), CHECK_TEST(edits_from_outside))
