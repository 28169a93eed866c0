/* What must not last: ten thousand transactions at once, replies for what is gone, clocks that jump, scripts that fail,
 * floods. Afterwards there is no transaction, no timer, and as much memory as before. */
#include "call.h"

static const char script[] =
    "FAIL = ''\n"
    "local function may_fail(route) if FAIL == route then error('on purpose in ' .. route) end end\n"
    "function ksr_request_route()\n"
    "  may_fail('request')\n"
    "  if KSR.is_CANCEL() then if KSR.tm.t_check_trans() > 0 then KSR.tm.t_relay() end return end\n"
    "  if KSR.tm.t_check_trans() == 0 then return end\n"
    "  if KSR.is_ACK() then KSR.tm.t_relay() return end\n"
    "  if KSR.pv.get('$ci') == 'continues' then KSR.tmx.t_continue(INDEX, LABEL, 'ksr_hold_on') return end\n"
    "  if KSR.pv.get('$ci') == 'name' then KSR.seturi('sip:one@names.example') end\n"
    "  KSR.tm.t_on_branch('ksr_branch') KSR.tm.t_on_reply('ksr_reply')\n"
    "  KSR.tm.t_on_failure('ksr_failure') KSR.tm.t_on_branch_failure('ksr_branch_failure')\n"
    "  if KSR.pv.get('$ci') == 'held' or KSR.pv.get('$ci') == 'heldagain' then KSR.tm.t_on_reply('ksr_hold') end\n"
    "  if KSR.pv.get('$ci') == 'two' then KSR.corex.append_branch_uri('sip:two@127.0.0.1:5082') end\n"
    "  if KSR.pv.get('$ci') == 'here' then KSR.tm.t_newtran() KSR.tm.t_reply(200, 'Here') return end\n"
    "  KSR.tm.t_relay()\n"
    "  may_fail('relayed')\n"
    "  if KSR.pv.get('$ci') == 'released' then KSR.tm.t_release() end\n"
    "end\n"
    "function ksr_onsend_route() if FAIL == 'onsend' and KSR.is_INVITE() then KSR.x.drop() end end\n"
    "function ksr_reply_route() may_fail('core reply') end\n"
    "function ksr_branch() may_fail('branch') end\n"
    "function ksr_reply() SEEN = KSR.pv.get('$T_req($T_reply_code)') may_fail('reply') end\n"
    "function ksr_branch_failure() may_fail('branch failure') end\n"
    "function ksr_failure() SEEN = KSR.pv.get('$T_rpl($T_reply_code)') may_fail('failure') end\n"
    "function ksr_hold() INDEX, LABEL = KSR.pv.get('$T(id_index)'), KSR.pv.get('$T(id_label)') KSR.tmx.t_suspend() "
    "end\n"
    "function ksr_hold_on() if KSR.pv.get('$ci') == 'heldagain' then KSR.tmx.t_suspend() end end\n";

static void eval_and_note(const char *code)
{
    eval(code);
    note_effects(&(kl_error){.status = KL_OK});
}

static void all_is_over(void)
{
    pass(400);
    CHECK_INT(transactions(), 0);
    CHECK_INT(timers(), 0);
}

/* ---- many */

#ifdef KEMILUA_FAIL_ALLOC
static long memory(void)
{
    eval_and_note("collectgarbage() collectgarbage()");
    return mem_live();
}
#else
static long memory(void) { return 0; }
#endif

enum { MANY = 10000 };

static void ring(int n)
{
    char id[16];
    snprintf(id, sizeof id, "c%d", n);
    request(id, "INVITE");
    const char *out = sent_to(5081, "INVITE");
    if (n % 3 == 0) answer(out, 5081, 180);
    if (n % 7 == 0) answer(out, 5081, 486);
    forget_sent();
}

static void ten_thousand_at_once(void)
{
    REQUIRE(call_begin(script, true, NULL));
    for (int i = 0; i < MANY / 4; i++) ring(i); /* what is kept for the next burst */
    all_is_over();
    const long before = memory();
    for (int i = 0; i < MANY; i++) ring(i);
    CHECK_INT(transactions(), MANY);
    CHECK(timers() >= MANY);
    all_is_over();
    CHECK_INT(error_count, 0);
    const long after = memory();
    if (after > before + 8 || after < before - 8) CHECK_INT(after, before); /* Lua's own come and go */
    call_end();
}

