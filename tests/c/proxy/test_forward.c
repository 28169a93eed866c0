/* proxy/forward.h: requests to their next hop, replies on their way back. */
#include "scene.h"

#include "proxy/forward.h"

static void a_request_goes_to_its_next_hop(void)
{
    scene_open(INVITE_TEXT);
    CHECK(forward_request(&ctx, SPAN_NULL, 2, false));
    CHECK_SPAN(effect(KL_EFFECT_SEND, 0)->host, "example.com");
    CHECK(strncmp(sent(0), "INVITE sip:bob@example.com:5080 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK",
                  80) == 0);
    CHECK(strstr(sent(0), ".2\nVia: SIP/2.0/UDP 127.0.0.1:5099;") != NULL);
    CHECK(msg_set_dst(&msg, SPAN("sip:192.0.2.9")));
    CHECK(forward_request(&ctx, SPAN(""), 0, true));
    CHECK_SPAN(effect(KL_EFFECT_SEND, 1)->host, "192.0.2.9");
    CHECK(strstr(sent(1), ".0\nMax-Forwards: 10\n") != NULL);
    CHECK(forward_request(&ctx, SPAN("sip:192.0.2.7"), 0, false));
    CHECK_SPAN(effect(KL_EFFECT_SEND, 2)->host, "192.0.2.7");
    CHECK_INT(scene_local.stats.counts[STAT_FWD_REQUESTS], 3);
    CHECK(proxy.has_forwarded);
    scene_close();
}

static bool drop_it(kl_ctx *inner)
{
    (void)inner;
    return true;
}

static void what_cannot_be_sent_counts_for_nothing(void)
{
    scene_open(INVITE_TEXT);
    CHECK(!forward_request(&ctx, SPAN("foo"), 0, false));
    CHECK_SPAN(effects.items[0].data, "forward: the next hop is not a URI [foo]");
    CHECK_INT(scene_local.stats.counts[STAT_BAD_URIS], 1);
    CHECK(!forward_request(&ctx, SPAN("tel:+1"), 0, false));
    CHECK_INT(effects.count, 2);
    hook = drop_it;
    CHECK(!forward_request(&ctx, SPAN_NULL, 0, false));
    CHECK_INT(effects.count, 2);
    CHECK_INT(scene_local.stats.counts[STAT_FWD_REQUESTS], 0);
    CHECK(!proxy.has_forwarded);
    scene_close();
}

static void an_engine_without_sockets_sends_from_where_it_received(void)
{
    scene_open(INVITE_TEXT);
    server.socket_count = 0;
    msg.recv_socket = -1;
    CHECK(forward_request(&ctx, SPAN("sip:192.0.2.1"), 0, false));
    CHECK(strstr(sent(0), "\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=") != NULL);
    CHECK_INT(effect(KL_EFFECT_SEND, 0)->local_port, 5070);
    scene_close();
}

static void a_reply_goes_back_without_our_via(void)
{
    scene_open(REPLY_TEXT);
    CHECK(forward_reply(&ctx));
    CHECK(strncmp(sent(0), "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo:", 64) == 0);
    CHECK_INT(effect(KL_EFFECT_SEND, 0)->port, 5099);
    CHECK(forward_reply_as(&ctx, SPAN("299"), SPAN("")));
    CHECK(strncmp(sent(1), "SIP/2.0 299 OK\n", 15) == 0);
    CHECK(forward_reply_as(&ctx, SPAN_NULL, SPAN("Fine")));
    CHECK(strncmp(sent(2), "SIP/2.0 200 Fine\n", 17) == 0);
    CHECK_INT(msg.status, 200);
    scene_close();
}

static void a_reply_without_a_second_via_stays_here(void)
{
    scene_open("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070\nTo: <sip:t@h>;tag=b\nFrom: <sip:f@h>;tag=a\n"
               "Call-ID: c\nCSeq: 1 INVITE\n\n");
    CHECK(!forward_reply(&ctx));
    CHECK(!forward_reply_as(&ctx, SPAN("299"), SPAN("No")));
    CHECK_INT(effects.count, 0);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(a_request_goes_to_its_next_hop), CHECK_TEST(what_cannot_be_sent_counts_for_nothing),
           CHECK_TEST(an_engine_without_sockets_sends_from_where_it_received),
           CHECK_TEST(a_reply_goes_back_without_our_via), CHECK_TEST(a_reply_without_a_second_via_stays_here))
