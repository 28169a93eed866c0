/* proxy/stateless.h: replies without a transaction, redirects, and the ACKs to them. */
#include "scene.h"

#include "proxy/forward.h"

static stateless_settings settings;

static void start(void)
{
    scene_open(INVITE_TEXT);
    settings = (stateless_settings){.rich_redirect = 0};
    proxy.stateless.settings = &settings;
}

static void a_reply_goes_to_who_asked(void)
{
    scene_open(INVITE_TEXT); /* with the settings that there are without sl */
    CHECK_INT(stateless_reply(&ctx, 404, SPAN("No")), 1);
    CHECK(strncmp(sent(0), "SIP/2.0 404 No\nVia: SIP/2.0/UDP 127.0.0.1:5099;", 47) == 0);
    CHECK(strstr(sent(0), "\nTo: <sip:bob@example.com>;tag=") != NULL);
    CHECK_INT(effect(KL_EFFECT_SEND, 0)->port, 5099);
    CHECK(msg.msg_flags & SIP_MSG_FINAL_REPLY_SENT);
    CHECK_INT(run_count, 0);
    scene_close();
}

static void what_is_not_answered(void)
{
    start();
    CHECK_INT(stateless_reply(&ctx, 200, SPAN_NULL), -1);
    CHECK_SPAN(effects.items[0].data, "sl: a reply needs a reason");
    CHECK_INT(stateless_reply(&ctx, 200, SPAN("O\nK")), -1);
    msg.msg_flags |= SIP_MSG_NO_REPLY;
    CHECK_INT(stateless_reply(&ctx, 200, SPAN("OK")), -2);
    again(REPLY_TEXT);
    CHECK_INT(stateless_reply(&ctx, 200, SPAN("OK")), -1);
    again(INVITE_TEXT);
    CHECK(msg_set_uri(&msg, SPAN("sip:n@x")));
    scratch.limit = 1; /* there is no room for Contact */
    CHECK_INT(stateless_reply(&ctx, 302, SPAN("Moved")), -1);
    CHECK_INT(proxy.stateless.counters[STATELESS_ERRORS], 1);
    CHECK_INT(effect_count(KL_EFFECT_SEND), 0);
    scene_close();
}

static void an_error_is_worded_by_what_was_forwarded(void)
{
    start();
    CHECK_INT(stateless_reply_error(&ctx), 1);
    CHECK(strncmp(sent(0), "SIP/2.0 500 I'm terribly sorry, server error occurred (1/SL)\n", 61) == 0);
    CHECK_INT(stateless_reply_error(&ctx), -2);
    CHECK(forward_request(&ctx, SPAN_NULL, 0, false));
    again(INVITE_TEXT);
    CHECK_INT(stateless_reply_error(&ctx), 1);
    CHECK(strncmp(sent(0), "SIP/2.0 500 No error (0/SL)\n", 28) == 0);
    scene_close();
}

static void redirects_name_the_contacts(void)
{
    start();
    CHECK_INT(stateless_reply(&ctx, 302, SPAN("Moved")), 1);
    CHECK(strstr(sent(0), "Contact") == NULL);
    CHECK(msg_set_uri(&msg, SPAN("sip:n@x")));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b1@h1"), .q = -1, .flags = 8}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b2@h2"), .q = 500}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b3@h3"), .q = 1000}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b4@h4"), .q = 123}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b5@h5"), .q = 50}));
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b6@h6"), .q = 0}));
    CHECK_INT(stateless_reply(&ctx, 300, SPAN("Choices")), 1);
    CHECK(strstr(sent(1), "\nCSeq: 1 INVITE\nContact: <sip:n@x>, <sip:b1@h1>, <sip:b2@h2>;q=0.5, <sip:b3@h3>;q=1, "
                          "<sip:b4@h4>;q=0.123, <sip:b5@h5>;q=0.05, "
                          "<sip:b6@h6>;q=0\nServer: ") != NULL);
    CHECK_INT(stateless_reply(&ctx, 200, SPAN("OK")), 1);
    CHECK(strstr(sent(2), "\nContact: <sip:n@x>, ") != NULL);
    msg.reply_headers = SPAN_NULL;
    msg.branch_count = 2;
    msg.branches[1].path = SPAN("<sip:p2;lr>,<sip:p3>");
    settings.rich_redirect = 3;
    CHECK_INT(stateless_reply(&ctx, 300, SPAN("Choices")), 1);
    CHECK(strstr(sent(3), "\nContact: <sip:n@x>;flags=0, <sip:b1@h1>;flags=8, "
                          "<sip:b2@h2?Route=%3csip:p2%3blr%3e%2c%3csip:p3%3e>;q=0.5;flags=0\n") != NULL);
    scene_close();
}

