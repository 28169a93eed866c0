/* tm/local.h: requests made here, as other rooms make them: who is told what, and when nothing more comes. */
#include "call.h"

#include "tm/local.h"

static const char script[] = "function ksr_request_route() end\n"
                             "function ksr_event(name)\n"
                             "  KSR.hdr.append('X-Event: ' .. name .. '\\r\\n')\n"
                             "  if KSR.pv.get('$ru') == 'sip:drop@127.0.0.1:5081' then KSR.x.drop() end\n"
                             "end\n"
                             "function ksr_ack(name) KSR.pv.get('$rs') end\n";

static struct {
    int finals, progress, dropped, code;
    bool answered;
} told;

static void final(kl_ctx *ctx, const tm_local_news *news, void *data)
{
    CHECK(ctx->engine == engine && data == &told && news->cell->local);
    told.finals++;
    told.code = news->code;
    told.answered = news->reply != NULL;
    if (news->reply) CHECK_INT(news->reply->status, news->code);
}

static void progress(kl_ctx *ctx, const tm_local_news *news, void *data)
{
    (void)ctx;
    CHECK(data == &told && news->reply && news->code < 200);
    told.progress++;
}

static void drop(void *data)
{
    CHECK(data == &told);
    told.dropped++;
}

static void set(kl_engine *made)
{
    (void)made;
    call_param("tm", "event_callback", "ksr_event", 0);
    call_param("tm", "evlreq_mode", NULL, 3);
    call_param("tm", "evcb_local_ack_sent", "ksr_ack", 0);
    call_param("tm", "enable_uac_fr", NULL, 1);
}

#define ADDRESSES "From: <sip:p@example.com>;tag=p1\r\nTo: <sip:a@example.com>\r\n"

static tm_local_fault fault;
static char fault_text[128]; /* its own lives no longer than the run */

static bool send_request(const char *method, const char *uri, const char *headers)
{
    kl_ctx ctx;
    kl_error err = {.status = KL_OK};
    const tm_local_request request = {.method = span_text(method),
                                      .uri = span_text(uri),
                                      .headers = span_text(headers),
                                      .fr = 3000,
                                      .fn = final,
                                      .progress = progress,
                                      .data = &told,
                                      .drop = drop};
    effects_clear(&engine->effects);
    if (engine_enter(engine, &err) != KL_OK) return false;
    engine_set_time(engine, now, now);
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    const bool sent_it = local_send(&ctx, &request, NULL, &fault);
    if (!sent_it) snprintf(fault_text, sizeof fault_text, "%.*s", (int)fault.text.n, fault.text.s);
    engine_ctx_end(engine, &ctx);
    engine_leave(engine);
    note_effects(&err);
    return sent_it;
}

static void start(void)
{
    memset(&told, 0, sizeof told);
    REQUIRE(call_begin(script, true, set));
}

static void answers_are_told(void)
{
    start();
    CHECK(send_request("INVITE", "sip:a@127.0.0.1:5081", ADDRESSES));
    CHECK(strstr(sent_to(5081, "INVITE "), "\r\nX-Event: tm:local-request\r\n") != NULL);
    answer(sent_to(5081, "INVITE "), 5081, 180);
    answer(sent_to(5081, "INVITE "), 5081, 183);
    CHECK_INT(told.progress, 2);
    answer(sent_to(5081, "INVITE "), 5081, 200);
    CHECK_INT(told.finals, 1);
    CHECK(told.answered && told.code == 200 && told.dropped == 0);
    CHECK_INT(count_to(5081, "ACK sip:5081@127.0.0.1:5081 "), 1);
    pass(10);
    CHECK_INT(told.finals, 1);
    CHECK_INT(told.dropped, 1);
    CHECK_INT(transactions(), 0);
    CHECK_INT(timers(), 0);
    call_end();
    CHECK_INT(mem_live(), 0);
}

static void patience_ends(void)
{
    start();
    CHECK(send_request("OPTIONS", "sip:a@127.0.0.1:5081", ADDRESSES));
    pass(2.9);
    CHECK_INT(told.finals, 0);
    pass(0.2);
    CHECK_INT(told.finals, 1);
    CHECK(!told.answered && told.code == 408);
    CHECK_INT(count_to(5081, "OPTIONS "), 3);
    pass(10);
    CHECK_INT(told.dropped, 1);
    CHECK_INT(transactions(), 0);
    call_end();
}

