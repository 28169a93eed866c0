/* KSR.sl.*: stateless replies. */
#include "world.h"

#include "modules/sl.h"

static void start(const char *text)
{
    world_open(text);
    load(MOD_SL, &sl_module);
}

static void finish(void)
{
    unload(MOD_SL, &sl_module);
    world_close();
}

static sl_state *sl(void) { return states[MOD_SL]; }

static void again(const char *text)
{
    CHECK(message_read(&msg, text));
    msg.recv_socket = 0;
    effects_clear(&effects);
}

static void a_reply_goes_back(void)
{
    start(INVITE_TEXT);
    world.server_header = SPAN("Server: s");
    CHECK_INT(CALL(sl_module, "send_reply", I(100), S("Trying")), 1);
    CHECK_STR(sent(0),
              "SIP/2.0 100 Trying\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: <sip:bob@example.com>\n"
              "From: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nServer: s\nContent-Length: 0\n\n");
    const kl_effect *send = effect(KL_EFFECT_SEND, 0);
    CHECK_SPAN(send->host, "127.0.0.1");
    CHECK_INT(send->port, 5099);
    CHECK_INT(send->local_port, 5070);
    CHECK_INT(CALL(sl_module, "sl_send_reply", I(404), S("No")), 1);
    CHECK_INT(CALL(sl_module, "sl_send_reply", I(500), S("No")), 1);
    CHECK_INT(effect_count(KL_EFFECT_SEND), 3);
    CHECK(strstr(sent(1), "\nTo: <sip:bob@example.com>;tag=") != NULL);
    finish();
}

static void what_is_not_answered(void)
{
    start(INVITE_TEXT);
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("")), -1);
    CHECK_INT(CALL(sl_module, "send_reply", I(200), NIL), -1);
    msg.msg_flags |= SIP_MSG_NO_REPLY;
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), -2);
    again("ACK sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 "
          "ACK\n\n");
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), -1);
    CHECK_INT(CALL0(sl_module, "sl_reply_error"), 1);
    again(REPLY_TEXT);
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), -1);
    CHECK_INT(effect_count(KL_EFFECT_SEND), 0);
    finish();
}

static void errors_are_worded_as_kamailio_words_them(void)
{
    start(INVITE_TEXT);
    CHECK_INT(CALL0(sl_module, "send_reply_error"), 1);
    CHECK(strncmp(sent(0), "SIP/2.0 500 I'm terribly sorry, server error occurred (1/SL)\n", 61) == 0);
    CHECK_INT(CALL0(sl_module, "sl_reply_error"), -2);
    CHECK_INT(CALL0(sl_module, "send_reply_error"), -2);
    CHECK_INT(CALL0(core_module, "forward"), 1);
    again(INVITE_TEXT);
    CHECK_INT(CALL0(sl_module, "sl_reply_error"), 1);
    CHECK(strncmp(sent(0), "SIP/2.0 500 No error (0/SL)\n", 28) == 0);
    finish();
}

static void modes_set_connection_flags(void)
{
    static const struct {
        int mode, flags;
    } cases[] = {{0, 0},
                 {1, KL_SEND_NO_CONNECT},
                 {2, KL_SEND_NO_CONNECT},
                 {64, KL_SEND_NO_CONNECT},
                 {4, KL_SEND_CLOSE},
                 {5, KL_SEND_NO_CONNECT},
                 {8, 0}};
    start(INVITE_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        again(INVITE_TEXT);
        CHECK_INT(CALL(sl_module, "send_reply_mode", I(486), S("Busy"), I(cases[i].mode)), 1);
        CHECK_INT(effect(KL_EFFECT_SEND, 0)->flags, cases[i].flags);
    }
    finish();
}

static void redirects_name_the_contacts(void)
{
    start(INVITE_TEXT);
    CHECK_INT(CALL(sl_module, "send_reply", I(302), S("Moved")), 1);
    CHECK(strstr(sent(0), "Contact") == NULL);
    CHECK(msg_set_uri(&msg, SPAN("sip:n@x")));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b1@h1"), .q = -1, .flags = 8}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b2@h2"), .q = 500}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b3@h3"), .q = 1000}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b4@h4"), .q = 123}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b5@h5"), .q = 50}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b6@h6"), .q = 0}));
    CHECK_INT(CALL(sl_module, "send_reply", I(300), S("Choices")), 1);
    CHECK(strstr(sent(1), "\nCSeq: 1 INVITE\nContact: <sip:n@x>, <sip:b1@h1>, <sip:b2@h2>;q=0.5, <sip:b3@h3>;q=1, "
                          "<sip:b4@h4>;q=0.123, <sip:b5@h5>;q=0.05, "
                          "<sip:b6@h6>;q=0\nServer: ") != NULL);
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), 1);
    CHECK(strstr(sent(2), "\nContact: <sip:n@x>, ") != NULL);
    msg.reply_headers = SPAN_NULL;
    msg.branch_count = 2;
    msg.branches[1].path = SPAN("<sip:p2;lr>,<sip:p3>");
    sl()->rich_redirect = 3;
    CHECK_INT(CALL(sl_module, "send_reply", I(300), S("Choices")), 1);
    CHECK(strstr(sent(3), "\nContact: <sip:n@x>;flags=0, <sip:b1@h1>;flags=8, "
                          "<sip:b2@h2?Route=%3csip:p2%3blr%3e%2c%3csip:p3%3e>;q=0.5;flags=0\n") != NULL);
    finish();
}

