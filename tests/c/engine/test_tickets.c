/* Stores that requests leave, told in every way, with every allocation failing once: no 200 without its ticket, no
 * listener that is not told goodbye, nothing left. */
#include "message.h"

#include "core/columns.h"
#include "core/tickets.h"
#include "engine/engine.h"
#include "tm/tm.h"

static const char script[] = "function ksr_request_route()\n"
                             "  if KSR.is_method('REGISTER') then KSR.sl.send_reply(200, 'OK') return end\n"
                             "  if KSR.tm.t_check_trans() == 0 then return end\n"
                             "  KSR.tm.t_newtran()\n"
                             "  if KSR.is_method('MESSAGE') then KSR.tm.t_reply(200, 'OK') return end\n"
                             "  KSR.setdsturi('sip:127.0.0.1:5081') KSR.tm.t_relay()\n"
                             "end\n";

static kl_engine *engine;
static double now;
static int64_t last_ticket, left[64], releases[64];
static int left_count, release_count, listening, told_good, told_bad, twos, failures;
static char sent[2048]; /* the last request */

static void told(kl_ctx *ctx, void *with, int64_t ticket, kl_span error)
{
    (void)ctx, (void)with;
    CHECK(ticket > 0);
    *(error.s ? &told_bad : &told_good) += 1;
}

static void gone(void *with)
{
    (void)with;
    listening--;
}

/* Listens to hook_request; what could not be left ends the request. */
static bool leave(kl_ctx *ctx)
{
    bool failed;
    const kl_column columns[] = {{.name = SPAN("k"), .is_key = 1, .value = {.type = KL_TYPE_STR, .s = SPAN("v")}},
                                 {.name = SPAN("n"), .value = {.type = KL_TYPE_LONG, .i = 7}}};
    const kl_store store = {
        .operation = KL_STORE_UPSERT, .table = SPAN("t"), .columns = columns, .count = 2, .about = SPAN("somebody")};
    if (ctx->msg->method_id == SIP_OPTIONS) {
        tickets_about(ctx, SPAN("somebody"), &failed);
        return failed;
    }
    last_ticket = tickets_store(ctx, &store, &(ticket_listener){.told = told, .gone = gone});
    if (last_ticket) listening++;
    return last_ticket == 0;
}

static void note_effects(void)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(engine, &count);
    for (size_t i = 0; i < count; i++) {
        const kl_effect *one = &effects[i];
        if (one->kind == KL_EFFECT_STORE && left_count < 64) left[left_count++] = one->ticket;
        if (one->kind == KL_EFFECT_RELEASE && release_count < 64) releases[release_count++] = one->ticket;
        if (one->kind != KL_EFFECT_SEND) continue;
        if (span_starts(one->data, SPAN("SIP/2.0 2")) && one->ticket == 0) twos++;
        failures += span_starts(one->data, SPAN("SIP/2.0 500"));
        if (!span_starts(one->data, SPAN("SIP"))) snprintf(sent, sizeof sent, "%.*s", (int)one->data.n, one->data.s);
    }
}

static bool begin(kl_shared *shared)
{
    static const char *const modules[] = {"pv", "tm", "sl"};
    const kl_config config = {.instructions = 1000000, .memory = 1 << 26, .log_level = KL_LOG_ERR};
    kl_error err;
    now = 1000;
    left_count = release_count = listening = told_good = told_bad = twos = failures = 0;
    engine = kl_engine_new(&config, shared, &err);
    bool good = engine && kl_engine_listen(engine, SPAN("udp:127.0.0.1:5070"), &err) == KL_OK;
    for (size_t i = 0; good && i < sizeof modules / sizeof *modules; i++)
        good = kl_engine_module(engine, span_text(modules[i]), &err) == KL_OK;
    if (!good) return false;
    hook_add(&engine->hooks.request, 1000, (void (*)(void))leave);
    return kl_engine_script(engine, SPAN("t.lua"), span_text(script), &err) == KL_OK &&
           kl_engine_start(engine, &err) == KL_OK;
}

static void end(void)
{
    kl_engine_free(engine);
    CHECK_INT(listening, 0);
    REQUIRE_INT(mem_live(), 0);
}

static void receive(const char *text)
{
    kl_error err;
    const kl_packet packet = {.data = text,
                              .size = strlen(text),
                              .source_host = SPAN("127.0.0.1"),
                              .local_host = SPAN("127.0.0.1"),
                              .source_port = 5081,
                              .local_port = 5070,
                              .transport = KL_PROTO_UDP,
                              .conid = -1,
                              .now = now};
    kl_engine_receive(engine, &packet, &err);
    note_effects();
}

static void ask(const char *method, const char *id)
{
    char text[1024];
    snprintf(text, sizeof text,
             "%s sip:b@b.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5081;branch=z9hG4bK%s\r\nMax-Forwards: 10\r\n"
             "To: <sip:b@b.example>\r\nFrom: <sip:a@a.example>;tag=a\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n"
             "Content-Length: 0\r\n\r\n",
             method, id, id, method);
    receive(text);
}

/* To the last request that went on. */
static void answer(void)
{
    char text[2048];
    const char *head = strstr(sent, "\r\n"), *tail = strstr(sent, "Content-Length");
    if (!head || !tail) return;
    snprintf(text, sizeof text, "SIP/2.0 200 OK%.*s\r\n", (int)(tail - head), head);
    receive(text);
}

static void tell(int64_t ticket, kl_span error)
{
    kl_error err;
    kl_engine_stored(engine, ticket, error, &err);
    note_effects();
}

