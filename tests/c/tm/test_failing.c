/* The n-th allocation of calls fails, for every n: nothing crashes or leaks, every transaction ends, and the next call
 * goes as the first. */
#include "call.h"

#ifdef KEMILUA_FAIL_ALLOC

static const char script[] =
    "function ksr_request_route()\n"
    "  if KSR.is_CANCEL() then if KSR.tm.t_check_trans() > 0 then KSR.tm.t_relay() end return end\n"
    "  if KSR.tm.t_check_trans() == 0 then return end\n"
    "  if KSR.is_ACK() then KSR.tm.t_relay() return end\n"
    "  KSR.tm.t_on_branch('ksr_branch') KSR.tm.t_on_reply('ksr_reply')\n"
    "  KSR.tm.t_on_failure('ksr_failure') KSR.tm.t_on_branch_failure('ksr_branch_failure')\n"
    "  KSR.pv.sets('$avp(kept)', 'for the failure route') KSR.rr.record_route()\n"
    "  if KSR.pv.get('$ci') == 'waits' then KSR.tmx.t_suspend() return end\n"
    "  if KSR.pv.get('$ci') == 'named' then KSR.seturi('sip:one@names.example') KSR.tm.t_relay() return end\n"
    "  KSR.corex.append_branch_uri('sip:two@127.0.0.1:5082')\n"
    "  if KSR.tm.t_relay() < 0 then KSR.tm.t_reply(500, 'Not relayed') end\n"
    "end\n"
    "function ksr_branch() KSR.hdr.append('X-Branch: ' .. KSR.pv.get('$T_branch_idx') .. '\\r\\n') end\n"
    "function ksr_reply() KSR.hdr.append('X-Reply: ' .. tostring(KSR.pv.get('$T_req($ru)')) .. '\\r\\n') end\n"
    "function ksr_branch_failure() KSR.pv.get('$T_rpl($rs)') end\n"
    "function ksr_failure()\n"
    "  if KSR.tm.t_is_canceled() > 0 or KSR.pv.get('$avp(kept)') ~= 'for the failure route' then return end\n"
    "  if KSR.pv.get('$ci') == 'serial' then KSR.seturi('sip:three@127.0.0.1:5083') KSR.tm.t_relay() end\n"
    "end\n";

static void answered(void)
{
    request("parallel", "INVITE");
    request("parallel", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    answer(sent_to(5082, "INVITE"), 5082, 486);
    answer(sent_to(5081, "INVITE"), 5081, 200);
    answer(sent_to(5081, "CANCEL"), 5081, 200);
    answer(sent_to(5081, "INVITE"), 5081, 200);
}

static void cancelled(void)
{
    request("cancelled", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    request("cancelled", "CANCEL");
    answer(sent_to(5082, "INVITE"), 5082, 180);
    answer(sent_to(5081, "CANCEL"), 5081, 200);
    answer(sent_to(5081, "INVITE"), 5081, 487);
    answer(sent_to(5082, "INVITE"), 5082, 487);
    acknowledge("cancelled");
}

static void forked_again(void)
{
    request("serial", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 503);
    answer(sent_to(5082, "INVITE"), 5082, 486);
    answer(sent_to(5083, "INVITE"), 5083, 302);
    acknowledge("serial");
}

static void timed_out(void)
{
    request("late", "OPTIONS");
    request("waits", "INVITE");
    pass(60);
}

static void named(void)
{
    static const uint16_t ports[] = {5081, 5082};
    request("named", "INVITE");
    resolved(ports, 2);
    answer(sent_to(5081, "INVITE"), 5081, 503);
    answer(sent_to(5082, "INVITE"), 5082, 200);
}

static void live(void)
{
    answered();
    cancelled();
    forked_again();
    named();
    timed_out();
    pass(300);
}

static void as_it_should_be(void)
{
    CHECK_INT(count_to(5081, "INVITE"), 4);
    CHECK_INT(count_to(5082, "INVITE"), 4);
    CHECK_INT(count_to(5083, "INVITE"), 1);
    CHECK(sent_to(CALLER, "SIP/2.0 180 Said by 5081") && sent_to(CALLER, "SIP/2.0 200 Said by 5081"));
    CHECK(sent_to(CALLER, "SIP/2.0 487 ") && sent_to(CALLER, "SIP/2.0 302 Said by 5083"));
    CHECK_INT(count_to(CALLER, "SIP/2.0 408 "), 1 + 4); /* that of the INVITE until it is no longer on wait */
    CHECK_INT(error_count, 0);
    CHECK_STR(last_failure, "");
}

static void undisturbed(void)
{
    REQUIRE(call_begin(script, true, NULL));
    live();
    as_it_should_be();
    CHECK_INT(transactions(), 0);
    CHECK_INT(timers(), 0);
    call_end();
    CHECK_INT(mem_live(), 0);
}

static void outlives(long n, int sticky)
{
    mem_fail_after(n, sticky);
    answered();
    cancelled();
    forked_again();
    named();
    timed_out();
}

static void each_allocation_fails(int sticky)
{
    long failed = 1, n = 1;
    for (; failed; n++) {
        REQUIRE(call_begin(script, true, NULL));
        outlives(n, sticky);
        failed = mem_refused();
        mem_fail_after(0, 0);
        pass(300);
        CHECK_INT(transactions(), 0);
        CHECK_INT(timers(), 0);
        forget_sent();
        last_failure[0] = '\0';
        live();
        as_it_should_be();
        call_end();
        if (mem_live() != 0) printf("    after failing allocation %ld\n", n);
        REQUIRE_INT(mem_live(), 0);
    }
    printf("     %ld allocations in these calls\n", n - 1);
    CHECK(n > 100);
}

static void each_allocation_fails_once(void) { each_allocation_fails(0); }
static void each_allocation_and_all_after_it_fail(void) { each_allocation_fails(1); }

CHECK_MAIN(CHECK_TEST(undisturbed), CHECK_TEST(each_allocation_fails_once),
           CHECK_TEST(each_allocation_and_all_after_it_fail))

#else

static void nothing_to_do_without_failing_allocations(void) { CHECK(1); }
CHECK_MAIN(CHECK_TEST(nothing_to_do_without_failing_allocations))

#endif
