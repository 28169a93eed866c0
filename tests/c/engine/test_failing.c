/* The n-th allocation of an engine's whole life fails, for every n: no abort, no leak, and never a wrong outcome
 * without a word. What a host or a script can see is written down, once undisturbed; a disturbed life either says the
 * same, or somebody was told that something failed. */
#include "message.h"

#ifdef KEMILUA_FAIL_ALLOC

static const char script[] =
    "local function note(...) local t = {...} for i = 1, select('#', ...) do NOTES = NOTES .. '|' .. tostring(t[i]) "
    "end end\n"
    "local function values()\n"
    "  for _, name in ipairs({'$ru', '$fu', '$(hdr(Via)[-1])', '$(ru{s.len}{s.prefixes})', '$rb', '$ua'}) do\n"
    "    note(KSR.pv.get(name))\n"
    "  end\n"
    "  note(KSR.pv.sets('$avp(x)', 'one'), KSR.pv.get('$avp(x)'), KSR.pvx.xavp_child_sets('a', 'b', 'c'), "
    "KSR.pv.get('$xavp(a=>b)'))\n"
    "  note(KSR.pv.sets('$var(v)', ('v'):rep(600)), KSR.pv.sets('$sht(h=>k)', 'kept'), KSR.pv.get('$sht(h=>k)'), "
    "KSR.pv.seti('$shv(s)', 7), KSR.htable.sht_rm_name_re('h', '^z.*(a|b)+$'))\n"
    "end\n"
    "local function texts()\n"
    "  note(KSR.textops.search('^hel+(o|p)$'), KSR.textops.subst('/^X-One: (.)/X-One: \\\\1\\\\1/'), "
    "KSR.textops.has_body())\n"
    "  note(KSR.pv.get('$(fu{re.subst,/al(i)ce/\\\\1/})'), KSR.pv.get('$sel(ruri.host)'), "
    "KSR.nathelper.nat_uac_test(3))\n"
    "  note(KSR.uac.uac_replace_from('\"Z\"', 'sip:z@z'), KSR.textops.set_body('new body', 'text/x'), "
    "KSR.textops.in_list('a', 'b,a', ','))\n"
    "end\n"
    "local function edits()\n"
    "  note(KSR.hdr.append('X-One: 1\\r\\n'), KSR.hdr.remove('User-Agent'), KSR.hdr.insert('X-Two: 2\\r\\n'))\n"
    "  note(KSR.textopsx.msg_apply_changes(), KSR.hdr.get('X-One'), KSR.maxfwd.process_maxfwd(10))\n"
    "  note(KSR.setuser('carol'), KSR.corex.append_branch_uri('sip:b@h'), KSR.rr.record_route())\n"
    "end\n"
    "function ksr_request_route()\n"
    "  NOTES = 'request'\n"
    "  note(KSR.sanity.sanity_check_defaults())\n"
    "  values() edits() texts()\n"
    "  note(KSR.forward_uri('sip:192.0.2.9:5070;transport=tcp'))\n"
    "  note(KSR.hdr.append_to_reply('X-Three: 3\\r\\n'), KSR.sl.send_reply(302, 'Moved'))\n"
    "  KSR.hdr.append_to_reply('X-Notes: ' .. NOTES .. '\\r\\n') KSR.sl.send_reply(200, 'OK')\n"
    "end\n"
    "function ksr_reply_route()\n"
    "  NOTES = 'reply' note(KSR.kx.get_status(), KSR.hdr.append('X-Four: 4\\r\\n')) KSR.hdr.append('X-Notes: ' .. "
    "NOTES .. '\\r\\n')\n"
    "end\n"
    "function run(a) NOTES = 'run' note(a, ('x'):rep(100)) end\n";

static const char invite[] =
    "INVITE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa;rport\nVia: SIP/2.0/TCP "
    "h;branch=z9hG4bKb\nMax-Forwards: 10\n"
    "To: \"Bob\" <sip:bob@example.com>\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 "
    "INVITE\nUser-Agent: t\n"
    "Contact: <sip:alice@127.0.0.1:5099>, <sip:a@h>;q=0.5\nRoute: <sip:127.0.0.1:5070;lr>\nContent-Type: "
    "text/plain\nContent-Length: 5\n\nhello";
static const char reply[] = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKq.0\nVia: SIP/2.0/UDP "
                            "127.0.0.1:5099;branch=z9hG4bKa\nTo: <sip:t@h>;tag=b\n"
                            "From: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nContent-Length: 0\n\n";

/* What is seen of a life, in a buffer that no failing allocation reaches. */
typedef struct life_seen {
    char seen[32768];
    size_t n;
    bool told; /* a status, an error in the log, or a value short of what it should be */
    kl_engine *engine;
} life_seen;

static void see(life_seen *life, const char *what, kl_span text)
{
    const int left = (int)(sizeof life->seen - life->n);
    const int n = snprintf(life->seen + life->n, (size_t)left, "%s: %.*s\n", what, (int)text.n, text.n ? text.s : "");
    life->n += (size_t)(n < left ? n : left - 1);
}