static void all_timers_at_the_same_instant(void)
{
    REQUIRE(call_begin(script, true, NULL));
    for (int i = 0; i < 500; i++) ring(i);
    now += 7200; /* everything is due in one call */
    tick();
    CHECK(sent_count > 500);
    all_is_over();
    CHECK_INT(error_count, 0);
    call_end();
}

/* Timers of two calls that began together: each rings, repeats and ends at the same times. */
static void two_calls_in_step(void)
{
    REQUIRE(call_begin(script, true, NULL));
    request("left", "INVITE");
    request("right", "INVITE");
    pass(29);
    CHECK_INT(count_to(5081, "INVITE"), 2 * 10); /* at 0, .5, 1.5, 3.5, 7.5 ... 27.5 */
    pass(2);
    CHECK_INT(count_to(CALLER, "SIP/2.0 408"), 2 * 2);
    acknowledge("left");
    acknowledge("right");
    all_is_over();
    call_end();
}

/* ---- what is gone */

static char kept[CALL_TEXT];

static void keep(const char *text) { snprintf(kept, sizeof kept, "%s", text ? text : ""); }

static void replies_for_a_branch_that_is_gone(void)
{
    static const int codes[] = {100, 180, 200, 200, 486, 487, 603};
    REQUIRE(call_begin(script, true, NULL));
    request("gone", "INVITE");
    keep(sent_to(5081, "INVITE"));
    answer(kept, 5081, 486);
    acknowledge("gone");
    forget_sent();
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) answer(kept, 5081, codes[i]); /* on wait */
    CHECK_INT(timers(), 1);
    CHECK_INT(count_to(5081, ""), 0);
    all_is_over();
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) answer(kept, 5081, codes[i]);
    CHECK_INT(count_to(5081, ""), 0);
    CHECK_INT(timers(), 0);
    call_end();
}

/* The index of a branch that never was, or a Via of nobody. */
static void replies_for_nothing(void)
{
    REQUIRE(call_begin(script, true, NULL));
    request("flood", "INVITE");
    keep(sent_to(5081, "INVITE"));
    forget_sent();
    char *index = strstr(kept, ".0;rport");
    if (!index) index = strstr(kept, ".0\r\n");
    REQUIRE(index != NULL);
    for (const char *c = "123456789abcdefgz."; *c; c++) {
        index[1] = *c;
        for (int code = 100; code < 700; code += 43) answer(kept, 5081, code);
    }
    CHECK_INT(count_to(5081, ""), 0);
    CHECK_INT(transactions(), 1);
    all_is_over();
    call_end();
}

/* A late provisional reply does not open a branch again. */
static void a_provisional_after_the_final(void)
{
    REQUIRE(call_begin(script, true, NULL));
    request("two", "INVITE");
    keep(sent_to(5081, "INVITE"));
    answer(kept, 5081, 180);
    answer(sent_to(5082, "INVITE"), 5082, 180);
    request("two", "CANCEL");
    answer(kept, 5081, 487);
    const int cancels = count_to(5081, "CANCEL");
    answer(kept, 5081, 183);
    CHECK_INT(count_to(5081, "CANCEL"), cancels);
    answer(sent_to(5082, "INVITE"), 5082, 487);
    CHECK_INT(count_to(CALLER, "SIP/2.0 487"), 1);
    all_is_over();
    call_end();
}

/* ---- floods */