/* ---- ACKs to our own replies */

static void ack_of(const char *reply, char ack[512])
{
    const char *tag = strstr(reply, "example.com>;tag=") + strlen("example.com>;tag=");
    snprintf(ack, 512,
             "ACK sip:bob@example.com:5080 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: "
             "<sip:bob@example.com>;tag=%.*s\n"
             "From: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 ACK\nContent-Length: 0\n\n",
             (int)strcspn(tag, "\n"), tag);
}

static void an_ack_to_our_reply_ends_here(void)
{
    char ack[512];
    start(INVITE_TEXT);
    sl()->event_callback_fl_ack = SPAN("ack_seen");
    CHECK_INT(CALL(sl_module, "send_reply", I(404), S("No")), 1);
    ack_of(sent(0), ack);
    again(ack);
    ctx.now = 1001.5;
    CHECK(sl_filter_ack(&ctx));
    CHECK_INT(run_count, 1);
    CHECK_STR(runs[0].function, "ack_seen");
    CHECK_STR(runs[0].event, "sl:filtered-ack");
    ctx.now = 1002.5;
    CHECK(!sl_filter_ack(&ctx));
    ctx.now = 1001.5;
    again("ACK sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>;tag=other\nFrom: <sip:f@h>;tag=a\nCall-ID: "
          "c\nCSeq: 1 ACK\n\n");
    CHECK(!sl_filter_ack(&ctx));
    again(INVITE_TEXT);
    CHECK(!sl_filter_ack(&ctx));
    CHECK_INT(sl()->counters[SL_ACKS], 1);
    finish();
}

static bool reply_again(kl_ctx *inner)
{
    hook = NULL;
    CHECK_INT(sl_reply(inner, 199, SPAN("Nested")), 1);
    CHECK(span_starts(inner->send->data, SPAN("SIP/2.0 200 OK")));
    return false;
}

static void the_script_hears_of_replies_sent(void)
{
    start(INVITE_TEXT);
    sl()->event_callback_lres_sent = SPAN("sent");
    hook = reply_again;
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), 1);
    CHECK_INT(run_count, 2);
    CHECK_STR(runs[0].event, "sl:local-response");
    CHECK(strncmp(runs[0].data, "SIP/2.0 200 OK\r\n", 16) == 0);
    CHECK(strncmp(runs[1].data, "SIP/2.0 199 Nested\r\n", 20) == 0);
    CHECK_INT(effect_count(KL_EFFECT_SEND), 2);
    finish();
}

static void replies_are_counted_by_code(void)
{
    static const int codes[] = {100, 200, 202, 299, 300, 302, 404, 483, 499, 500, 503, 603, 700, 99};
    static const sl_counter counters[] = {SL_1XX, SL_200, SL_202, SL_2XX, SL_300, SL_302,
                                          SL_404, SL_483, SL_4XX, SL_500, SL_5XX, SL_6XX};
    start(INVITE_TEXT);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        CHECK_INT(CALL(sl_module, "send_reply", I(codes[i]), S("x")), 1);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) CHECK_INT(sl()->counters[counters[i]], 1);
    CHECK_INT(sl()->counters[SL_OTHER], 2);
    CHECK_INT(sl()->counters[SL_SENT], sizeof codes / sizeof *codes);
    finish();
}

/* ---- a received reply with another status */

static void a_reply_is_forwarded_with_another_status(void)
{
    start(INVITE_TEXT);
    again(REPLY_TEXT);
    CHECK_INT(CALL(sl_module, "sl_forward_reply", S("299"), S("Zz")), 1);
    CHECK(strncmp(sent(0), "SIP/2.0 299 Zz\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo:", 64) == 0);
    CHECK_INT(CALL(sl_module, "sl_forward_reply", S(""), S("Yy")), 1);
    CHECK(strncmp(sent(1), "SIP/2.0 200 Yy\n", 15) == 0);
    CHECK_INT(CALL(sl_module, "sl_forward_reply", S("298"), S("")), 1);
    CHECK(strncmp(sent(2), "SIP/2.0 298 OK\n", 15) == 0);
    CHECK_INT(CALL(sl_module, "sl_forward_reply", S("402"), S("x")), -1);
    CHECK_INT(CALL(sl_module, "sl_forward_reply", S("2x2"), S("x")), -1);
    CHECK_INT(msg.status, 200);
    again(INVITE_TEXT);
    CHECK_INT(CALL(sl_module, "sl_forward_reply", S("200"), S("x")), -1);
    finish();
}

CHECK_MAIN(CHECK_TEST(a_reply_goes_back), CHECK_TEST(what_is_not_answered),
           CHECK_TEST(errors_are_worded_as_kamailio_words_them), CHECK_TEST(modes_set_connection_flags),
           CHECK_TEST(redirects_name_the_contacts), CHECK_TEST(an_ack_to_our_reply_ends_here),
           CHECK_TEST(the_script_hears_of_replies_sent), CHECK_TEST(replies_are_counted_by_code),
           CHECK_TEST(a_reply_is_forwarded_with_another_status))