static void an_ack_to_our_reply_ends_here(void)
{
    char ack[512];
    start();
    settings.event_callback_fl_ack = SPAN("ack_seen");
    CHECK_INT(stateless_reply(&ctx, 404, SPAN("No")), 1);
    ack_of(sent(0), ack);
    again(ack);
    ctx.now = 1001.5;
    CHECK(stateless_is_own_ack(&ctx));
    CHECK_INT(run_count, 1);
    CHECK_STR(runs[0].function, "ack_seen");
    CHECK_STR(runs[0].event, "sl:filtered-ack");
    ctx.now = 1002.5;
    CHECK(!stateless_is_own_ack(&ctx));
    ctx.now = 1001.5;
    again("ACK sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>;tag=other\nFrom: <sip:f@h>;tag=a\nCall-ID: "
          "c\nCSeq: 1 ACK\n\n");
    CHECK(!stateless_is_own_ack(&ctx));
    again(INVITE_TEXT);
    CHECK(!stateless_is_own_ack(&ctx));
    CHECK_INT(proxy.stateless.counters[STATELESS_ACKS], 1);
    scene_close();
}

static bool reply_again(kl_ctx *inner)
{
    hook = NULL;
    CHECK_INT(stateless_reply(inner, 199, SPAN("Nested")), 1);
    CHECK(span_starts(inner->send->data, SPAN("SIP/2.0 200 OK")));
    return false;
}

static void the_script_hears_of_replies_sent(void)
{
    start();
    settings.event_callback_lres_sent = SPAN("sent");
    hook = reply_again;
    CHECK_INT(stateless_reply(&ctx, 200, SPAN("OK")), 1);
    CHECK_INT(run_count, 2);
    CHECK_STR(runs[0].event, "sl:local-response");
    CHECK(strncmp(runs[0].data, "SIP/2.0 200 OK\r\n", 16) == 0);
    CHECK(strncmp(runs[1].data, "SIP/2.0 199 Nested\r\n", 20) == 0);
    CHECK_INT(effect_count(KL_EFFECT_SEND), 2);
    scene_close();
}

static void replies_are_counted_by_code(void)
{
    static const int codes[] = {100, 200, 202, 299, 300, 302, 404, 483, 499, 500, 503, 603, 700, 99};
    static const stateless_counter counters[] = {STATELESS_1XX, STATELESS_200, STATELESS_202, STATELESS_2XX,
                                                 STATELESS_300, STATELESS_302, STATELESS_404, STATELESS_483,
                                                 STATELESS_4XX, STATELESS_500, STATELESS_5XX, STATELESS_6XX};
    start();
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) CHECK_INT(stateless_reply(&ctx, codes[i], SPAN("x")), 1);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) CHECK_INT(proxy.stateless.counters[counters[i]], 1);
    CHECK_INT(proxy.stateless.counters[STATELESS_OTHER], 2);
    CHECK_INT(proxy.stateless.counters[STATELESS_SENT], sizeof codes / sizeof *codes);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(a_reply_goes_to_who_asked), CHECK_TEST(what_is_not_answered),
           CHECK_TEST(an_error_is_worded_by_what_was_forwarded), CHECK_TEST(redirects_name_the_contacts),
           CHECK_TEST(an_ack_to_our_reply_ends_here), CHECK_TEST(the_script_hears_of_replies_sent),
           CHECK_TEST(replies_are_counted_by_code))
