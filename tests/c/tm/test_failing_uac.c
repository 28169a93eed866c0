/* The n-th allocation fails while challenges are answered, redirections followed and places tried one by one: nothing
 * crashes or leaks, every transaction ends, and what comes next goes as if nothing had been. */
#include "call.h"

#ifdef KEMILUA_FAIL_ALLOC

static const char script[] =
    "function ksr_request_route()\n"
    "  if KSR.tm.t_check_trans() == 0 or KSR.is_ACK() then return end\n"
    "  local id = KSR.pv.get('$ci')\n"
    "  if id == 'own' then\n"
    "    KSR.pv.sets('$uac_req(method)', 'INFO') KSR.pv.sets('$uac_req(ruri)', 'sip:own@127.0.0.1:5084')\n"
    "    KSR.pv.sets('$uac_req(auser)', 'u') KSR.pv.sets('$uac_req(apasswd)', 'p') KSR.pv.seti('$uac_req(evroute)', "
    "1)\n"
    "    KSR.uac.uac_req_send() KSR.tm.t_send_reply(200, 'OK')\n"
    "    return\n"
    "  end\n"
    "  if id == 'serial' then\n"
    "    KSR.corex.append_branch_uri_q('sip:two@127.0.0.1:5082', '0.5')\n"
    "    KSR.tm.t_load_contacts() KSR.tm.t_next_contacts()\n"
    "  end\n"
    "  KSR.rr.record_route() KSR.uac.uac_replace_from('\"Z\"', 'sip:z@example.net')\n"
    "  KSR.tm.t_on_failure('failed') KSR.tm.t_relay()\n"
    "end\n"
    "function failed()\n"
    "  local code, more = KSR.tm.t_get_status_code(), -1\n"
    "  if code == 302 then more = KSR.uac_redirect.get_redirects_all()\n"
    "  elseif code == 401 then more = KSR.uac.uac_auth()\n"
    "  else more = KSR.tm.t_next_contacts() end\n"
    "  if more > 0 then KSR.tm.t_relay() end\n"
    "end\n"
    "function told() KSR.pv.get('$uac_req(evcode)') end\n";

static void set(kl_engine *made)
{
    kl_error err;
    CHECK_INT(kl_engine_module(made, SPAN("uac"), &err), KL_OK);
    CHECK_INT(kl_engine_module(made, SPAN("uac_redirect"), &err), KL_OK);
    call_param("uac", "credential", "user:r:password", 0);
    call_param("uac", "event_callback", "told", 0);
    call_param("tm", "contacts_avp", "places", 0);
    call_param("tm", "contact_flows_avp", "flows", 0);
}

/* A 401 to what was sent. */
static void challenge(const char *asked, uint16_t port)
{
    char text[4096];
    if (!asked) return;
    char *at = text + sprintf(text, "SIP/2.0 401 Who\r\n");
    for (const char *line = asked, *end; (end = strstr(line, "\r\n")) && end > line; line = end + 2)
        if (is_copied(line)) at = copy_header(at, line, (size_t)(end - line), "t");
    at += sprintf(at, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n");
    receive_bytes(text, (size_t)(at - text), port);
}

static void all(void)
{
    request("challenged", "INVITE");
    challenge(sent_to(5081, "INVITE"), 5081);
    answer(sent_to(5081, "INVITE"), 5081, 200);
    request("moved", "OPTIONS"); /* to the telephone itself, which says so again */
    answer(sent_to(5081, "OPTIONS"), 5081, 302);
    answer(sent_to(5081, "OPTIONS"), 5081, 200);
    request("serial", "INVITE");
    answer(sent_to(5082, "INVITE"), 5082, 486);
    answer(sent_to(5081, "INVITE sip:one"), 5081, 200);
    request("own", "MESSAGE");
    challenge(sent_to(5084, "INFO"), 5084);
    answer(sent_to(5084, "INFO"), 5084, 200);
}

static void live(void)
{
    all();
    pass(300);
}

static void as_it_should_be(void)
{
    const char *again = sent_to(5084, "INFO");
    CHECK_INT(count_to(5081, "INVITE"), 3); /* without and with an answer, and as the second place */
    CHECK_INT(count_to(5082, "INVITE"), 1);
    CHECK_INT(count_to(5081, "OPTIONS"), 2);
    CHECK_INT(count_to(CALLER, "SIP/2.0 200 "), 4);
    CHECK_INT(count_to(5084, "INFO"), 2);
    CHECK(again && strstr(again, "\r\nAuthorization: Digest username=\"u\", realm=\"r\""));
    CHECK_INT(error_count, 0);
    CHECK_STR(last_error, "");
    CHECK_STR(last_failure, "");
}

static void undisturbed(void)
{
    REQUIRE(call_begin(script, true, set));
    live();
    as_it_should_be();
    CHECK_INT(transactions(), 0);
    CHECK_INT(timers(), 0);
    call_end();
    CHECK_INT(mem_live(), 0);
}

static void each_allocation_fails(int sticky)
{
    long failed = 1, n = 1;
    for (; failed; n++) {
        REQUIRE(call_begin(script, true, set));
        mem_fail_after(n, sticky);
        all();
        failed = mem_refused();
        mem_fail_after(0, 0);
        pass(300);
        CHECK_INT(transactions(), 0);
        CHECK_INT(timers(), 0);
        forget_sent();
        last_error[0] = last_failure[0] = '\0';
        live();
        as_it_should_be();
        call_end();
        REQUIRE_INT(mem_live(), 0);
    }
    printf("     %ld allocations in these calls\n", n - 1);
    CHECK(n > 50);
}

static void one_allocation_fails(void) { each_allocation_fails(0); }

static void all_allocations_fail_from_one_on(void) { each_allocation_fails(1); }

CHECK_MAIN(CHECK_TEST(undisturbed), CHECK_TEST(one_allocation_fails), CHECK_TEST(all_allocations_fail_from_one_on))

#else

static void nothing_can_fail_here(void) { CHECK(true); }

CHECK_MAIN(CHECK_TEST(nothing_can_fail_here))

#endif
