/* Reception, the header index, lookups and lazily parsed parts. */
#include "message.h"

static kl_msg msg;
static kl_error failure;

#define VIA     "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\n"
#define FROM    "From: \"A\" <sip:alice:pw@example.com>;tag=1\n"
#define TO      "To: Bob <sip:bob@example.org>\n"
#define CALL_ID "Call-ID: abc@h\n"
#define CSEQ    "CSeq: 7 INVITE\n"
#define LINE    "INVITE sip:bob@example.com SIP/2.0\n"
#define ALL     LINE VIA FROM TO CALL_ID CSEQ

static kl_status parse(const char *text)
{
    kl_span wire = message_wire(text);
    kl_packet packet = {.data = check_edge(wire.s, wire.n),
                        .size = wire.n,
                        .source_host = SPAN("198.51.100.7"),
                        .local_host = SPAN("192.0.2.9"),
                        .source_port = 5062,
                        .local_port = 5060,
                        .transport = KL_PROTO_TCP,
                        .conid = 3,
                        .now = 12.5};
    free((char *)wire.s);
    return msg_parse(&msg, &packet, &failure);
}

static void with_message(const char *text, void (*look)(void))
{
    msg_init(&msg, 0);
    if (check_int(parse(text), KL_OK, text, __FILE__, __LINE__)) look();
    msg_done(&msg);
}

/* ---- a usual request and a usual reply */

static void look_at_request(void)
{
    CHECK(msg.is_request && msg.status == 0 && !msg.reason.s);
    CHECK_SPAN(msg.first_line, "INVITE sip:bob@example.com;lr SIP/2.0\r\n");
    CHECK_SPAN(msg_method(&msg), "INVITE");
    CHECK_INT(msg_method_id(&msg), SIP_INVITE);
    CHECK_SPAN(msg.uri, "sip:bob@example.com;lr");
    CHECK_SPAN(msg.version, "SIP/2.0");
    CHECK_INT(msg.hdr_count, 8);
    CHECK_SPAN(msg.body, "v=0\r\n");
    CHECK_INT(msg.buf[msg.eoh], '\r');
    CHECK_INT(msg.content_length, 5);
    CHECK_SPAN(msg.source_host, "198.51.100.7");
    CHECK_SPAN(msg.local_host, "192.0.2.9");
    CHECK(msg.source_port == 5062 && msg.local_port == 5060 && msg.proto == KL_PROTO_TCP && msg.conid == 3 &&
          msg.now == 12.5);
    CHECK(msg.recv_socket < 0);
    CHECK(msg_ruri(&msg) && msg_ruri(&msg)->lr_present);
    CHECK(msg_ruri(&msg) == msg_ouri(&msg));
    CHECK_SPAN(msg_from(&msg)->display, "\"A\"");
    CHECK_SPAN(msg_from_uri(&msg)->password, "pw");
    CHECK_SPAN(msg_to(&msg)->display, "Bob");
    CHECK_SPAN(msg_to_uri(&msg)->host, "example.org");
    CHECK_SPAN(msg_cseq(&msg)->number, "7");
    CHECK_SPAN(msg_via1(&msg)->host, "192.0.2.1");
    CHECK_SPAN(msg_via2(&msg)->host, "h2");
    CHECK(!msg_credentials(&msg) && msg.lazy.authorization == SIP_LAZY_ABSENT);
    CHECK(!msg_dst(&msg));
    CHECK_SPAN(msg_current_uri(&msg), "sip:bob@example.com;lr");
    CHECK(msg.ruri_is_new && msg.ruri_q == -1 && msg.send_socket == -1 && msg.branch_count == 0);
}

static void a_request(void)
{
    with_message("INVITE sip:bob@example.com;lr SIP/2.0\n" VIA "v: SIP/2.0/UDP h2\n" FROM TO CALL_ID CSEQ
                 "Content-Type: application/sdp\n"
                 "Content-Length: 5\n\nv=0\n",
                 look_at_request);
}

