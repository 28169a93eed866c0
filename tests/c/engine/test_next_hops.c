/* Next hops that are names: what the host answers, late, twice or never, with every allocation failing once. Nothing
 * crashes, nothing is left. */
#define _GNU_SOURCE /* memmem */
#include "message.h"

#include "engine/engine.h"
#include "tm/tm.h"

static const char script[] =
    "function ksr_request_route()\n"
    "  if KSR.is_CANCEL() then KSR.tm.t_relay() return end\n"
    "  KSR.tm.t_on_failure('ksr_failure') KSR.pv.sets('$avp(kept)', 'yes')\n"
    "  if KSR.pv.get('$ci') == 'two' then KSR.corex.append_branch_uri('sip:c@c.example') end\n"
    "  KSR.tm.t_relay()\n"
    "end\n"
    "function ksr_onsend_route() KSR.pv.get('$avp(kept)') end\n"
    "function ksr_failure() if KSR.pv.get('$ci') == 'more' then KSR.seturi('sip:d@d.example') KSR.tm.t_relay() end "
    "end\n";

static kl_engine *engine;
static double now;
static int64_t tickets[64];
static int ticket_count, sent_count;
static char sent[2048]; /* the last request */
static uint16_t sent_port;

static void note_effects(void)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(engine, &count);
    for (size_t i = 0; i < count; i++) {
        const kl_effect *one = &effects[i];
        if (one->kind == KL_EFFECT_RESOLVE && ticket_count < 64) tickets[ticket_count++] = one->ticket;
        if (one->kind != KL_EFFECT_SEND || one->data.n < 7 || memcmp(one->data.s, "INVITE ", 7) != 0) continue;
        snprintf(sent, sizeof sent, "%.*s", (int)one->data.n, one->data.s);
        sent_port = one->port;
        sent_count++;
    }
}

static bool begin(void)
{
    static const char *const modules[] = {"pv", "tm", "corex"};
    const kl_config config = {.instructions = 1000000, .memory = 1 << 26, .log_level = KL_LOG_ERR};
    kl_error err;
    now = 1000;
    engine = kl_engine_new(&config, NULL, &err);
    bool good = engine && kl_engine_listen(engine, SPAN("udp:127.0.0.1:5070"), &err) == KL_OK;
    for (size_t i = 0; good && i < sizeof modules / sizeof *modules; i++)
        good = kl_engine_module(engine, span_text(modules[i]), &err) == KL_OK;
    return good && kl_engine_script(engine, SPAN("hops.lua"), span_text(script), &err) == KL_OK &&
           kl_engine_start(engine, &err) == KL_OK;
}

static void forget(void) { ticket_count = sent_count = sent_port = 0, sent[0] = '\0'; }

static kl_packet packet_of(const char *bytes, size_t n, uint16_t port)
{
    return (kl_packet){.data = bytes,
                       .size = n,
                       .source_host = SPAN("127.0.0.1"),
                       .local_host = SPAN("127.0.0.1"),
                       .source_port = port,
                       .local_port = 5070,
                       .transport = KL_PROTO_UDP,
                       .conid = -1,
                       .now = now};
}

static void request(const char *id, const char *method)
{
    char text[1024];
    kl_error err;
    const int n = snprintf(text, sizeof text,
                           "%s sip:b@b.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK%s\r\n"
                           "Max-Forwards: 10\r\nTo: <sip:b@b.example>\r\nFrom: <sip:a@a.example>;tag=a\r\n"
                           "Call-ID: %s\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
                           method, id, id, method);
    const kl_packet packet = packet_of(text, (size_t)n, 5099);
    kl_engine_receive(engine, &packet, &err);
    note_effects();
}

static void resolve(int64_t ticket, size_t count)
{
    const kl_target targets[] = {{SPAN("127.0.0.1"), 5081, KL_PROTO_UDP},
                                 {SPAN("::1"), 5082, KL_PROTO_UDP}, /* there is no socket for it */
                                 {SPAN("127.0.0.1"), 5083, KL_PROTO_UDP},
                                 {SPAN("127.0.0.1"), 5084, KL_PROTO_UDP}};
    kl_error err;
    kl_engine_resolved(engine, ticket, targets, count, now, now, &err);
    note_effects();
}