static void cancels_and_acks_for_nothing(void)
{
    REQUIRE(call_begin(script, true, NULL));
    for (int i = 0; i < 200; i++) {
        char id[16];
        snprintf(id, sizeof id, "n%d", i);
        request(id, "CANCEL");
        CHECK_INT(sent_count, 0);
        request(id, "ACK");
        CHECK(sent_count <= 1); /* it may be of a 2xx that was relayed */
        forget_sent();
    }
    CHECK_INT(transactions(), 0);
    CHECK_INT(timers(), 0);
    request("once", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    for (int i = 0; i < 200; i++) request("once", "CANCEL");
    CHECK_INT(count_to(5081, "CANCEL"), 1);
    CHECK_INT(transactions(), 2);
    answer(sent_to(5081, "INVITE"), 5081, 487);
    for (int i = 0; i < 200; i++) acknowledge("once");
    CHECK_INT(count_to(5081, "ACK"), 1);
    CHECK_INT(count_to(CALLER, "SIP/2.0 487"), 1);
    all_is_over();
    call_end();
}

/* ---- clocks */

static void a_wall_clock_that_jumps_back(void)
{
    kl_error err;
    REQUIRE(call_begin(script, true, NULL));
    request("jump", "INVITE");
    pass(3);
    CHECK_INT(count_to(5081, "INVITE"), 3);
    CHECK_INT(kl_engine_timer(engine, now - 3600, now, &err), KL_OK);
    pass(26);
    CHECK_INT(count_to(5081, "INVITE"), 10);
    all_is_over();
    call_end();
}

/* A host that has one clock has its timers go by that: late, but they end. */
static void the_only_clock_jumps_back(void)
{
    REQUIRE(call_begin(script, false, NULL));
    request("jump", "INVITE");
    pass(3);
    now -= 3600;
    tick();
    request("jump2", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    pass(3600 + 400);
    CHECK_INT(transactions(), 0);
    CHECK_INT(timers(), 0);
    call_end();
}

/* ---- scripts */

static void set_fail(const char *route)
{
    char code[64];
    snprintf(code, sizeof code, "FAIL = '%s'", route);
    eval_and_note(code);
    forget_sent();
    last_error[0] = last_failure[0] = '\0';
}

static void fails_in(const char *route)
{
    REQUIRE(call_begin(script, true, NULL));
    set_fail(route);
    request("fails", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    answer(sent_to(5081, "INVITE"), 5081, 486);
    CHECK(strstr(last_error, "on purpose in ") != NULL);
    CHECK(strstr(last_failure, route) != NULL);
    all_is_over();
    set_fail("");
    request("goes", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 486);
    CHECK_INT(count_to(CALLER, "SIP/2.0 486"), 1);
    CHECK_STR(last_error, "");
    call_end();
}

static void errors_in_each_route(void)
{
    static const char *const routes[] = {"request", "relayed",        "core reply", "branch",
                                         "reply",   "branch failure", "failure"};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) fails_in(routes[i]);
}

/* Nothing goes out: the call ends at once. */
static void dropped_by_onsend(void)
{
    REQUIRE(call_begin(script, true, NULL));
    set_fail("onsend");
    request("two", "INVITE");
    CHECK_INT(count_to(5081, ""), 0);
    CHECK_INT(count_to(CALLER, "SIP/2.0 477"), 1);
    all_is_over();
    call_end();
}

static void reload_in_the_middle_of_a_call(void)
{
    kl_error err;
    REQUIRE(call_begin(script, true, NULL));
    request("reload", "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 180);
    CHECK_INT(kl_engine_reload(engine, -1, &err), KL_OK);
    answer(sent_to(5081, "INVITE"), 5081, 486);
    CHECK_INT(count_to(CALLER, "SIP/2.0 486"), 1);
    acknowledge("reload");
    all_is_over();
    CHECK_INT(error_count, 0);
    call_end();
}

static void released_while_it_is_under_way(void)
{
    REQUIRE(call_begin(script, true, NULL));
    request("released", "INVITE");
    CHECK_INT(timers(), 1);
    all_is_over();
    call_end();
}

static void held_and_continued(const char *id)
{
    REQUIRE(call_begin(script, true, NULL));
    request(id, "INVITE");
    answer(sent_to(5081, "INVITE"), 5081, 200);
    CHECK_INT(count_to(CALLER, "SIP/2.0 200"), 0);
    request("continues", "OPTIONS");
    CHECK_INT(count_to(CALLER, "SIP/2.0 200"), 1); /* it is not held twice */
    all_is_over();
    call_end();
}

static void replies_that_are_held(void)
{
    held_and_continued("held");
    held_and_continued("heldagain");
    REQUIRE(call_begin(script, true, NULL)); /* and one that nobody ever continues */
    request("held", "INVITE");
    for (int i = 0; i < 3; i++) answer(sent_to(5081, "INVITE"), 5081, i == 0 ? 180 : 200);
    all_is_over();
    CHECK_INT(count_to(5081, "CANCEL"), 0);
    call_end();
}

/* ACK to a 2xx of ours within a dialog is known by the tag of the request, whatever came in since. */
static void a_reply_of_ours_within_a_dialog(void)
{
    static const char text[] =
        "%s sip:one@127.0.0.1:5081 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK%s\n"
        "To: <sip:bob@example.com>;tag=theirs\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: "
        "here\nCSeq: 2 %s\nContent-Length: 0\n\n";
    char wire[1024];
    REQUIRE(call_begin(script, true, NULL));
    snprintf(wire, sizeof wire, text, "INVITE", "i", "INVITE");
    receive(wire, CALLER);
    CHECK_INT(count_to(CALLER, "SIP/2.0 200 Here"), 1);
    for (int i = 0; i < 5; i++) request("another", "OPTIONS");
    snprintf(wire, sizeof wire, text, "ACK", "k", "ACK");
    receive(wire, CALLER);
    CHECK_INT(count_to(5081, "ACK"), 0);
    all_is_over();
    call_end();
}

/* ---- names as next hops */

static const uint16_t two_ports[] = {5081, 5082};

static void a_name_is_asked(void)
{
    forget_sent();
    last_ticket = 0;
    request("name", "INVITE");
    CHECK(last_ticket != 0);
    CHECK_INT(sent_count, 1); /* 100 */
}

static void names_that_are_answered_or_not(void)
{
    REQUIRE(call_begin(script, true, NULL));
    a_name_is_asked();
    resolved(two_ports, 2);
    answer(sent_to(5081, "INVITE"), 5081, 200); /* the second one is never tried */
    all_is_over();
    call_end();

    REQUIRE(call_begin(script, true, NULL));
    a_name_is_asked();
    resolved(two_ports, 2);
    answer(sent_to(5081, "INVITE"), 5081, 503);
    answer(sent_to(5082, "INVITE"), 5082, 486);
    CHECK_INT(count_to(CALLER, "SIP/2.0 486"), 1);
    all_is_over();
    resolved(two_ports, 2); /* late, and once more */
    CHECK_INT(timers(), 0);
    call_end();

    REQUIRE(call_begin(script, true, NULL));
    a_name_is_asked();
    pass(31); /* never */
    CHECK_INT(count_to(CALLER, "SIP/2.0 408"), 2);
    resolved(two_ports, 2);
    CHECK_INT(count_to(5081, ""), 0);
    all_is_over();
    call_end();

    REQUIRE(call_begin(script, true, NULL));
    a_name_is_asked();
    request("name", "CANCEL");
    CHECK_INT(count_to(CALLER, "SIP/2.0 487"), 1);
    resolved(two_ports, 2);
    CHECK_INT(count_to(5081, ""), 0);
    all_is_over();
    call_end();

    REQUIRE(call_begin(script, true, NULL));
    a_name_is_asked();
    call_end(); /* the engine ends while it waits */
}

CHECK_MAIN(CHECK_TEST(ten_thousand_at_once), CHECK_TEST(all_timers_at_the_same_instant), CHECK_TEST(two_calls_in_step),
           CHECK_TEST(replies_for_a_branch_that_is_gone), CHECK_TEST(replies_for_nothing),
           CHECK_TEST(a_provisional_after_the_final), CHECK_TEST(cancels_and_acks_for_nothing),
           CHECK_TEST(a_wall_clock_that_jumps_back), CHECK_TEST(the_only_clock_jumps_back),
           CHECK_TEST(errors_in_each_route), CHECK_TEST(dropped_by_onsend), CHECK_TEST(reload_in_the_middle_of_a_call),
           CHECK_TEST(released_while_it_is_under_way), CHECK_TEST(replies_that_are_held),
           CHECK_TEST(names_that_are_answered_or_not), CHECK_TEST(a_reply_of_ours_within_a_dialog))