static bool good(life_seen *life, const char *what, kl_status status, const kl_error *err)
{
    if (status == KL_OK) return true;
    life->told = true;
    const bool fits = mem_refused() > 0 && (status == KL_ENOMEM || status == KL_EMEMORY || status == KL_ERUN ||
                                            status == KL_ENOENT || status == KL_EARG);
    CHECK(fits);
    if (!fits) printf("    %s: %s: %s\n", what, kl_status_name(status), err->text);
    CHECK(err->text[0] != '\0');
    return false;
}

static void see_effects(life_seen *life)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(life->engine, &count);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind == KL_EFFECT_LOG && effects[i].level <= KL_LOG_ERR) life->told = true;
        if (effects[i].kind != KL_EFFECT_LOG)
            see(life, effects[i].kind == KL_EFFECT_SEND ? "send" : "drop", effects[i].data);
    }
}

/* ---- the steps of a life */

static bool set_text(life_seen *life, const char *module, const char *name, kl_span text)
{
    kl_error err;
    const kl_value value = {.type = KL_TYPE_STR, .s = text};
    return good(life, name, kl_engine_param(life->engine, span_text(module), span_text(name), &value, &err), &err);
}

static bool load_modules(life_seen *life)
{
    kl_error err;
    for (size_t i = 1; kl_module_name(i); i++) /* the core is there */
        if (!good(life, kl_module_name(i), kl_engine_module(life->engine, span_text(kl_module_name(i)), &err), &err))
            return false;
    return true;
}

static bool begin(life_seen *life, kl_shared *shared)
{
    static const kl_config config = {.instructions = 1000000, .memory = 1 << 24, .reload = 1, .log_level = KL_LOG_ERR};
    const kl_type params[] = {KL_TYPE_STR, KL_TYPE_INT};
    kl_error err;
    life->engine = kl_engine_new(&config, shared, &err);
    if (!life->engine) {
        CHECK(err.status == KL_ENOMEM || err.status == KL_EMEMORY);
        life->told = true;
        return false;
    }
    return good(life, "listen", kl_engine_listen(life->engine, SPAN("udp:127.0.0.1:5070"), &err), &err) &&
           good(life, "listen", kl_engine_listen(life->engine, SPAN("tcp:127.0.0.1:5070 name t advertise a.b:6"), &err),
                &err) &&
           good(life, "alias", kl_engine_alias(life->engine, SPAN("example.com"), &err), &err) && load_modules(life) &&
           set_text(life, "htable", "htable", SPAN("h=>size=4;autoexpire=10;")) &&
           set_text(life, "", "server_header", SPAN("Server: t")) &&
           good(life, "export",
                kl_engine_export(life->engine, SPAN("own"), SPAN("f"), KL_TYPE_INT, params,
                                 (const unsigned char[]){0, 0}, 2, KL_PHASE_ANY, 0, 0, &err),
                &err) &&
           good(life, "script", kl_engine_script(life->engine, SPAN("first.lua"), span_text(script), &err), &err) &&
           good(life, "start", kl_engine_start(life->engine, &err), &err);
}

static void receive(life_seen *life, const char *text)
{
    kl_error err;
    const kl_span wire = message_wire(text);
    const kl_packet packet = message_packet_of(wire, &message_udp, 1000);
    good(life, "receive", kl_engine_receive(life->engine, &packet, &err), &err);
    if (err.status != KL_OK) life->told = true;
    see_effects(life);
    free((char *)wire.s);
}

static void run(life_seen *life)
{
    kl_error err;
    int result = 0;
    kl_engine_clear_effects(life->engine);
    const kl_span words[] = {SPAN("run"), SPAN("$ru and more")};
    kl_msg *msg = kl_msg_new(0);
    if (!msg) {
        life->told = true;
        return;
    }
    const kl_span wire = message_wire(invite);
    const kl_packet packet = {
        .data = wire.s, .size = wire.n, .source_host = SPAN("127.0.0.1"), .local_host = SPAN("127.0.0.1"), .conid = -1};
    if (good(life, "parse", kl_msg_parse(msg, &packet, &err), &err)) {
        kl_span built;
        good(life, "run", kl_engine_lua_run(life->engine, msg, words, 2, &result, &err), &err);
        see(life, "result", result == 1 ? SPAN("1") : SPAN("-1"));
        if (kl_msg_edit(msg, KL_EDIT_APPEND, SPAN("X-Five: 5\r\n"), SPAN_NULL, -1) != KL_OK ||
            kl_msg_edit(msg, KL_EDIT_BODY, SPAN("b"), SPAN("a/b"), -1) != KL_OK || kl_msg_build(msg, &built) != KL_OK)
            life->told = true;
        else see(life, "built", built);
    }
    see_effects(life);
    kl_msg_free(msg);
    free((char *)wire.s);
}