static void look_at_reply(void)
{
    CHECK(!msg.is_request && !msg.uri.s && !msg.method.s);
    CHECK_INT(msg.status, 180);
    CHECK_SPAN(msg.status_text, "180");
    CHECK_SPAN(msg.reason, "Ringing  now ");
    CHECK_SPAN(msg_method(&msg), "INVITE");
    CHECK_INT(msg_method_id(&msg), SIP_INVITE);
    CHECK(!msg_ruri(&msg) && !msg_ouri(&msg));
    CHECK_SPAN(msg.body, "");
}

static void a_reply(void) { with_message("SIP/2.0 180 Ringing  now \n" VIA FROM TO CALL_ID CSEQ "\n", look_at_reply); }

/* ---- first lines */

static void first_lines_that_are_taken(void)
{
    static const char *const rows[] = {
        "invite sip:a@b sip/2.0",
        "FROB sip:a@b SIP/2.0",
        "INVITE sip:a@b   SIP/2.0",
        "INVITE sip:a@b\tSIP/2.0",
        "INVITE sip:a@b SIP/2.0 \t",
        "INVITE x SIP/2.0",
        "\n\n \tINVITE sip:a@b SIP/2.0",
        "SIP/2.0 100 ",
        "SIP/2.0 099 x",
        "sip/2.0 200 \xd0\xbd",
        "SIP/2.0 200    OK",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "%s\n%s", rows[i], VIA FROM TO CALL_ID CSEQ "\n");
        msg_init(&msg, 0);
        check_int(parse(text), KL_OK, rows[i], __FILE__, __LINE__);
        msg_done(&msg);
    }
}

static void first_lines_that_are_refused(void)
{
    static const struct {
        const char *line;
        int offset, hint;
    } rows[] = {
        {"INVITE  sip:a@b SIP/2.0", 7, 400},
        {"INVITE\tsip:a@b SIP/2.0", 6, 400},
        {"INVITE sip:a@b", 14, 400},
        {"INVITE sip:a@b ", 15, 400},
        {"INVITE sip:a@b SIP/7.0", 15, 505},
        {"INVITE sip:a@b HTTP/1.1", 15, 400},
        {"INVITE sip:a@b; lr SIP/2.0", 16, 400},
        {"INVITE sip:a@b SIP/2.0 x", 22, 400},
        {"INVITE", 6, 400},
        {" ", 32, 400},
        {"SIP/2.0 4294967301 x", 8, 400},
        {"SIP/2.0 20 x", 8, 400},
        {"SIP/2.0 2x0 x", 8, 400},
        {"SIP/2.0 200", 11, 400},
        {"SIP/2.0  200 OK", 8, 400},
        {"SIP/2.0", 7, 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "%s\n%s", rows[i].line, VIA FROM TO CALL_ID CSEQ "\n");
        msg_init(&msg, 0);
        check_int(parse(text), KL_EPARSE, rows[i].line, __FILE__, __LINE__);
        if (strcmp(rows[i].line, " ") != 0) check_int(failure.offset, rows[i].offset, rows[i].line, __FILE__, __LINE__);
        check_int(failure.hint, rows[i].hint, rows[i].line, __FILE__, __LINE__);
        CHECK(strncmp(failure.text, "expected ", 9) == 0);
        CHECK(!msg.buf && msg.hdr_count == 0);
        msg_done(&msg);
    }
}

static void nothing_much_is_no_message(void)
{
    static const char *const rows[] = {
        "", "\n", "\n\n", "x", "INVITE a SIP/2.0\n", "INVITE sip:a@b SIP/2.0", "INVITE sip:a@b SIP/2.0\n"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        msg_init(&msg, 0);
        check_int(parse(rows[i]), KL_EPARSE, rows[i], __FILE__, __LINE__);
        msg_done(&msg);
    }
}

/* ---- headers */

