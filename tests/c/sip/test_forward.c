/* Forwarded requests and replies: seen on a running Kamailio, but for those marked ours. */
#include "built.h"

#define TAIL "To: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n"
#define VIA  "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa"
#define OWN  "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=B\n"

static const build_forward_options udp = {
    .via_host = {"127.0.0.1", 9}, .via_port = {"5070", 4}, .proto = KL_PROTO_UDP, .branch = {"B", 1}};

static void expect(const build_forward_options *options, const char *text)
{
    CHECK(build_forward(&msg, options, &out));
    CHECK_WIRE(buf_span(&out), text);
    finish();
}

static void expect_via(const char *sent, unsigned flags, const char *forwarded)
{
    char request[512], wanted[512];
    snprintf(request, sizeof request, "OPTIONS sip:u@h SIP/2.0\n%s\n" TAIL "\n", sent);
    snprintf(wanted, sizeof wanted, "OPTIONS sip:u@h SIP/2.0\n" OWN "%s\n" TAIL "\n", forwarded);
    start(request);
    msg.msg_flags |= flags;
    expect(&udp, wanted);
}

static void the_top_via_is_stamped(void)
{
    static const struct {
        const char *sent;
        unsigned flags;
        const char *forwarded;
    } cases[] = {
        {VIA, 0, VIA},
        {VIA ";rport", 0, "Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKa;rport=5099"},
        {VIA ";alias", SIP_MSG_FORCE_RPORT, "Via: SIP/2.0/UDP 127.0.0.1:5099;rport=5099;branch=z9hG4bKa;alias"},
        {VIA ";rport=9;x=1", 0, "Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKa;rport=5099;x=1"},
        {VIA ";received=9.9.9.9", 0, VIA ";received=127.0.0.1"},
        {VIA ";received=9.9.9.9", SIP_MSG_FORCE_RPORT, VIA ";rport=5099;received=127.0.0.1"},
        {VIA ";received=9.9.9.9;rport;z", 0, VIA ";received=127.0.0.1;rport=5099;z"},
        {"Via: SIP/2.0/UDP 127.0.0.1:5099", SIP_MSG_FORCE_RPORT, "Via: SIP/2.0/UDP 127.0.0.1:5099;rport=5099"},
        {"Via: SIP/2.0/UDP 1.1.1.1;branch=z9hG4bKa;z", SIP_MSG_FORCE_RPORT,
         "Via: SIP/2.0/UDP 1.1.1.1;rport=5099;received=127.0.0.1;branch=z9hG4bKa;z"},
        {"Via: SIP/2.0/UDP [2001:db8::1]", 0, "Via: SIP/2.0/UDP [2001:db8::1];received=127.0.0.1"},
        {"Via:   SIP / 2.0 / UDP   127.0.0.1:5099 ; branch = z9hG4bKa ; rport ; z   ", 0,
         "Via:   SIP / 2.0 / UDP   127.0.0.1:5099 ;received=127.0.0.1; branch = z9hG4bKa ;rport=5099; z   "},
        {VIA ";rport, SIP/2.0/UDP 1.2.3.4", 0,
         "Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKa;rport=5099, SIP/2.0/UDP 1.2.3.4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_via(cases[i].sent, cases[i].flags, cases[i].forwarded);
}

static void own_via_stands_before_the_first_one(void)
{
    start("OPTIONS sip:u@h SIP/2.0\nX: 1\n" VIA "\n" TAIL "\n");
    CHECK(edit_insert(&msg, SPAN("Y: 1\r\n")));
    CHECK(edit_before(&msg, msg_hdr_first(&msg, SIP_HDR_VIA), SPAN("Z: 1\r\n")));
    CHECK(edit_after(&msg, msg_hdr_first(&msg, SIP_HDR_VIA), SPAN("W: 1\r\n")));
    expect(&udp, "OPTIONS sip:u@h SIP/2.0\nY: 1\nX: 1\nZ: 1\n" OWN VIA "\nW: 1\n" TAIL "\n");
}

static void a_removed_via_takes_its_stamps_along(void)
{
    start("OPTIONS sip:u@h SIP/2.0\n" VIA ";rport\n" TAIL "\n");
    CHECK(edit_insert(&msg, SPAN("Y: 1\r\n")));
    CHECK(edit_remove(&msg, msg_hdr_first(&msg, SIP_HDR_VIA)));
    CHECK(edit_insert(&msg, SPAN("Y: 2\r\n")));
    expect(&udp, "OPTIONS sip:u@h SIP/2.0\nY: 1\nY: 2\n" OWN TAIL "\n");
}

static void the_changed_uri_goes_out(void)
{
    build_forward_options options = udp;
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "\n");
    CHECK(msg_set_uri(&msg, SPAN("sip:new@example.net")));
    expect(&udp, "OPTIONS sip:new@example.net SIP/2.0\n" OWN VIA "\n" TAIL "\n");
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "\n");
    CHECK(msg_set_uri(&msg, SPAN("sip:new@example.net")));
    options.uri = SPAN("sip:branch");
    expect(&options, "OPTIONS sip:branch SIP/2.0\n" OWN VIA "\n" TAIL "\n");
}