static void manage(life_seen *life)
{
    kl_error err;
    const kl_value *result;
    const kl_value name = {.type = KL_TYPE_STR, .s = SPAN("h")};
    int code = 0;
    good(life, "reload", kl_engine_reload(life->engine, -1, &err), &err);
    good(life, "timer", kl_engine_timer(life->engine, 2000, 0, &err), &err);
    if (good(life, "rpc", kl_engine_command(life->engine, SPAN("htable.dump"), &name, 1, &result, &code, &err), &err) &&
        code != 0)
        life->told = true;
}

/* Everything a running engine does, once. */
static void live(life_seen *life)
{
    receive(life, invite);
    receive(life, reply);
    run(life);
    manage(life);
    receive(life, invite);
}

/* ---- */

static life_seen expected, disturbed;

static void reset(life_seen *life) { memset(life, 0, sizeof *life); }

static void forget(life_seen *life)
{
    life->n = 0;
    life->seen[0] = '\0';
    life->told = false;
}

static void end(life_seen *life)
{
    kl_engine_free(life->engine);
    life->engine = NULL;
}

static void undisturbed(void)
{
    reset(&expected);
    REQUIRE(begin(&expected, NULL));
    live(&expected);
    end(&expected);
    CHECK(!expected.told);
    CHECK(strstr(expected.seen, "INVITE sip:carol@example.com SIP/2.0\r\nRecord-Route: ") &&
          strstr(expected.seen, "\r\nX-Two: 2\r\nVia: "));
    CHECK(strstr(expected.seen, "SIP/2.0 302 Moved") && strstr(expected.seen, "X-Four: 4") &&
          strstr(expected.seen, "X-Five: 5"));
    CHECK_INT(mem_live(), 0);
}

/* What functions gave to the script, which tells in a header: when it saw a failure it was told. */
static bool script_was_told(void)
{
    for (char *line = strstr(disturbed.seen, "X-Notes: "); line; line = strstr(line + 1, "X-Notes: ")) {
        char *end = strstr(line, "\r\n");
        if (!end) return true;
        *end = '\0';
        const bool same = strstr(expected.seen, line) != NULL;
        *end = '\r';
        if (!same) return true;
    }
    return false;
}

static void compare(long n)
{
    if (disturbed.told || strcmp(disturbed.seen, expected.seen) == 0 || script_was_told()) return;
    CHECK_STR(disturbed.seen, expected.seen);
    printf("    after failing allocation %ld\n", n);
}

/* From the first allocation on: in setting up, most of them. How many failed before the end, where what fails must not
 * matter. */
static long life_with_failure(long n, int sticky)
{
    reset(&disturbed);
    mem_fail_after(n, sticky);
    kl_shared *shared = kl_shared_new();
    if (!shared) disturbed.told = true;
    if (shared && begin(&disturbed, shared) && !sticky) live(&disturbed);
    const long failed = mem_refused();
    end(&disturbed);
    kl_shared_free(shared);
    return failed;
}

static void each_allocation_of_a_life_fails(int sticky)
{
    long n = 0, failed;
    do {
        n++;
        failed = life_with_failure(n, sticky);
        mem_fail_after(0, 0);
        if (failed && !sticky) compare(n);
        if (failed && sticky) CHECK(disturbed.told);
        if (mem_live() != 0) printf("    after failing allocation %ld\n", n);
        REQUIRE(mem_live() == 0);
    } while (failed);
    printf("     %ld allocations in a life\n", n - 1);
    CHECK(n > 1000);
}

static void each_allocation_fails_once(void)
{
    undisturbed();
    each_allocation_of_a_life_fails(0);
}

static void each_allocation_and_all_after_it_fail(void)
{
    undisturbed();
    each_allocation_of_a_life_fails(1);
}

/* Of an engine that has started: it serves the next message as if nothing had been. */
static void an_engine_outlives_each_failure(int sticky)
{
    long failed = 1;
    undisturbed();
    for (long n = 1; failed; n++) {
        reset(&disturbed);
        REQUIRE(begin(&disturbed, NULL));
        mem_fail_after(n, sticky);
        live(&disturbed);
        failed = mem_refused();
        mem_fail_after(0, 0);
        compare(n);
        forget(&disturbed);
        receive(&disturbed, reply);
        CHECK(strstr(disturbed.seen, "X-Four: 4") != NULL);
        CHECK(!disturbed.told);
        end(&disturbed);
        if (mem_live() != 0) printf("    after failing allocation %ld\n", n);
        REQUIRE(mem_live() == 0);
    }
}

static void an_engine_outlives_each_failure_once(void) { an_engine_outlives_each_failure(0); }
static void an_engine_outlives_each_failure_and_all_after_it(void) { an_engine_outlives_each_failure(1); }

CHECK_MAIN(CHECK_TEST(undisturbed), CHECK_TEST(each_allocation_fails_once),
           CHECK_TEST(each_allocation_and_all_after_it_fail), CHECK_TEST(an_engine_outlives_each_failure_once),
           CHECK_TEST(an_engine_outlives_each_failure_and_all_after_it))

#else

static void nothing_to_do_without_failing_allocations(void) { CHECK(1); }
CHECK_MAIN(CHECK_TEST(nothing_to_do_without_failing_allocations))

#endif