static void look_at_headers(void)
{
    const sip_hdr *hdr = msg_hdr_named(&msg, SPAN("x-fold"));
    REQUIRE(hdr != NULL);
    CHECK_SPAN(hdr_name(hdr), "X-Fold");
    CHECK_SPAN(hdr_body(hdr), "one\r\n two\r\n\tthree  ");
    CHECK_SPAN(hdr_line(hdr), "X-Fold: one\r\n two\r\n\tthree  \r\n");
    hdr = msg_hdr_first(&msg, SIP_HDR_CONTACT);
    REQUIRE(hdr != NULL);
    CHECK_SPAN(hdr_name(hdr), "m");
    CHECK_SPAN(hdr_body(hdr), "<sip:a@b>");
    CHECK_SPAN(hdr_body(msg_hdr_named(&msg, SPAN("X-Empty"))), "");
    CHECK_SPAN(hdr_body(msg_hdr_named(&msg, SPAN("X-Blank"))), "");
    CHECK_SPAN(hdr_body(msg_hdr_named(&msg, SPAN("X-Late"))), "value");
    CHECK_SPAN(hdr_body(msg_hdr_named(&msg, SPAN("X_+.~1"))), "y");
    CHECK_INT(msg.hdr_count, 11);
}

static void names_blanks_and_folds(void)
{
    with_message(ALL
                 "X-Fold: one\n two\n\tthree  \nm \t: <sip:a@b>\nX-Empty:\nX-Blank: \n \nX-Late:\n value\nX_+.~1:y\n\n",
                 look_at_headers);
}

static void look_at_raw_bytes(void) { CHECK_SPAN(hdr_body(msg_hdr_named(&msg, SPAN("X"))), "a\0b\rc"); }

static void bodies_may_hold_any_byte(void)
{
    static const char tail[] = "X: a\0b\rc\0\r\r\n\r\n";
    kl_span head = message_wire(ALL);
    kl_buf buf;
    buf_init(&buf);
    buf_add(&buf, head);
    buf_add(&buf, span_of(tail, sizeof tail - 1));
    kl_packet packet = {.data = buf.s, .size = buf.n, .conid = -1};
    msg_init(&msg, 0);
    REQUIRE_INT(msg_parse(&msg, &packet, &failure), KL_OK);
    look_at_raw_bytes();
    msg_done(&msg);
    buf_free(&buf);
    free((char *)head.s);
}

static void bare_line_feeds_are_line_ends(void)
{
    static const char text[] = LINE VIA FROM TO CALL_ID CSEQ "X: 1\n 2\n\nbody\n";
    kl_packet packet = {.data = text, .size = sizeof text - 1, .conid = -1};
    msg_init(&msg, 0);
    REQUIRE_INT(msg_parse(&msg, &packet, &failure), KL_OK);
    CHECK_SPAN(msg.body, "body\n");
    CHECK_SPAN(hdr_body(msg_hdr_named(&msg, SPAN("X"))), "1\n 2");
    msg_done(&msg);
}

static void look_without_empty_line(void)
{
    CHECK_INT(msg.hdr_count, 5);
    CHECK(!msg.body.s && !msg.hdrs_bad);
    CHECK_INT(msg.eoh, msg.len);
}

static void the_empty_line_may_be_missing(void) { with_message(ALL, look_without_empty_line); }

static void look_at_body(void) { CHECK_SPAN(msg.body, "0123456789"); }

static void the_body_is_all_behind_the_empty_line(void)
{
    with_message(ALL "Content-Length: 4\n\n0123456789", look_at_body);
    with_message(ALL "l: 9999\n\n0123456789", look_at_body);
    with_message(ALL "\n0123456789", look_at_body);
}