static void fail_to_send(void)
{
    kl_error err;
    const kl_packet packet = packet_of(sent, strlen(sent), sent_port);
    kl_engine_send_failed(engine, &packet, &err);
    note_effects();
}

static void pass(double seconds)
{
    kl_error err;
    const double end = now + seconds;
    for (double next; (next = kl_engine_next_timer(engine)) <= end;) {
        if (next > now) now = next;
        kl_engine_timer(engine, now, now, &err);
        note_effects();
    }
    now = end;
}

static void live(void)
{
    request("one", "INVITE");
    resolve(tickets[0], 4);
    resolve(tickets[0], 1); /* once more */
    fail_to_send();
    pass(40);
    request("two", "INVITE");
    if (ticket_count > 2) resolve(tickets[2], 1);
    request("two", "CANCEL");
    if (ticket_count > 1) resolve(tickets[1], 1);
    request("more", "INVITE");
    if (ticket_count > 3) resolve(tickets[3], 0);
    if (ticket_count > 4) resolve(tickets[4], 3);
    request("left", "INVITE");
    if (ticket_count > 5) resolve(tickets[5], 4);
    request("left", "CANCEL"); /* with addresses that nobody tries any more */
    request("never", "INVITE");
    pass(300);
}

static void undisturbed(void)
{
    REQUIRE(begin());
    forget();
    request("one", "INVITE");
    REQUIRE_INT(ticket_count, 1);
    resolve(tickets[0], 4);
    CHECK_INT(sent_port, 5081);
    fail_to_send();
    CHECK_INT(sent_port, 5083);
    CHECK(strstr(sent, ".1\r\n") != NULL);
    resolve(tickets[0], 1);
    CHECK_INT(sent_port, 5083);
    pass(31);
    CHECK_INT(sent_port, 5084);
    pass(300);
    CHECK_INT(engine->per_engine.tm->count, 0);
    forget();
    live();
    CHECK_INT(ticket_count, 7);
    CHECK_INT(engine->per_engine.tm->count, 0);
    CHECK_INT(engine->timers.count, 0);
    kl_engine_free(engine);
    CHECK_INT(mem_live(), 0);
}

static void bad_addresses_are_refused(void)
{
    kl_error err;
    const kl_target name = {SPAN("b.example"), 5060, KL_PROTO_UDP}, no_port = {SPAN("127.0.0.1"), 0, KL_PROTO_UDP},
                    nothing = {SPAN_NULL, 5060, KL_PROTO_UDP}, odd = {SPAN("127.0.0.1"), 5060, (kl_transport)99};
    REQUIRE(begin());
    CHECK_INT(kl_engine_resolved(engine, 1, &name, 1, now, now, &err), KL_EARG);
    CHECK_STR(err.text, "targets[0]: the host must be a numeric address, not b.example");
    CHECK_INT(kl_targets_check(&no_port, 1, &err), KL_EARG);
    CHECK_INT(kl_targets_check(&nothing, 1, &err), KL_EARG);
    CHECK_INT(kl_targets_check(&odd, 1, &err), KL_EARG);
    CHECK_INT(kl_targets_check(NULL, 0, &err), KL_OK);
    kl_engine_free(engine);
}

#ifdef KEMILUA_FAIL_ALLOC
static void each_allocation_fails(void)
{
    long failed = 1, n = 1;
    for (; failed; n++) {
        REQUIRE(begin());
        forget();
        mem_fail_after(n, 0);
        live();
        failed = mem_refused();
        mem_fail_after(0, 0);
        kl_engine_free(engine);
        REQUIRE_INT(mem_live(), 0);
    }
    printf("     %ld allocations in these calls\n", n - 1);
    CHECK(n > 50);
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(each_allocation_fails),
#endif
    CHECK_TEST(undisturbed), CHECK_TEST(bad_addresses_are_refused))
