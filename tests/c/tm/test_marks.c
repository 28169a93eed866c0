/* An engine's mark and its transactions: with open ones it is refused, a rewind ends those that began since. */
#include "call.h"

static const char script[] = "COUNT = 0\n"
                             "function ksr_request_route()\n"
                             "  COUNT = COUNT + 1\n"
                             "  if KSR.tm.t_check_trans() == 0 then return end\n"
                             "  KSR.pv.sets('$avp(count)', tostring(COUNT)) KSR.tm.t_on_failure('ksr_failure')\n"
                             "  KSR.tm.t_relay()\n"
                             "end\n"
                             "function ksr_failure() KSR.tm.t_reply(480, 'Call ' .. KSR.pv.get('$avp(count)')) end\n";

static void mark(void)
{
    kl_error err;
    if (!check_int(kl_engine_mark(engine, &err), KL_OK, "mark", __FILE__, __LINE__)) printf("    %s\n", err.text);
}

static void rewind_all(void)
{
    kl_error err;
    if (!check_int(kl_engine_rewind(engine, &err), KL_OK, "rewind", __FILE__, __LINE__)) printf("    %s\n", err.text);
    forget_sent();
}

static void whole_call(const char *id)
{
    request(id, "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    answer(sent_to(5081, "INVITE"), 5081, 486);
    acknowledge(id);
}

static void open_transactions_are_not_copied(void)
{
    kl_error err;
    REQUIRE(call_begin(script, true, NULL));
    mark();
    request("open", "INVITE");
    CHECK_INT(kl_engine_mark(engine, &err), KL_EBUSY);
    CHECK_STR(err.text, "1 transactions have not ended and cannot be copied");
    rewind_all(); /* to the mark that was there */
    CHECK_INT(transactions(), 0);
    whole_call("open");
    CHECK_INT(kl_engine_mark(engine, &err), KL_EBUSY); /* it is on wait */
    pass(400);
    mark();
    call_end();
}

static void those_since_the_mark_end(void)
{
    char first[CALL_TEXT];
    REQUIRE(call_begin(script, true, NULL));
    whole_call("before");
    pass(400);
    const double at = now;
    mark();
    for (int i = 0; i < 20; i++) {
        forget_sent();
        whole_call("call");
        const char *reply = sent_to(CALLER, "SIP/2.0 480 Call 3");
        CHECK(reply != NULL);
        if (i == 0) snprintf(first, sizeof first, "%s", reply ? reply : "");
        CHECK_STR(reply, first);
        for (int n = 0; n < 100; n++) {
            char id[16];
            snprintf(id, sizeof id, "more%d", n);
            request(id, n % 2 ? "INVITE" : "OPTIONS");
        }
        CHECK_INT(transactions(), 101);
        rewind_all();
        now = at;
        CHECK_INT(transactions(), 0);
        CHECK_INT(timers(), 0);
        pass(i % 2 ? 400 : 0);
        CHECK_INT(sent_count, 0);
        rewind_all();
        now = at;
    }
    call_end();
}

/* Later ones of the caller, and replies to what has ended with the rewind. */
static void a_reply_to_what_is_no_longer_there(void)
{
    REQUIRE(call_begin(script, true, NULL));
    mark();
    request("gone", "INVITE");
    char asked[CALL_TEXT];
    snprintf(asked, sizeof asked, "%s", sent_to(5081, "INVITE"));
    rewind_all();
    answer(asked, 5081, 486);
    CHECK_INT(count_to(5081, "ACK"), 0);
    CHECK_INT(timers(), 0);
    call_end();
}

#ifdef KEMILUA_FAIL_ALLOC
static void two_hundred_rewinds_take_no_memory(void)
{
    const long start = mem_live();
    long after = 0;
    REQUIRE(call_begin(script, true, NULL));
    mark();
    for (int i = 0; i < 200; i++) {
        forget_sent();
        whole_call("call");
        request("another", "INVITE");
        rewind_all();
        now = 1000;
        if (i == 10) after = mem_live();
        if (i > 10) REQUIRE_INT(mem_live(), after);
    }
    call_end();
    CHECK_INT(mem_live(), start);
}

/* It fails before anything has ended. */
static void short_memory_ends_nothing(void)
{
    kl_error err;
    kl_status status = KL_ENOMEM;
    REQUIRE(call_begin(script, true, NULL));
    mark();
    request("open", "INVITE");
    for (long n = 1; status != KL_OK; n++) {
        mem_fail_after(n, 0);
        status = kl_engine_rewind(engine, &err);
        mem_fail_after(0, 0);
        CHECK_INT(transactions(), status == KL_OK ? 0 : 1);
    }
    call_end();
}
#else
static void two_hundred_rewinds_take_no_memory(void) { CHECK(true); }
static void short_memory_ends_nothing(void) { CHECK(true); }
#endif

CHECK_MAIN(CHECK_TEST(open_transactions_are_not_copied), CHECK_TEST(those_since_the_mark_end),
           CHECK_TEST(a_reply_to_what_is_no_longer_there), CHECK_TEST(two_hundred_rewinds_take_no_memory),
           CHECK_TEST(short_memory_ends_nothing))