static void look_at_lookups(void)
{
    const sip_hdr *hdr;
    CHECK_INT(msg_hdr_count_named(&msg, SPAN("X-A")), 3);
    CHECK_INT(msg_hdr_count_named(&msg, SPAN("VIA")), 2);
    CHECK_INT(msg_hdr_count_named(&msg, SPAN("v")), 2);
    CHECK_INT(msg_hdr_count_named(&msg, SPAN("Nope")), 0);
    CHECK_SPAN(hdr_body(msg_hdr_index(&msg, SPAN("x-a"), 0)), "1");
    CHECK_SPAN(hdr_body(msg_hdr_index(&msg, SPAN("x-a"), 2)), "3");
    CHECK(!msg_hdr_index(&msg, SPAN("x-a"), 3));
    CHECK_SPAN(hdr_body(msg_hdr_index(&msg, SPAN("x-a"), -1)), "3");
    CHECK_SPAN(hdr_body(msg_hdr_index(&msg, SPAN("x-a"), -3)), "1");
    CHECK(!msg_hdr_index(&msg, SPAN("x-a"), -4) && !msg_hdr_index(&msg, SPAN("x-a"), INT32_MIN) &&
          !msg_hdr_index(&msg, SPAN("x-a"), INT32_MAX));
    hdr = msg_hdr_first(&msg, SIP_HDR_VIA);
    REQUIRE(hdr && (hdr = msg_hdr_next(&msg, hdr)) != NULL);
    CHECK_SPAN(hdr_name(hdr), "v");
    CHECK(!msg_hdr_next(&msg, hdr));
    /* of a known name only the leading bytes that a name may have count, of an unknown one all */
    CHECK(msg_hdr_named(&msg, SPAN("Via :x")) && !msg_hdr_named(&msg, SPAN("X-A :x")) &&
          !msg_hdr_named(&msg, SPAN("X-A ")));
    CHECK(!msg_hdr_named(&msg, SPAN("")) && !msg_hdr_named(&msg, SPAN(":")) && !msg_hdr_named(&msg, SPAN(" Via")));
}

static void lookups_by_name(void)
{
    with_message(ALL "X-A: 1\nx-a: 2\nX-B: 9\nv: SIP/2.0/UDP h\nX-A: 3\n\n", look_at_lookups);
}

static void looking_from_the_end_stops_at_256(void)
{
    kl_buf buf;
    buf_init(&buf);
    buf_add(&buf, SPAN(ALL));
    for (int i = 0; i < 255; i++) buf_add(&buf, SPAN("X: 1\n"));
    kl_packet packet = {.data = buf.s, .size = buf.n, .conid = -1};
    msg_init(&msg, 0);
    REQUIRE_INT(msg_parse(&msg, &packet, &failure), KL_OK);
    CHECK(msg_hdr_index(&msg, SPAN("X"), -255) && msg_hdr_index(&msg, SPAN("X"), 254));
    buf_add(&buf, SPAN("X: 1\n"));
    packet = (kl_packet){.data = buf.s, .size = buf.n, .conid = -1};
    REQUIRE_INT(msg_parse(&msg, &packet, &failure), KL_OK);
    CHECK(!msg_hdr_index(&msg, SPAN("X"), -1) && msg_hdr_index(&msg, SPAN("X"), 255));
    msg_done(&msg);
    buf_free(&buf);
}

/* ---- what Kamailio drops, and what it only cannot read */

static void five_headers_are_required(void)
{
    static const char *const parts[] = {VIA, FROM, TO, CALL_ID, CSEQ}, *const names[] = {"Via", "From", "To", "Call-ID",
                                                                                         "CSeq"};
    for (int reply = 0; reply < 2; reply++)
        for (size_t missing = 0; missing < 5; missing++) {
            char text[400];
            snprintf(text, sizeof text, "%s", reply ? "SIP/2.0 200 OK\n" : LINE);
            for (size_t i = 0; i < 5; i++)
                if (i != missing) strcat(text, parts[i]);
            strcat(text, "\n");
            msg_init(&msg, 0);
            CHECK_INT(parse(text), KL_EPARSE);
            CHECK_STR(failure.where, names[missing]);
            CHECK_INT(failure.hint, 400);
            CHECK(failure.offset > 0);
            msg_done(&msg);
        }
}