static void own_via_says_what_was_asked(void)
{
    const message_packet tcp = {"127.0.0.1", "127.0.0.1", 5099, 5070, KL_PROTO_TCP, 27};
    build_forward_options options = udp;
    options.via_port = SPAN_NULL;
    options.rport = true;
    options.server_id = 12;
    start_from("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "Content-Length: 0\n\n", &tcp);
    expect(&options, "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1;branch=B;i=1b;rport;srvid=12\n" VIA "\n" TAIL
                     "Content-Length: 0\n\n");
}

static void a_client_of_its_own_shows_no_other_via(void)
{
    build_forward_options options = udp;
    options.strip_vias = true;
    start("OPTIONS sip:u@h SIP/2.0\nX: 1\n" VIA ";rport\nVia: SIP/2.0/UDP 1.1.1.1\nY: 1\nv: SIP/2.0/UDP 2.2.2.2\n" TAIL
          "\n");
    expect(&options, "OPTIONS sip:u@h SIP/2.0\nX: 1\n" OWN "Y: 1\n" TAIL "\n");
    start("OPTIONS sip:u@h SIP/2.0\nX: 1\n" VIA ";rport\nVia: SIP/2.0/UDP 1.1.1.1\nY: 1\nv: SIP/2.0/UDP 2.2.2.2\n" TAIL
          "\n");
    expect(&udp, "OPTIONS sip:u@h SIP/2.0\nX: 1\n" OWN
                 "Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKa;rport=5099\n"
                 "Via: SIP/2.0/UDP 1.1.1.1\nY: 1\nv: SIP/2.0/UDP 2.2.2.2\n" TAIL "\n");
}

/* ---- Content-Length */

#define TCP_OWN "Via: SIP/2.0/TCP 127.0.0.1:5070;branch=B\n"

static build_forward_options tcp_options(void)
{
    build_forward_options options = udp;
    options.proto = KL_PROTO_TCP;
    return options;
}

static void a_stream_gets_a_length_where_there_is_none(void)
{
    const build_forward_options tcp = tcp_options();
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "\n");
    expect(&tcp, "OPTIONS sip:u@h SIP/2.0\n" TCP_OWN VIA "\n" TAIL "Content-Length: 0\n\n");
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "\nhello");
    CHECK(edit_append(&msg, SPAN("A: 1\r\n")));
    expect(&tcp, "OPTIONS sip:u@h SIP/2.0\n" TCP_OWN VIA "\n" TAIL "A: 1\nContent-Length: 5\n\nhello");
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "\nhello");
    CHECK(edit_body(&msg, SPAN("hi"), SPAN("x/y")));
    expect(&tcp, "OPTIONS sip:u@h SIP/2.0\n" TCP_OWN VIA "\n" TAIL "Content-Type: x/y\nContent-Length: 2\n\nhi");
}

/* Ours: Kamailio sends a message without it, which nobody can frame. */
static void a_stream_gets_a_length_where_it_was_removed(void)
{
    const build_forward_options tcp = tcp_options();
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "Content-Length: 5\n\nhello");
    CHECK(edit_remove(&msg, msg_hdr_first(&msg, SIP_HDR_CONTENT_LENGTH)));
    expect(&tcp, "OPTIONS sip:u@h SIP/2.0\n" TCP_OWN VIA "\n" TAIL "Content-Length: 5\n\nhello");
}

static void a_datagram_keeps_the_length_it_came_with(void)
{
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "Content-Length: 2\n\nhello");
    expect(&udp, "OPTIONS sip:u@h SIP/2.0\n" OWN VIA "\n" TAIL "Content-Length: 2\n\nhello");
    start("OPTIONS sip:u@h SIP/2.0\n" VIA "\n" TAIL "l: 005\n\nhello");
    CHECK(edit_replace(&msg, span_of(msg.body.s, 1), SPAN("HHHHHH")));
    expect(&udp, "OPTIONS sip:u@h SIP/2.0\n" OWN VIA "\n" TAIL "l: 10\n\nHHHHHHello");
}

/* ---- replies */

static void expect_reply(const char *vias, const char *forwarded)
{
    char reply[512], wanted[512];
    snprintf(reply, sizeof reply, "SIP/2.0 200 OK\n%s" TAIL "Content-Length: 2\n\nhi", vias);
    snprintf(wanted, sizeof wanted, "SIP/2.0 200 OK\nI: 1\n%s" TAIL "Content-Length: 2\nR: 1\n\nhi", forwarded);
    start(reply);
    CHECK(edit_append(&msg, SPAN("R: 1\r\n")));
    CHECK(edit_insert(&msg, SPAN("I: 1\r\n")));
    CHECK(build_forward_reply(&msg, &(build_back_options){.proto = KL_PROTO_UDP}, &out));
    CHECK_WIRE(buf_span(&out), wanted);
    buf_free(&out);
    msg_done(&msg);
}