static void nobody_is_told_of_what_was_never_sent(void)
{
    start();
    CHECK(!send_request("OPTIONS", "nonsense", ADDRESSES));
    CHECK_INT(fault.code, 400);
    CHECK_STR(fault_text, "Invalid request uri \"nonsense\"");
    CHECK_INT(told.dropped, 1);
    CHECK(!send_request("OPTIONS", "sip:a@127.0.0.1:5081;transport=tls", ADDRESSES));
    CHECK_STR(fault_text, "I'm terribly sorry, server error occurred (7/RPC/UAC)");
    CHECK_INT(told.dropped, 2);
    CHECK(send_request("OPTIONS", "sip:drop@127.0.0.1:5081", ADDRESSES)); /* by the event */
    CHECK_INT(told.dropped, 3);
    CHECK_INT(told.finals, 0);
    CHECK_INT(transactions(), 0);
    CHECK_INT(sent_count, 0);
    call_end();
}

static void an_engine_that_ends_lets_go(void)
{
    start();
    CHECK(send_request("OPTIONS", "sip:a@127.0.0.1:5081", ADDRESSES));
    call_end();
    CHECK_INT(told.dropped, 1);
    CHECK_INT(told.finals, 0);
    CHECK_INT(mem_live(), 0);
}

static void odd_headers(void)
{
    static const char *const bad[] = {"X",           "X\r\n",      ":\r\n",
                                      "X: 1",        "X: 1\n",     " X: 1\r\n",
                                      "X Y: 1\r\n",  "CSeq: \r\n", "CSeq: 99999999999 OPTIONS\r\n",
                                      "Route: x\r\n"};
    start();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char headers[256];
        snprintf(headers, sizeof headers, ADDRESSES "%s", bad[i]);
        if (send_request("OPTIONS", "sip:a@127.0.0.1:5081", headers)) printf("    sent with [%s]\n", bad[i]);
        CHECK_INT(fault.code, 400);
        fault.code = 0;
    }
    CHECK_INT(sent_count, 0);
    CHECK_INT(transactions(), 0);
    call_end();
}

#ifdef KEMILUA_FAIL_ALLOC

static void live(void)
{
    send_request("INVITE", "sip:a@127.0.0.1:5081", ADDRESSES "Route: <sip:127.0.0.1:5081>\r\n");
    answer(sent_to(5081, "INVITE "), 5081, 180);
    answer(sent_to(5081, "INVITE "), 5081, 200);
    send_request("INVITE", "sip:b@127.0.0.1:5082", ADDRESSES);
    answer(sent_to(5082, "INVITE "), 5082, 486);
    send_request("OPTIONS", "sip:c@127.0.0.1:5083", ADDRESSES);
    send_request("OPTIONS", "sip:drop@127.0.0.1:5081", ADDRESSES);
    send_request("OPTIONS", "sip:d@b.example", ADDRESSES); /* whose address nobody tells */
}

static void as_it_should_be(void)
{
    CHECK_INT(count_to(5081, "ACK "), 1);
    CHECK_INT(count_to(5082, "ACK "), 1);
    CHECK_INT(count_to(5083, "OPTIONS "), 3);
    CHECK_INT(told.finals, 4);
    CHECK_INT(told.dropped, 5);
}

static void each_allocation_fails(void)
{
    long failed = 1, n = 1;
    for (; failed; n++) {
        start();
        mem_fail_after(n, 0);
        live();
        failed = mem_refused();
        mem_fail_after(0, 0);
        pass(60);
        CHECK_INT(told.dropped, 5);
        CHECK_INT(transactions(), 0);
        CHECK_INT(timers(), 0);
        memset(&told, 0, sizeof told);
        forget_sent();
        live();
        pass(60);
        as_it_should_be();
        call_end();
        if (mem_live() != 0) printf("    after failing allocation %ld\n", n);
        REQUIRE_INT(mem_live(), 0);
    }
    printf("     %ld allocations in these requests\n", n - 1);
    CHECK(n > 30);
}

#else

static void each_allocation_fails(void) { CHECK(1); }

#endif

CHECK_MAIN(CHECK_TEST(answers_are_told), CHECK_TEST(patience_ends), CHECK_TEST(nobody_is_told_of_what_was_never_sent),
           CHECK_TEST(an_engine_that_ends_lets_go), CHECK_TEST(odd_headers), CHECK_TEST(each_allocation_fails))
