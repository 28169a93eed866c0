/* Replies of our own: seen on a running Kamailio, but for those marked ours. */
#include "built.h"

#define TAIL         "To: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n"
#define REQUEST(via) "OPTIONS sip:u@h SIP/2.0\n" via "\n" TAIL "\n"
#define VIA          "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa"
#define ANSWER(via)  "SIP/2.0 100 OK\n" via "\n" TAIL "Content-Length: 0\n\n"

static const build_reply_options bare, tagged = {.to_tag = {"T", 1}, .server = {"Server: s", 9}};

static void expect(int code, const char *text)
{
    CHECK(build_reply(&msg, code, SPAN("OK"), &bare, &out));
    CHECK_WIRE(buf_span(&out), text);
    finish();
}

static void expect_via(const char *request_via, unsigned flags, const char *via)
{
    char request[512], answer[512];
    snprintf(request, sizeof request, "OPTIONS sip:u@h SIP/2.0\n%s\n" TAIL "\n", request_via);
    snprintf(answer, sizeof answer, ANSWER("%s"), via);
    start(request);
    msg.msg_flags |= flags;
    expect(100, answer);
}

static void the_top_via_is_stamped(void)
{
    static const struct {
        const char *sent;
        unsigned flags;
        const char *back;
    } cases[] = {
        {VIA, 0, VIA},
        {VIA, SIP_MSG_FORCE_RPORT, VIA ";rport=5099"},
        {VIA ";rport", 0, VIA ";rport=5099;received=127.0.0.1"},
        {VIA ";rport=9;x=1", 0, VIA ";rport=5099;x=1;received=127.0.0.1"},
        {VIA ";rport;alias", SIP_MSG_FORCE_RPORT, VIA ";rport=5099;alias;received=127.0.0.1"},
        {VIA ";alias", SIP_MSG_FORCE_RPORT, VIA ";rport=5099;alias"},
        {VIA ";received=9.9.9.9", 0, VIA ";received=9.9.9.9;received=127.0.0.1"},
        {"Via: SIP/2.0/UDP 127.0.0.1:5099", SIP_MSG_FORCE_RPORT, "Via: SIP/2.0/UDP 127.0.0.1:5099;rport=5099"},
        {"Via: SIP/2.0/UDP 127.0.0.1:5099;q=1;z", SIP_MSG_FORCE_RPORT,
         "Via: SIP/2.0/UDP 127.0.0.1:5099;q=1;z;rport=5099"},
        {"Via: SIP/2.0/UDP 1.1.1.1:5099;branch=z9hG4bKa;z", 0,
         "Via: SIP/2.0/UDP 1.1.1.1:5099;branch=z9hG4bKa;z;received=127.0.0.1"},
        {"Via:   SIP / 2.0 / UDP   127.0.0.1:5099 ; branch = z9hG4bKa ; rport ; z   ", 0,
         "Via:   SIP / 2.0 / UDP   127.0.0.1:5099 ; branch = z9hG4bKa ;rport=5099; z   ;received=127.0.0.1"},
        /* ours: Kamailio stamps the end of the line, which is another hop's Via */
        {VIA ";rport= ,SIP/2.0/UDP 1.2.3.4", 0, VIA ";rport=5099;received=127.0.0.1 ,SIP/2.0/UDP 1.2.3.4"},
        {VIA ";rport,SIP/2.0/UDP 1.2.3.4", 0, VIA ";rport=5099;received=127.0.0.1,SIP/2.0/UDP 1.2.3.4"},
        {"v: SIP/2.0/UDP h.example:5099;rport", 0, "v: SIP/2.0/UDP h.example:5099;rport=5099;received=127.0.0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect_via(cases[i].sent, cases[i].flags, cases[i].back);
}

static void an_ipv6_via_is_compared_as_an_address(void)
{
    const message_packet v6 = {"2001:db8::1", "2001:db8::2", 5060, 5060, KL_PROTO_UDP, -1};
    msg_init(&msg, 0);
    buf_init(&out);
    CHECK(message_read_from(&msg, REQUEST("Via: SIP/2.0/UDP [2001:DB8:0::1]:5060;branch=z9hG4bKa"), &v6));
    expect(100, ANSWER("Via: SIP/2.0/UDP [2001:DB8:0::1]:5060;branch=z9hG4bKa"));
    msg_init(&msg, 0);
    buf_init(&out);
    CHECK(message_read_from(&msg, REQUEST("Via: SIP/2.0/UDP [2001:db8::9]:5060;branch=z9hG4bKa"), &v6));
    expect(100, ANSWER("Via: SIP/2.0/UDP [2001:db8::9]:5060;branch=z9hG4bKa;received=2001:db8::1"));
}

static void headers_keep_the_order_of_the_request(void)
{
    start("OPTIONS sip:u@h SIP/2.0\nCSeq: 1 OPTIONS\nRecord-Route: <sip:a;lr>\nFrom: <sip:f@h>;tag=a\nX: 1\n" VIA
          "\nRecord-Route: <sip:b;lr>, <sip:c;lr>\ni: c\nt: <sip:t@h>\nVia: SIP/2.0/UDP 3.3.3.3\n\n");
    CHECK(build_reply(&msg, 180, SPAN("OK"), &tagged, &out));
    CHECK_WIRE(buf_span(&out), "SIP/2.0 180 OK\nCSeq: 1 OPTIONS\nRecord-Route: <sip:a;lr>\nFrom: <sip:f@h>;tag=a\n" VIA
                               "\nRecord-Route: <sip:b;lr>, <sip:c;lr>\ni: c\nt: <sip:t@h>;tag=T\nVia: SIP/2.0/UDP "
                               "3.3.3.3\nServer: s\nContent-Length: 0\n\n");
    finish();
}

static int has(const char *needle) { return span_search(buf_span(&out), span_text(needle)) != NULL; }

static void record_route_and_tag_depend_on_the_code(void)
{
    static const struct {
        int code, record_route, tag;
    } cases[] = {{100, 0, 0}, {179, 0, 0}, {180, 1, 1}, {199, 1, 1}, {299, 1, 1}, {300, 0, 1}, {404, 0, 1}};
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\nRecord-Route: <sip:a;lr>\n" TAIL "\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(build_reply(&msg, cases[i].code, SPAN("OK"), &tagged, &out));
        CHECK_INT(has("Record-Route"), cases[i].record_route);
        CHECK_INT(has(";tag=T"), cases[i].tag);
    }
    finish();
}

static void the_tag_goes_to_the_end_of_to(void)
{
    static const struct {
        const char *sent, *back;
    } cases[] = {
        {"sip:t@h;p=1", "sip:t@h;p=1;tag=T"},         {"\"a\" <sip:t@h>;p=1;q  ", "\"a\" <sip:t@h>;p=1;q  ;tag=T"},
        {"<sip:t@h;tag=x>", "<sip:t@h;tag=x>;tag=T"}, {"T\n <sip:t@h>\n ;z=1", "T\n <sip:t@h>\n ;z=1;tag=T"},
        {"<sip:t@h>;tag=b", "<sip:t@h>;tag=b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char request[512], wanted[512];
        snprintf(request, sizeof request,
                 "OPTIONS sip:u@h SIP/2.0\n" VIA "\nTo: %s\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n\n",
                 cases[i].sent);
        snprintf(wanted, sizeof wanted, "\nTo: %s\nFrom:", cases[i].back);
        start(request);
        CHECK(build_reply(&msg, 200, SPAN("OK"), &tagged, &out));
        CHECK(strstr(message_text(buf_span(&out)), wanted) != NULL);
        finish();
    }
}

static void only_the_last_three_digits_of_a_code_are_sent(void)
{
    static const struct {
        int code;
        const char *line;
    } cases[] = {{99, "SIP/2.0 099 OK"},
                 {0, "SIP/2.0 000 OK"},
                 {1000, "SIP/2.0 000 OK"},
                 {700, "SIP/2.0 700 OK"},
                 {-1, "SIP/2.0 295 OK"}};
    start(REQUEST(VIA));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(build_reply(&msg, cases[i].code, SPAN("OK"), &bare, &out));
        CHECK_MEM(out.s, strlen(cases[i].line), cases[i].line, strlen(cases[i].line));
    }
    finish();
}

static void what_the_script_added_comes_before_server(void)
{
    start(REQUEST(VIA));
    CHECK(edit_reply(&msg, SPAN("A: 1\r\n")));
    CHECK(edit_reply(&msg, SPAN("B: 2\r\n")));
    msg.reply_body = SPAN("hello");
    msg.reply_content_type = SPAN("text/plain");
    CHECK(edit_append(&msg, SPAN("Not: here\r\n")));
    CHECK(build_reply(&msg, 404, SPAN("No"), &tagged, &out));
    CHECK_WIRE(buf_span(&out),
               "SIP/2.0 404 No\n" VIA "\nTo: <sip:t@h>;tag=T\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n"
               "A: 1\nB: 2\nContent-Type: text/plain\nServer: s\nContent-Length: 5\n\nhello");
    finish();
}

static void line_ends_of_the_request_are_copied(void)
{
    kl_packet packet = {.source_host = SPAN("127.0.0.1"),
                        .local_host = SPAN("127.0.0.1"),
                        .source_port = 5099,
                        .transport = KL_PROTO_UDP,
                        .conid = -1};
    static const char text[] = "OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "\n";
    packet.data = text;
    packet.size = sizeof text - 1;
    msg_init(&msg, 0);
    buf_init(&out);
    REQUIRE_INT(msg_parse(&msg, &packet, NULL), KL_OK);
    CHECK(build_reply(&msg, 200, SPAN("OK"), &tagged, &out));
    CHECK_STR(message_text(buf_span(&out)),
              "SIP/2.0 200 OK\n" VIA "\nTo: <sip:t@h>;tag=T\\nFrom: <sip:f@h>;tag=a\\nCall-ID: c\\nCSeq: 1 "
              "OPTIONS\\nServer: s\nContent-Length: 0\n\n");
    finish();
}

static void a_request_that_lacks_or_doubles_a_header_is_not_answered(void)
{
    static const char *const names[] = {"To: <sip:t@h>", "From: <sip:f@h>;tag=a", "Call-ID: c", "CSeq: 1 OPTIONS"};
    for (int miss = 0; miss < 4; miss++) {
        for (int twice = 0; twice < 2; twice++) {
            char text[512] = "OPTIONS sip:u@h SIP/2.0\n" VIA "\n";
            for (int i = 0; i < 4; i++)
                for (int n = i == miss ? (twice ? 2 : 0) : 1; n > 0; n--) strcat(strcat(text, names[i]), "\n");
            msg_init(&msg, 0);
            buf_init(&out);
            if (message_read(&msg, strcat(text, "\n"))) CHECK(!build_reply(&msg, 200, SPAN("OK"), &bare, &out));
            finish();
        }
    }
}

/* ---- tags and branches */

static const unsigned char secret[32] = "0123456789abcdef0123456789abcdeX", other_secret[32] = "another instance";

static const char *tag_of(const char *request, const unsigned char *key)
{
    static char tags[4][64];
    static int next;
    char *tag = tags[next++ % 4];
    start(request);
    char instance[BUILD_TAG_INSTANCE];
    build_tag_instance(key, instance);
    build_to_tag(&msg, key, instance, &out);
    CHECK_INT(out.n, 41);
    snprintf(tag, 64, "%.*s", (int)out.n, out.s);
    finish();
    return tag;
}

static const char invite[] = "INVITE sip:u@h SIP/2.0\n" VIA
                             "\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\n\n";
static const char ack[] = "ACK sip:u@h SIP/2.0\n" VIA
                          "\nTo: <sip:t@h>;tag=x\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 ACK\n\n";
static const char other_ack[] = "ACK sip:u@h SIP/2.0\n" VIA
                                "b\nTo: <sip:t@h>;tag=x\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 ACK\n\n";

static void a_tag_is_known_again_in_the_ack(void)
{
    const char *tag = tag_of(invite, secret);
    CHECK_STR(tag_of(invite, secret), tag);
    CHECK_STR(tag_of(ack, secret), tag);
    CHECK(strcmp(tag_of(other_ack, secret), tag) != 0);
}

static void the_first_part_of_a_tag_is_the_instance(void)
{
    const char *a = tag_of(invite, secret), *b = tag_of(other_ack, secret), *c = tag_of(invite, other_secret);
    CHECK(strncmp(a, b, 33) == 0 && a[32] == '.');
    CHECK(strncmp(a, c, 32) != 0);
}

CHECK_MAIN(CHECK_TEST(the_top_via_is_stamped), CHECK_TEST(an_ipv6_via_is_compared_as_an_address),
           CHECK_TEST(headers_keep_the_order_of_the_request), CHECK_TEST(record_route_and_tag_depend_on_the_code),
           CHECK_TEST(the_tag_goes_to_the_end_of_to), CHECK_TEST(only_the_last_three_digits_of_a_code_are_sent),
           CHECK_TEST(what_the_script_added_comes_before_server), CHECK_TEST(line_ends_of_the_request_are_copied),
           CHECK_TEST(a_request_that_lacks_or_doubles_a_header_is_not_answered),
           CHECK_TEST(a_tag_is_known_again_in_the_ack), CHECK_TEST(the_first_part_of_a_tag_is_the_instance))
