/* KSR.sl.*: stateless replies. */
#include "scene.h"

static void start(const char *text)
{
    scene_open(text);
    load(MOD_SL, &sl_module);
}

static void finish(void)
{
    unload(MOD_SL, &sl_module);
    scene_close();
}

static void set(const char *name, kl_value value)
{
    CHECK_INT(module_set_param(&sl_module, &ctx, states[MOD_SL], span_text(name), &value, NULL), KL_OK);
}

static void a_reply_goes_back(void)
{
    start(INVITE_TEXT);
    server.server_header = SPAN("Server: s");
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

/* ---- ACKs to our own replies */

static void an_ack_to_our_reply_ends_here(void)
{
    char ack[512];
    uint64_t count = 0;
    start(INVITE_TEXT);
    set("event_callback_fl_ack", (kl_value)S("ack_seen"));
    CHECK_INT(CALL(sl_module, "send_reply", I(404), S("No")), 1);
    CHECK(!hook_request(&ctx));
    ack_of(sent(0), ack);
    again(ack);
    CHECK(hook_request(&ctx));
    CHECK_STR(runs[0].function, "ack_seen");
    CHECK_SPAN(effect(KL_EFFECT_DROP, 0)->data, "ACK to a reply of our own");
    CHECK(stats_find(&scene_local.stats, SPAN("received_ACKs"), &count));
    CHECK_INT(count, 1);
    finish();
}

static void settings_are_those_of_the_replies(void)
{
    start(INVITE_TEXT);
    set("rich_redirect", (kl_value)I(1));
    set("event_callback_lres_sent", (kl_value)S("sent"));
    CHECK(msg_set_uri(&msg, SPAN("sip:n@x")));
    CHECK_INT(CALL(sl_module, "send_reply", I(302), S("Moved")), 1);
    CHECK(strstr(sent(0), "\nContact: <sip:n@x>;flags=0\n") != NULL);
    CHECK_STR(runs[0].function, "sent");
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
           CHECK_TEST(an_ack_to_our_reply_ends_here), CHECK_TEST(settings_are_those_of_the_replies),
           CHECK_TEST(a_reply_is_forwarded_with_another_status))