static void a_reply_loses_its_top_via(void)
{
    expect_reply("Via: SIP/2.0/UDP 127.0.0.1:5070;branch=q\nVia: SIP/2.0/UDP 127.0.0.1:5099\n",
                 "Via: SIP/2.0/UDP 127.0.0.1:5099\n");
    expect_reply("X: 1\nv: SIP/2.0/UDP 127.0.0.1:5070\nX: 2\nVia: SIP/2.0/UDP 1.2.3.4\n",
                 "X: 1\nX: 2\nVia: SIP/2.0/UDP 1.2.3.4\n");
    expect_reply(
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=q, SIP/2.0/UDP 127.0.0.1:5099;branch=x , SIP/2.0/UDP 1.1.1.1\n",
        "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=x , SIP/2.0/UDP 1.1.1.1\n");
}

static void a_reply_may_go_with_another_status(void)
{
    start("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070\n" VIA "\n" TAIL "\n");
    CHECK(edit_replace(&msg, msg.reason, SPAN("Changed")));
    CHECK(build_forward_reply(
        &msg, &(build_back_options){.proto = KL_PROTO_UDP, .status_line = SPAN("SIP/2.0 299 Other")}, &out));
    CHECK_WIRE(buf_span(&out), "SIP/2.0 299 Other\n" VIA "\n" TAIL "\n");
    CHECK(build_forward_reply(&msg, &(build_back_options){.proto = KL_PROTO_TCP}, &out));
    CHECK_WIRE(buf_span(&out), "SIP/2.0 200 Changed\n" VIA "\n" TAIL "Content-Length: 0\n\n");
    buf_free(&out);
    msg_done(&msg);
}

/* ---- branches */

static const unsigned char secret[32] = "0123456789abcdef0123456789abcdeX";

static void branch_of(const char *request, int index, char branch[80])
{
    start(request);
    build_branch(&msg, secret, index, &out);
    snprintf(branch, 80, "%.*s", (int)out.n, out.s);
    buf_free(&out);
    msg_done(&msg);
}

#define FROM_TO(tag) "To: <sip:t@h>" tag "\nFrom: <sip:f@h>;tag=a\nCall-ID: c\n"
static const char invite[] = "INVITE sip:u@h SIP/2.0\n" VIA "\n" FROM_TO("") "CSeq: 1 INVITE\n\n";
static const char cancel[] = "CANCEL sip:u@h SIP/2.0\n" VIA "\n" FROM_TO("") "CSeq: 1 CANCEL\n\n";
static const char ack[] = "ACK sip:u@h SIP/2.0\n" VIA "\n" FROM_TO(";tag=b") "CSeq: 1 ACK\n\n";
static const char next[] = "INVITE sip:u@h SIP/2.0\n" VIA "2\n" FROM_TO("") "CSeq: 2 INVITE\n\n";
static const char old[] = "INVITE sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099\n" FROM_TO("") "CSeq: 1 INVITE\n\n";
static const char other_old[] = "INVITE sip:v@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099\n" FROM_TO(
    "") "CSeq: 1 INVITE\n\n";

static void a_branch_belongs_to_its_transaction(void)
{
    char a[80], b[80];
    branch_of(invite, 0, a);
    CHECK(strlen(a) == 7 + 4 + 1 + 32 + 2 && strncmp(a, "z9hG4bK", 7) == 0);
    branch_of(cancel, 0, b);
    CHECK_STR(b, a);
    branch_of(ack, 0, b);
    CHECK_STR(b, a);
    branch_of(next, 0, b);
    CHECK(strcmp(a, b) != 0);
    branch_of(invite, 11, b);
    CHECK(strncmp(a, b, strlen(a) - 1) == 0);
    CHECK_STR(b + strlen(a) - 2, ".11");
}

static void without_a_branch_the_uri_tells_transactions_apart(void)
{
    char a[80], b[80];
    branch_of(old, 0, a);
    branch_of(old, 0, b);
    CHECK_STR(b, a);
    branch_of(other_old, 0, b);
    CHECK(strcmp(a, b) != 0);
}

CHECK_MAIN(CHECK_TEST(the_top_via_is_stamped), CHECK_TEST(own_via_stands_before_the_first_one),
           CHECK_TEST(a_removed_via_takes_its_stamps_along), CHECK_TEST(the_changed_uri_goes_out),
           CHECK_TEST(own_via_says_what_was_asked), CHECK_TEST(a_client_of_its_own_shows_no_other_via),
           CHECK_TEST(a_stream_gets_a_length_where_there_is_none),
           CHECK_TEST(a_stream_gets_a_length_where_it_was_removed),
           CHECK_TEST(a_datagram_keeps_the_length_it_came_with), CHECK_TEST(a_reply_loses_its_top_via),
           CHECK_TEST(a_reply_may_go_with_another_status), CHECK_TEST(a_branch_belongs_to_its_transaction),
           CHECK_TEST(without_a_branch_the_uri_tells_transactions_apart))
