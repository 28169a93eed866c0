/* proxy/send.h: the routes that see a message on its way out, and the effect. */
#include "scene.h"

#include "proxy/send.h"

static bool send_by_udp(kl_ctx *c, kl_span data, kl_span host, int flags, bool request)
{
    const send_target target = {.host = host, .port = 5060, .proto = KL_PROTO_UDP, .conid = -1, .flags = flags};
    return send_message(c, data, &target, request);
}

static void an_effect_keeps_copies(void)
{
    char host[] = "192.0.2.1", data[] = "bytes";
    scene_open(INVITE_TEXT);
    for (int i = 0; i < 100; i++) CHECK(send_by_udp(&ctx, span_text(data), span_text(host), KL_SEND_CLOSE, false));
    host[0] = data[0] = '#';
    CHECK_INT(effects.count, 100);
    const kl_effect *send = &effects.items[99];
    CHECK_SPAN(send->host, "192.0.2.1");
    CHECK_SPAN(send->data, "bytes");
    CHECK_SPAN(send->local_host, "127.0.0.1");
    CHECK_INT(send->local_port, 5070);
    CHECK_INT(send->port, 5060);
    CHECK_INT(send->flags, KL_SEND_CLOSE);
    effects_clear(&effects);
    CHECK_INT(effects.count, 0);
    scene_close();
}

static bool drop_it(kl_ctx *inner)
{
    (void)inner;
    return true;
}

static void onsend_runs_for_requests_and_may_drop_them(void)
{
    scene_open(INVITE_TEXT);
    CHECK(send_by_udp(&ctx, SPAN("reply"), SPAN("h"), 0, false));
    CHECK_INT(run_count, 0);
    CHECK(send_by_udp(&ctx, SPAN("request"), SPAN("h"), 0, true));
    CHECK_INT(run_count, 1);
    CHECK_STR(runs[0].function, "ksr_onsend_route");
    CHECK_STR(runs[0].data, "request");
    CHECK_INT(runs[0].phase, KL_PHASE_ONSEND);
    hook = drop_it;
    CHECK(!send_by_udp(&ctx, SPAN("request"), SPAN("h"), 0, true));
    CHECK_INT(effects.count, 2);
    server.onsend_route_reply = 1;
    CHECK(!send_by_udp(&ctx, SPAN("reply"), SPAN("h"), 0, false));
    scene_close();
}

static char nested[8] = "nested";

static bool send_again(kl_ctx *inner)
{
    hook = NULL;
    memcpy(nested, "xxxxxx", 6); /* as a module would that builds into the same buffer */
    CHECK(send_by_udp(inner, SPAN("inner"), SPAN("i"), 0, true));
    return false;
}

static void what_onsend_sends_comes_first_and_harms_nothing(void)
{
    scene_open(INVITE_TEXT);
    hook = send_again;
    CHECK(send_by_udp(&ctx, span_text(nested), span_text(nested), 0, true));
    CHECK_INT(effects.count, 2);
    CHECK_SPAN(effects.items[0].data, "inner");
    CHECK_SPAN(effects.items[1].data, "nested");
    CHECK_SPAN(effects.items[1].host, "nested");
    scene_close();
}

static void raw_bytes_pass_no_route(void)
{
    const send_target target = {.host = SPAN("h"), .port = 5062, .proto = KL_PROTO_TCP, .conid = 7, .socket = -1};
    scene_open(INVITE_TEXT);
    hook = drop_it;
    CHECK(send_raw(&ctx, SPAN("raw"), &target));
    CHECK_INT(run_count, 0);
    CHECK_STR(sent(0), "raw");
    const kl_effect *send = effect(KL_EFFECT_SEND, 0);
    CHECK_INT(send->port, 5062);
    CHECK_INT(send->transport, KL_PROTO_TCP);
    CHECK_INT(send->conid, 7);
    CHECK_SPAN(send->local_host, "127.0.0.1"); /* no socket: where the message arrived */
    ctx.msg = NULL;
    CHECK(send_raw(&ctx, SPAN("raw"), &target));
    CHECK_INT(effect(KL_EFFECT_SEND, 1)->local_port, 0);
    scene_close();
}

static void what_does_not_leave_is_told(void)
{
    scene_open(INVITE_TEXT);
    CHECK(!send_refused(&ctx, "no way to", SPAN("sip:h")));
    CHECK(!send_refused(&ctx, "no way to", SPAN_NULL));
    CHECK_SPAN(effects.items[0].data, "forward: no way to [sip:h]");
    CHECK_SPAN(effects.items[1].data, "forward: no way to []");
    scene_close();
}

CHECK_MAIN(CHECK_TEST(an_effect_keeps_copies), CHECK_TEST(onsend_runs_for_requests_and_may_drop_them),
           CHECK_TEST(what_onsend_sends_comes_first_and_harms_nothing), CHECK_TEST(raw_bytes_pass_no_route),
           CHECK_TEST(what_does_not_leave_is_told))