static void malformed_headers_before_the_five_are_refused(void)
{
    static const struct {
        const char *text;
        int offset;
        const char *where;
    } rows[] = {
        {LINE "X\n" VIA FROM TO CALL_ID CSEQ "\n", 37, ""},
        {LINE ": x\n" VIA FROM TO CALL_ID CSEQ "\n", 36, ""},
        {LINE " X: 1\n" VIA FROM TO CALL_ID CSEQ "\n", 36, ""},
        {LINE "Via: x\n" FROM TO CALL_ID CSEQ "\n", 41, "Via"},
        {LINE "Via: SIP/2.0/UDP h, SIP/2.0/UDP g;;x\n" FROM TO CALL_ID CSEQ "\n", 70, "Via"},
        {LINE VIA "To: \"x\n" FROM CALL_ID CSEQ "\n", 91, "To"},
        {LINE VIA "To:\n" FROM CALL_ID CSEQ "\n", 88, "To"},
        {LINE VIA "CSeq: 1\n" FROM TO CALL_ID "\n", 92, "CSeq"},
        {LINE "Content-Length: -1\n" VIA FROM TO CALL_ID CSEQ "\n", 52, "Content-Length"},
        {LINE "Retry-After: x\n" VIA FROM TO CALL_ID CSEQ "\n", 49, "Retry-After"},
        {LINE VIA FROM FROM TO CALL_ID CSEQ "\n", 129, "From"},
        {LINE VIA FROM TO CALL_ID CSEQ "X: 1", -1, NULL},
        {LINE VIA FROM TO CALL_ID "CSeq: 7 INVITE", 190, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        msg_init(&msg, 0);
        if (!rows[i].where) {
            check_int(parse(rows[i].text) == KL_OK && msg.hdrs_bad, 1, rows[i].text, __FILE__, __LINE__);
            msg_done(&msg);
            continue;
        }
        check_int(parse(rows[i].text), KL_EPARSE, rows[i].text, __FILE__, __LINE__);
        check_int(failure.offset, rows[i].offset, rows[i].text, __FILE__, __LINE__);
        check_str(failure.where, rows[i].where, rows[i].text, __FILE__, __LINE__);
        msg_done(&msg);
    }
}

static void look_at_bad_headers(void)
{
    CHECK(msg.hdrs_bad);
    CHECK_INT(msg.hdr_count, 6);
    CHECK(!msg_hdr_named(&msg, SPAN("Via")) && msg_hdr_count_named(&msg, SPAN("X-A")) == 0 &&
          !msg_hdr_index(&msg, SPAN("X-A"), 0));
    CHECK(msg_hdr_first(&msg, SIP_HDR_CALL_ID) && !msg_hdr_first(&msg, SIP_HDR_USER_AGENT));
    CHECK(msg_from(&msg) && msg_to(&msg) && msg_cseq(&msg) && msg_via1(&msg) && !msg_via2(&msg));
    CHECK(!msg.body.s);
    CHECK(memcmp(msg.buf + msg.eoh, "\r\nbody", 6) == 0);
}

static void a_malformed_header_behind_the_five_ends_the_index(void)
{
    static const char *const rows[] = {
        "X%: 1",
        "X",
        "C%6Fntact: x",
        "extensionHeader-!.%*+_`'~: y",
        "Content-Length: 5x",
        "Retry-After: x",
        "Via: x",
        "To: <sip:c@d>",
        "Call-ID: y",
        "Via: SIP/2.0/UDP g, x",
        "CSeq: 8 ACK",
        "From: <sip:c@d>",
        "f: <sip:c@d>",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[600];
        snprintf(text, sizeof text, ALL "X-A: 1\n%s\n more\nUser-Agent: x\n\nbody", rows[i]);
        with_message(text, look_at_bad_headers);
    }
    with_message(ALL "Max-Forwards: 70\nMax-Forwards: 70\n\nbody", look_at_bad_headers);
    with_message(ALL "Content-Length: 4\nl: 4\n\nbody", look_at_bad_headers);
}

static void look_at_doubled_reply(void)
{
    CHECK(!msg.hdrs_bad);
    CHECK_SPAN(msg_to(&msg)->uri, "sip:bob@example.org");
    CHECK_SPAN(msg_cseq(&msg)->number, "7");
    CHECK_INT(msg.content_length, 1);
    CHECK_INT(msg_hdr_count_named(&msg, SPAN("To")), 2);
}

static void in_replies_doubled_headers_pass_and_the_first_counts(void)
{
    with_message("SIP/2.0 200 OK\n" VIA FROM FROM TO "To: <sip:x@y>\n" CALL_ID CALL_ID CSEQ
                 "CSeq: 8 BYE\nContent-Length: 1\nl: 2\n\n",
                 look_at_doubled_reply);
}

static void look_at_bad_parts(void)
{
    CHECK(msg_from(&msg) && !msg_from_uri(&msg) && msg.lazy.from_uri == SIP_LAZY_BAD);
    CHECK(!msg_ruri(&msg) && msg.lazy.ouri == SIP_LAZY_BAD);
    CHECK(!msg_credentials(&msg) && msg.lazy.authorization == SIP_LAZY_BAD);
    CHECK(msg_to(&msg) && !msg_to_uri(&msg) && msg.lazy.to_uri == SIP_LAZY_BAD);
}

static void parts_fail_when_asked_for(void)
{
    with_message("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0\n" VIA
                 "From: \"x\" <isbn:1>\nTo: isbn:2983792873\n" CALL_ID CSEQ
                 "Authorization: Digest username=\"u\"\nProxy-Authorization: Basic x\n\n",
                 look_at_bad_parts);
}

/* ---- many and much */

static void headers_by_the_thousand(void)
{
    kl_buf buf;
    buf_init(&buf);
    buf_add(&buf, SPAN(ALL));
    for (int i = 0; i < 40000; i++) buf_add(&buf, SPAN("X:\n"));
    kl_packet packet = {.data = buf.s, .size = buf.n, .conid = -1};
    msg_init(&msg, 0);
    REQUIRE_INT(msg_parse(&msg, &packet, &failure), KL_OK);
    CHECK_INT(msg.hdr_count, 40005);
    for (int i = 0; i < 30000; i++) buf_add(&buf, SPAN("X:\n"));
    packet = (kl_packet){.data = buf.s, .size = buf.n, .conid = -1};
    CHECK_INT(msg_parse(&msg, &packet, &failure), KL_ETOOBIG);
    CHECK(!msg.buf);
    msg_done(&msg);
    buf_free(&buf);
}

static void a_message_over_its_memory_is_refused(void)
{
    kl_span wire = message_wire(ALL "\n");
    for (size_t memory = 8; memory < 4096; memory += 40) {
        kl_packet packet = {
            .data = wire.s, .size = wire.n, .source_host = SPAN("1.2.3.4"), .local_host = SPAN("1.2.3.4"), .conid = -1};
        msg_init(&msg, memory);
        kl_status status = msg_parse(&msg, &packet, &failure);
        CHECK(status == KL_ENOMEM || (status == KL_OK && memory > 1000));
        CHECK(status == KL_OK || (!msg.buf && failure.status == KL_ENOMEM));
        msg_done(&msg);
    }
    free((char *)wire.s);
}

#ifdef KEMILUA_FAIL_ALLOC
static void every_failing_allocation_is_survived(void)
{
    long before = mem_live();
    for (int n = 1; n < 20; n++) {
        msg_init(&msg, 0);
        mem_fail_after(n, 1);
        kl_status status = parse(ALL "Content-Length: 0\n\n");
        mem_fail_after(0, 0);
        CHECK(status == KL_ENOMEM || status == KL_OK);
        CHECK_INT(parse(ALL "\n"), KL_OK);
        msg_done(&msg);
    }
    CHECK_INT(mem_live(), before);
}

static void a_recycled_message_allocates_nothing(void)
{
    msg_init(&msg, 0);
    for (int i = 0; i < 100; i++) {
        if (i == 1) mem_fail_after(1, 1);
        CHECK_INT(parse(ALL "X: y\n\nbody"), KL_OK);
        CHECK(msg_ruri(&msg) && msg_from_uri(&msg) && msg_set_user(&msg, SPAN("carol")) && msg_ruri(&msg));
    }
    mem_fail_after(0, 0);
    msg_done(&msg);
}
#endif

static void recycling_changes_the_generation_and_forgets(void)
{
    msg_init(&msg, 0);
    uint64_t generation = msg.generation;
    REQUIRE_INT(parse(ALL "Authorization: Digest username=u\n\n"), KL_OK);
    CHECK(msg.generation > generation && msg_credentials(&msg));
    generation = msg.generation;
    msg.flags = 7;
    CHECK(msg_set_uri(&msg, SPAN("sip:x@y")) && msg_set_dst(&msg, SPAN("sip:z")));
    REQUIRE_INT(parse(ALL "\n"), KL_OK);
    CHECK(msg.generation > generation && !msg_credentials(&msg) && !msg.new_uri.s && !msg.dst_uri.s && msg.flags == 0);
    msg_done(&msg);
}

static void replacing_keeps_what_apply_changes_keeps(void)
{
    msg_init(&msg, 0);
    REQUIRE_INT(parse(ALL "\n"), KL_OK);
    kl_span old = msg.uri, wire = message_wire("OPTIONS sip:new@h SIP/2.0\n" VIA FROM TO CALL_ID CSEQ "X: 1\n\nxy");
    uint64_t generation = msg.generation;
    msg.flags = 5;
    msg.bflags = 6;
    CHECK(msg_set_uri(&msg, SPAN("sip:x@y")) && msg_set_dst(&msg, SPAN("sip:z")));
    msg.reply_headers = SPAN("X: lost\r\n");
    REQUIRE_INT(msg_replace(&msg, wire, &failure), KL_OK);
    CHECK_INT(msg.generation, generation);
    CHECK_INT(msg_method_id(&msg), SIP_OPTIONS);
    CHECK_SPAN(msg_ruri(&msg)->user, "new");
    CHECK_SPAN(msg_ouri(&msg)->user, "new");
    CHECK_SPAN(msg.dst_uri, "sip:z");
    CHECK_SPAN(msg.body, "xy");
    CHECK_SPAN(old, "sip:bob@example.com");
    CHECK(msg.flags == 5 && msg.bflags == 6 && !msg.reply_headers.s && msg.source_port == 5062);
    CHECK_INT(msg_replace(&msg, SPAN("rubbish"), &failure), KL_EPARSE);
    CHECK_SPAN(span_of(msg.buf, msg.len), "rubbish");
    CHECK(msg.hdrs_bad && msg.hdr_count == 0 && !msg_ruri(&msg) && !msg_via1(&msg) && !msg_hdr_named(&msg, SPAN("X")));
    msg_done(&msg);
    free((char *)wire.s);
}

/* ---- the functions Python calls */

static kl_value field_of(kl_msg *m, kl_field field)
{
    kl_value value;
    CHECK_INT(kl_msg_get(m, field, &value), KL_OK);
    return value;
}

static void fields_for_python(void)
{
    kl_span wire = message_wire(ALL "X-A: 1\nX-A: 2\n\nbody"), name, body;
    kl_packet packet = {.data = wire.s,
                        .size = wire.n,
                        .source_host = SPAN("::1"),
                        .local_host = SPAN("::2"),
                        .source_port = 1,
                        .local_port = 2,
                        .transport = KL_PROTO_TLS,
                        .conid = 9,
                        .now = 1.25};
    kl_value value;
    kl_msg *m = kl_msg_new(0);
    REQUIRE(m && kl_msg_parse(m, &packet, &failure) == KL_OK);
    uint64_t generation = kl_msg_generation(m);
    CHECK(field_of(m, KL_FIELD_IS_REQUEST).type == KL_TYPE_BOOL && field_of(m, KL_FIELD_IS_REQUEST).i == 1);
    CHECK_SPAN(field_of(m, KL_FIELD_METHOD).s, "INVITE");
    CHECK_SPAN(field_of(m, KL_FIELD_URI).s, "sip:bob@example.com");
    CHECK_INT(field_of(m, KL_FIELD_STATUS).i, 0);
    CHECK_INT(field_of(m, KL_FIELD_REASON).type, KL_TYPE_NULL);
    CHECK_SPAN(field_of(m, KL_FIELD_VERSION).s, "SIP/2.0");
    CHECK_SPAN(field_of(m, KL_FIELD_BODY).s, "body");
    CHECK_INT(field_of(m, KL_FIELD_BUFFER).s.n, wire.n);
    CHECK_SPAN(field_of(m, KL_FIELD_SOURCE_HOST).s, "::1");
    CHECK_SPAN(field_of(m, KL_FIELD_LOCAL_HOST).s, "::2");
    CHECK(field_of(m, KL_FIELD_SOURCE_PORT).i == 1 && field_of(m, KL_FIELD_LOCAL_PORT).i == 2 &&
          field_of(m, KL_FIELD_CONID).i == 9);
    CHECK_INT(field_of(m, KL_FIELD_TRANSPORT).i, KL_PROTO_TLS);
    CHECK(field_of(m, KL_FIELD_NOW).type == KL_TYPE_FLOAT && field_of(m, KL_FIELD_NOW).f == 1.25);
    CHECK_INT(field_of(m, KL_FIELD_DESTINATION_URI).type, KL_TYPE_NULL);
    CHECK_INT(field_of(m, KL_FIELD_FLAGS).i, 0);
    CHECK_INT(kl_msg_get(m, (kl_field)99, &value), KL_EARG);
    CHECK_INT(kl_msg_header_count(m), 7);
    REQUIRE_INT(kl_msg_header(m, 6, &name, &body), KL_OK);
    CHECK_SPAN(name, "X-A");
    CHECK_SPAN(body, "2");
    CHECK_INT(kl_msg_header(m, 7, &name, &body), KL_ENOENT);
    REQUIRE_INT(kl_msg_find(m, SPAN("x-a"), -2, &body), KL_OK);
    CHECK_SPAN(body, "1");
    CHECK_INT(kl_msg_find(m, SPAN("x-b"), 0, &body), KL_ENOENT);
    CHECK_INT(kl_msg_parse(m, &(kl_packet){.data = "x", .size = 1}, &failure), KL_EPARSE);
    CHECK(kl_msg_generation(m) > generation && kl_msg_header_count(m) == 0);
    kl_msg_free(m);
    kl_msg_free(NULL);
    free((char *)wire.s);
}

CHECK_MAIN(CHECK_TEST(a_request), CHECK_TEST(a_reply), CHECK_TEST(first_lines_that_are_taken),
           CHECK_TEST(first_lines_that_are_refused), CHECK_TEST(nothing_much_is_no_message),
           CHECK_TEST(names_blanks_and_folds), CHECK_TEST(bodies_may_hold_any_byte),
           CHECK_TEST(bare_line_feeds_are_line_ends), CHECK_TEST(the_empty_line_may_be_missing),
           CHECK_TEST(the_body_is_all_behind_the_empty_line), CHECK_TEST(lookups_by_name),
           CHECK_TEST(looking_from_the_end_stops_at_256), CHECK_TEST(five_headers_are_required),
           CHECK_TEST(malformed_headers_before_the_five_are_refused),
           CHECK_TEST(a_malformed_header_behind_the_five_ends_the_index),
           CHECK_TEST(in_replies_doubled_headers_pass_and_the_first_counts), CHECK_TEST(parts_fail_when_asked_for),
           CHECK_TEST(headers_by_the_thousand), CHECK_TEST(a_message_over_its_memory_is_refused),
#ifdef KEMILUA_FAIL_ALLOC
           CHECK_TEST(every_failing_allocation_is_survived), CHECK_TEST(a_recycled_message_allocates_nothing),
#endif
           CHECK_TEST(recycling_changes_the_generation_and_forgets),
           CHECK_TEST(replacing_keeps_what_apply_changes_keeps), CHECK_TEST(fields_for_python))