static void post(int64_t ticket, kl_span error)
{
    kl_error err;
    kl_input_kind kind;
    int64_t unused;
    kl_inbox_post_stored(engine->inbox, ticket, error, &err);
    do kl_engine_handle_input(engine, &kind, &unused, &err), note_effects();
    while (kind != KL_INPUT_NONE);
}

static void pass(double seconds)
{
    kl_error err;
    const double until = now + seconds;
    for (double next; (next = kl_engine_next_timer(engine)) <= until;) {
        if (next > now) now = next;
        kl_engine_timer(engine, now, now, &err);
        note_effects();
    }
    now = until;
}

static void live(void)
{
    ask("REGISTER", "one");
    ask("REGISTER", "one");
    ask("OPTIONS", "about");
    ask("MESSAGE", "two");
    pass(7);
    ask("MESSAGE", "two");
    tell(2, SPAN("full"));
    tell(1, SPAN_NULL);
    tell(1, SPAN("late"));
    ask("MESSAGE", "two");
    ask("INVITE", "three");
    pass(1);
    post(3, SPAN_NULL);
    answer();
    ask("INVITE", "four");
    answer();
    post(4, SPAN("full"));
    answer();
    pass(50);
    ask("REGISTER", "left");
    ask("INVITE", "left too");
}

static void undisturbed(void)
{
    REQUIRE(begin(NULL));
    ask("REGISTER", "one");
    CHECK_INT(last_ticket, 1);
    CHECK_INT(twos, 0);
    CHECK_INT(kl_shared_oldest_store(engine->shared), 1);
    tell(1, SPAN_NULL);
    CHECK_INT(kl_shared_oldest_store(engine->shared), 0);
    ask("MESSAGE", "two");
    pass(20);
    CHECK_INT(engine->per_engine.tm->count, 1); /* as long as its answer waits */
    tell(2, SPAN("full"));
    CHECK_INT(failures, 1);
    pass(20);
    CHECK_INT(engine->per_engine.tm->count, 0);
    CHECK_INT(told_good, 1);
    CHECK_INT(told_bad, 1);
    CHECK_INT(release_count, 2);
    CHECK_INT(listening, 0);
    end();
    REQUIRE(begin(NULL));
    live();
    CHECK_INT(left_count, 6);
    CHECK_INT(told_good, 2);
    CHECK_INT(told_bad, 2);
    CHECK_INT(listening, 2);
    end();
}

static void a_rewind_forgets_what_waits(void)
{
    kl_error err;
    REQUIRE(begin(NULL));
    ask("REGISTER", "one");
    CHECK_INT(kl_engine_mark(engine, &err), KL_EBUSY);
    CHECK_STR(err.text, "nobody has told what became of Store 1: what waits for it cannot be copied");
    tell(1, SPAN_NULL);
    REQUIRE_INT(kl_engine_mark(engine, &err), KL_OK);
    for (int i = 0; i < 3; i++) {
        ask("REGISTER", "two");
        CHECK_INT(last_ticket, 2);
        ask("MESSAGE", "three");
        CHECK_INT(last_ticket, 3);
        REQUIRE_INT(kl_engine_rewind(engine, &err), KL_OK);
        CHECK_INT(listening, 0);
        CHECK_INT(kl_shared_oldest_store(engine->shared), 0);
    }
    ask("REGISTER", "two");
    tell(2, SPAN_NULL);
    CHECK_INT(told_good, 2);
    end();
}

static void columns_are_read_as_they_were_written(void)
{
    kl_buf bytes;
    kl_column got;
    const kl_column columns[] = {
        {.name = SPAN("a"), .is_key = 1, .value = {.type = KL_TYPE_STR, .s = SPAN("text")}},
        {.name = SPAN("b"), .is_bytes = 1, .value = {.type = KL_TYPE_STR, .s = SPAN("")}},
        {.name = SPAN("c"), .value = {.type = KL_TYPE_LONG, .i = INT64_MIN}},
        {.name = SPAN("d"), .value = {.type = KL_TYPE_FLOAT, .f = 0.5}},
        {.name = SPAN("e"), .value = {.type = KL_TYPE_NULL}},
    };
    buf_init(&bytes);
    for (size_t i = 0; i < 5; i++) columns_add(&bytes, &columns[i]);
    kl_span rest = buf_span(&bytes);
    for (size_t i = 0; i < 5; i++) {
        REQUIRE_INT(kl_column_next(&rest, &got), 1);
        CHECK(span_eq(got.name, columns[i].name) && got.value.type == columns[i].value.type);
        CHECK(got.is_key == columns[i].is_key && got.is_bytes == columns[i].is_bytes);
        CHECK(got.value.i == columns[i].value.i && got.value.f == columns[i].value.f);
        CHECK(span_eq(got.value.s, columns[i].value.s));
    }
    CHECK_INT(kl_column_next(&rest, &got), 0);
    buf_free(&bytes);
}

#ifdef KEMILUA_FAIL_ALLOC
static void each_allocation_fails(void)
{
    long failed = 1, n = 1;
    for (; failed; n++) {
        REQUIRE(begin(NULL));
        mem_fail_after(n, 0);
        ask("REGISTER", "first");
        ask("MESSAGE", "second");
        CHECK_INT(twos, 0);
        tell(2, SPAN("full"));
        tell(1, SPAN("full"));
        CHECK_INT(twos, 0);
        live();
        failed = mem_refused();
        mem_fail_after(0, 0);
        end();
    }
    printf("     %ld allocations in these calls\n", n - 1);
    CHECK(n > 50);
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(each_allocation_fails),
#endif
    CHECK_TEST(undisturbed), CHECK_TEST(a_rewind_forgets_what_waits), CHECK_TEST(columns_are_read_as_they_were_written))
