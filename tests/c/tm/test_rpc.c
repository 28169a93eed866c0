/* Commands of tm whose answer comes later: one for each that was begun, whatever fails, and none for those that were
 * not; none either once the host has gone. */
#include "call.h"

#include "base/mem.h"

static const char script[] = "function ksr_request_route() end function ksr_reply_route() end";
static const char headers[] = "From: <sip:proxy@example.com>;tag=p\r\nTo: <sip:one@example.com>\r\n";

static int answers, answer_code, answer_parts;
static int64_t answer_number;
static kl_type answer_type;

void kl_py_answer(void *host, int64_t number, int code, const kl_value *value)
{
    CHECK(host == &answers);
    answers++;
    answer_number = number;
    answer_code = code;
    answer_type = value->type;
    answer_parts = 0;
    if (value->type != KL_TYPE_STR)
        for (const kl_item *item = value->items; item; item = item->next) answer_parts++;
}

static void set(kl_engine *made) { made->host.handle = &answers; }

/* The number of the answer, 0: there is none, since memory ended. */
static int64_t ask(const char *name, const char *method)
{
    const kl_span words[] = {span_text(method), SPAN("sip:one@127.0.0.1:5081"), SPAN("."), SPAN("."),
                             span_text(headers)};
    kl_value args[5];
    const kl_value *result;
    int code;
    kl_error err;
    for (int i = 0; i < 5; i++) args[i] = (kl_value){.type = KL_TYPE_STR, .s = words[i]};
    kl_engine_clear_effects(engine);
    if (kl_engine_command(engine, span_text(name), args, 5, &result, &code, &err) != KL_OK) return 0;
    note_effects(&(kl_error){.status = KL_OK});
    CHECK(code == KL_RPC_LATER || code >= 400);
    return code == KL_RPC_LATER ? result->i : 0;
}

static void begin(void)
{
    REQUIRE(call_begin(script, true, set));
    tick();
    answers = 0;
}

static void a_reply_is_the_answer(void)
{
    begin();
    const int64_t number = ask("tm.t_uac_wait", "OPTIONS");
    CHECK(number > 0);
    CHECK_INT(answers, 0);
    const char *out = sent_to(5081, "OPTIONS");
    answer(out, 5081, 200);
    CHECK_INT(answers, 1);
    CHECK_INT(answer_number, number);
    CHECK_INT(answer_code, 0);
    CHECK_INT(answer_type, KL_TYPE_ARRAY);
    CHECK_INT(answer_parts, 6);
    answer(out, 5081, 200);
    pass(300);
    CHECK_INT(answers, 1);
    CHECK_INT(timers(), 0);
    call_end();
}

static void no_reply_is_one_too(void)
{
    begin();
    CHECK(ask("tm.t_uac_wait_block", "OPTIONS") > 0);
    pass(31);
    CHECK_INT(answers, 1);
    CHECK_INT(answer_type, KL_TYPE_DICT);
    CHECK_INT(answer_parts, 2);
    call_end();
}

static void patience_ends(void)
{
    begin();
    const int64_t first = ask("tm.t_uac_wait_block", "INVITE"), second = ask("tm.t_uac_wait", "INVITE");
    CHECK(first > 0 && second > first);
    for (int i = 0; i < sent_count; i++) answer(sent[i].text, 5081, 180);
    pass(79.5);
    CHECK_INT(answers, 0);
    pass(1);
    CHECK_INT(answers, 1);
    CHECK_INT(answer_number, first);
    CHECK_INT(answer_code, 500);
    pass(200);
    CHECK_INT(answers, 2);
    CHECK_INT(answer_number, second);
    call_end();
}

static void an_engine_that_ends_tells_nobody(void)
{
    begin();
    CHECK(ask("tm.t_uac_wait", "OPTIONS") > 0 && ask("tm.t_uac_wait_block", "INVITE") > 0);
    call_end();
    CHECK_INT(answers, 0);
}

#ifdef KEMILUA_FAIL_ALLOC
static void each_allocation_fails(int sticky)
{
    long failed = 1, n = 1;
    for (; failed; n++) {
        begin();
        mem_fail_after(n, sticky);
        int asked = ask("tm.t_uac_wait", "OPTIONS") > 0;
        asked += ask("tm.t_uac_wait_block", "INVITE") > 0;
        answer(sent_to(5081, "OPTIONS"), 5081, 200);
        answer(sent_to(5081, "INVITE"), 5081, 486);
        failed = mem_refused();
        mem_fail_after(0, 0);
        pass(300);
        CHECK_INT(answers, asked);
        CHECK_INT(transactions(), 0);
        CHECK_INT(timers(), 0);
        call_end();
        if (mem_live() != 0 || answers != asked) printf("    after failing allocation %ld\n", n);
        REQUIRE_INT(mem_live(), 0);
    }
    CHECK(n > 20);
}

static void one_allocation_fails(void) { each_allocation_fails(0); }
static void all_allocations_fail_from_one_on(void) { each_allocation_fails(1); }
#endif

CHECK_MAIN(CHECK_TEST(a_reply_is_the_answer), CHECK_TEST(no_reply_is_one_too), CHECK_TEST(patience_ends),
           CHECK_TEST(an_engine_that_ends_tells_nobody),
#ifdef KEMILUA_FAIL_ALLOC
           CHECK_TEST(one_allocation_fails), CHECK_TEST(all_allocations_fail_from_one_on),
#endif
)
