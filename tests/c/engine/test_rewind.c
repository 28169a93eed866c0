/* An engine back at its mark: what it does and gives afterwards is what it did and gave the first time. */
#include "message.h"

#include <lua.h>

#include "base/buf.h"

/* Each request changes all that lasts from message to message, and tells it: first what it finds, then what it made of
 * it. */
static const char script[] =
    "local seen = {'$shv(count)', '$shv(text)', '$shv(later)', '$shvinc(count)', '$var(count)', '$var(text)', "
    "'$vn(null)', '$sht(items=>one)', '$sht(items=>later)', '$sht(plain=>k)', '$sbranch(uri)', '$sbranch(path)', "
    "'$ccp(core.debug)', '$ccp(maxfwd.max_limit)', '$ccp(xlog.methods_filter)', '$mi', '$Tb', '$Ts', '$TV(un)', "
    "'$TV(sn)', '$RANDOM', '$sel(sys.unique)', '$stat(rcv_requests)', '$stat(200_replies)', '$stat(received_ACKs)', "
    "'$dns(q=>count)', '$sdpitval(walk)'}\n"
    "local held, runs = {}, 0\n"
    "local function tell(...)\n"
    "  local all = {...} for i = 1, select('#', ...) do all[i] = tostring(all[i]) end\n"
    "  KSR.info(table.concat(all, ' ') .. '\\n')\n"
    "end\n"
    "local function tell_all()\n"
    "  for _, name in ipairs(seen) do tell(name, KSR.pv.get(name)) end\n"
    "  tell(runs, tostring({}), collectgarbage('count'), math.random(1 << 40), KSR.get_debug())\n"
    "  tell(KSR.cfgutils.rand_get_prob(), KSR.cfgutils.rand_event(), KSR.pvx.sbranch_set_ruri())\n"
    "  for name, value in pairs(_G) do tell(name, type(value)) end\n"
    "  KSR.pvx.pv_var_to_xavp('*', 'vars') tell(table.concat(KSR.pvx.xavp_get_keys('vars', 0), ' '))\n"
    "  tell(KSR.cfgutils.shm_status(), KSR.cfgutils.pkg_status())\n"
    "end\n"
    "local function walk(name)\n"
    "  tell(KSR.htable.sht_iterator_next(name), KSR.pv.get('$shtitkey(' .. name .. ')'))\n"
    "  tell(KSR.htable.sht_iterator_start(name, 'items'), KSR.htable.sht_iterator_next(name))\n"
    "  tell(KSR.textopsx.hf_iterator_next(name), KSR.textopsx.hf_iterator_start(name))\n"
    "  tell(KSR.sdpops.sdp_iterator_next(name), KSR.sdpops.sdp_iterator_start(name))\n"
    "end\n"
    "local function change()\n"
    "  local text = ('text '):rep(runs * 20)\n"
    "  runs = runs + 1 held[#held + 1] = text _G['global' .. runs] = runs\n"
    "  KSR.pv.sets('$shv(text)', text) KSR.pv.seti('$shv(new' .. runs .. ')', runs) KSR.pv.sets('$shv(later)', 'l')\n"
    "  KSR.pv.sets('$var(text)', text) KSR.pv.seti('$var(count)', runs) KSR.pv.sets('$var(new' .. runs .. ')', 'n')\n"
    "  KSR.pv.sets('$vn(null)', 'set') KSR.pv.sets('$sbranch(uri)', 'sip:b' .. runs .. '@h')\n"
    "  KSR.pv.sets('$sbranch(path)', text)\n"
    "  KSR.htable.sht_sets('items', 'one', text) KSR.htable.sht_inc('plain', 'k')\n"
    "  for i = 1, 40 do KSR.htable.sht_seti('items', 'key' .. runs * 31 % 50 + i, i) end\n"
    "  KSR.htable.sht_rm('items', 'key40') KSR.htable.sht_setxi('items', 'short', 1, 3)\n"
    "  KSR.pv.seti('$ccp(core.debug)', runs) KSR.pv.seti('$ccp(maxfwd.max_limit)', runs + 10)\n"
    "  KSR.pv.seti('$ccp(xlog.methods_filter)', runs) KSR.cfgutils.rand_set_prob(runs * 10)\n"
    "  KSR.pvx.xavp_sets('x', text) KSR.textops.search('a' .. runs .. '+b|c')\n"
    "  KSR.xlog.xinfo(text .. '$var(count)\\n') KSR.textopsx.msg_apply_changes() KSR.sanity.sanity_check(17895, 7)\n"
    "  KSR.sanity.sanity_reply() KSR.app_lua.dostring('COUNT = (COUNT or 0) + 1 KSR.info(tostring(COUNT))')\n"
    "end\n"
    "function ksr_request_route()\n"
    "  tell_all() walk('walk') walk('walk' .. runs % 3) change() tell_all()\n"
    "  if KSR.is_INVITE() then KSR.sl.send_reply(200, 'OK') else KSR.forward_uri('sip:192.0.2.9') end\n"
    "  if runs % 4 == 3 then error('the third') end\n"
    "end\n"
    "function expired(name) tell(name, KSR.pv.get('$shtrecord(key)')) end\n";

static const char invite[] =
    "INVITE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nMax-Forwards: 10\nTo: "
    "<sip:bob@example.com>\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nContent-Type: "
    "application/sdp\nContent-Length: 27\n\nv=0\no=- 1 1 IN IP4 h\ns=-\n";
static const char ack[] = "ACK sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: "
                          "<sip:bob@example.com>;tag=%s\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 "
                          "ACK\nContent-Length: 0\n\n";
static const char options[] =
    "OPTIONS sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKo\nTo: "
    "<sip:bob@example.com>\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: o\nCSeq: 1 OPTIONS\nContent-Length: "
    "0\n\n";
static const char malformed[] = "INVITE sip:bob@example.com SIP/2.0\nVia: nothing\nCSeq: none\n\n";

static void param(kl_engine *engine, const char *module, const char *name, const char *text, int64_t number)
{
    kl_error err;
    kl_value value = {.type = text ? KL_TYPE_STR : KL_TYPE_INT, .i = number};
    if (text) value.s = span_text(text);
    if (!check_int(kl_engine_param(engine, span_text(module), span_text(name), &value, &err), KL_OK, name, __FILE__,
                   __LINE__))
        printf("    %s\n", err.text);
}

static kl_engine *engine_of(const char *text, kl_shared *shared)
{
    const kl_config config = {.instructions = 10000000,
                              .memory = 1 << 24,
                              .reload = 1,
                              .log_level = KL_LOG_INFO,
                              .seed = "32 bytes without any randomness"};
    kl_error err;
    const char *module;
    kl_engine *engine = kl_engine_new(&config, shared, &err);
    if (!engine) exit(2);
    for (size_t i = 0; (module = kl_module_name(i)); i++)
        if (*module) CHECK_INT(kl_engine_module(engine, span_text(module), &err), KL_OK);
    CHECK_INT(kl_engine_listen(engine, SPAN("udp:127.0.0.1:5070"), &err), KL_OK);
    param(engine, "htable", "htable", "items=>size=4;autoexpire=30;", 0);
    param(engine, "htable", "htable", "plain=>size=4;initval=5;", 0);
    param(engine, "htable", "timer_interval", NULL, 5);
    param(engine, "htable", "event_callback", "expired", 0);
    param(engine, "cfgutils", "lock_set_size", NULL, 2);
    if (text) CHECK_INT(kl_engine_script(engine, SPAN("rewind.lua"), span_text(text), &err), KL_OK);
    if (!check_int(kl_engine_start(engine, &err), KL_OK, "start", __FILE__, __LINE__)) printf("    %s\n", err.text);
    return engine;
}

/* ---- what is seen of a run */

static void note(kl_buf *seen, const char *what, double number, kl_span text)
{
    char line[64];
    buf_add(seen, span_of(line, (size_t)snprintf(line, sizeof line, "%s %.6f ", what, number)));
    buf_add(seen, text);
    buf_addc(seen, '\n');
}

static void note_effects(kl_engine *engine, kl_buf *seen)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(engine, &count);
    for (size_t i = 0; i < count; i++) {
        note(seen, "effect", effects[i].kind, effects[i].data);
        note(seen, "to", effects[i].port, effects[i].host);
        note(seen, "at", effects[i].level, effects[i].where);
    }
}

static void receive(kl_engine *engine, const char *text, double now, kl_buf *seen)
{
    kl_error err;
    const kl_span wire = message_wire(text);
    const kl_packet packet = message_packet_of(wire, &message_udp, now);
    CHECK_INT(kl_engine_receive(engine, &packet, &err), KL_OK);
    free((char *)wire.s);
    note(seen, "status", err.status, err.status == KL_OK ? SPAN("") : span_text(err.text));
    note_effects(engine, seen);
}

static void acknowledge(kl_engine *engine, double now, kl_buf *seen)
{
    char text[512], tag[64] = "";
    const kl_span all = buf_span(seen);
    for (size_t i = all.n; i-- > 9 && !*tag;)
        if (memcmp(all.s + i - 9, "com>;tag=", 9) == 0) snprintf(tag, sizeof tag, "%.*s", 37, all.s + i);
    snprintf(text, sizeof text, ack, tag);
    receive(engine, text, now, seen);
}

static void pass(kl_engine *engine, double now, kl_buf *seen)
{
    kl_error err;
    note(seen, "next", kl_engine_next_timer(engine), SPAN(""));
    CHECK_INT(kl_engine_timer(engine, now, 0, &err), KL_OK);
    note_effects(engine, seen);
    note(seen, "next", kl_engine_next_timer(engine), SPAN(""));
}

static void answer(kl_engine *engine, int64_t count)
{
    kl_error err;
    kl_item item = {.key = SPAN("count"), .value = {.type = KL_TYPE_INT, .i = count}};
    const kl_value fields = {.type = KL_TYPE_DICT, .items = &item};
    CHECK_INT(kl_engine_answer(engine, SPAN("dns"), SPAN("q"), &fields, &err), KL_OK);
}

static void command(kl_engine *engine, const char *name, int64_t number, kl_buf *seen)
{
    kl_error err;
    const kl_value arg = {.type = KL_TYPE_INT, .i = number}, *result;
    int code;
    CHECK_INT(kl_engine_command(engine, span_text(name), &arg, number ? 1 : 0, &result, &code, &err), KL_OK);
    note(seen, name, code, result->type == KL_TYPE_STR ? result->s : SPAN(""));
}

/* A while of an engine's life: messages, replies that are acknowledged, failures, items that expire. */
static void live(kl_engine *engine, double from, kl_buf *seen)
{
    kl_error last = {.text = ""};
    int result;
    for (int i = 0; i < 5; i++) {
        receive(engine, invite, from + i * 4, seen);
        acknowledge(engine, from + i * 4 + 1, seen);
        receive(engine, i % 2 ? options : malformed, from + i * 4 + 2, seen);
        pass(engine, from + i * 4 + 3, seen);
        answer(engine, i + 10);
        command(engine, "cfgutils.set_gflag", 1 << i, seen);
        command(engine, "cfgutils.get_gflags", 0, seen);
    }
    CHECK_INT(kl_engine_lua_dostring(engine, NULL, SPAN("KSR.info(tostring(COUNT))"), &result, &last), KL_OK);
    note_effects(engine, seen);
    pass(engine, from + 60, seen);
    const double failures = (double)kl_engine_failures(engine, &last);
    note(seen, "failures", failures, span_text(last.text));
    note(seen, "now", kl_engine_now(engine), SPAN(""));
    note(seen, "monotonic", kl_engine_monotonic(engine), SPAN(""));
    note(seen, "memory", (double)kl_engine_memory(engine), SPAN(""));
}

static void mark(kl_engine *engine)
{
    kl_error err;
    if (!check_int(kl_engine_mark(engine, &err), KL_OK, "mark", __FILE__, __LINE__)) printf("    %s\n", err.text);
}

static void rewind_to_mark(kl_engine *engine)
{
    kl_error err;
    if (!check_int(kl_engine_rewind(engine, &err), KL_OK, "rewind", __FILE__, __LINE__)) printf("    %s\n", err.text);
}

static void show_difference(kl_span a, kl_span b)
{
    size_t i = 0;
    while (i < a.n && i < b.n && a.s[i] == b.s[i]) i++;
    const size_t start = i > 200 ? i - 200 : 0;
    printf("    differ at %zu\n--- first\n%.*s\n--- then\n%.*s\n", i, (int)(a.n - start > 400 ? 400 : a.n - start),
           a.s + start, (int)(b.n - start > 400 ? 400 : b.n - start), b.s + start);
}

static bool same(const kl_buf *first, const kl_buf *then)
{
    const bool equal = span_eq(buf_span(first), buf_span(then));
    CHECK(equal);
    if (!equal) show_difference(buf_span(first), buf_span(then));
    return equal;
}

static int count_of(const kl_buf *seen, const char *text)
{
    int count = 0;
    for (size_t i = 0, n = strlen(text); i + n <= seen->n; i++) count += memcmp(seen->s + i, text, n) == 0;
    return count;
}

/* Marked after `before` lives, each of which leaves something of everything. */
static void lives_repeat(int before)
{
    kl_engine *engine = engine_of(script, NULL);
    kl_buf first, then;
    buf_init(&first);
    buf_init(&then);
    for (int i = 0; i < before; i++) live(engine, 1000 + i * 100, &first);
    buf_clear(&first);
    mark(engine);
    live(engine, 5000, &first);
    CHECK(count_of(&first, ": the third\nstack") > 1);
    CHECK_INT(count_of(&first, "attempt to"), 0);
    for (int i = 0; i < 5; i++) {
        rewind_to_mark(engine);
        if (i == 3) live(engine, 7000, &then); /* a life that is another one leaves as little */
        if (i == 3) rewind_to_mark(engine);
        buf_clear(&then);
        live(engine, 5000, &then);
        if (!same(&first, &then)) break;
    }
    buf_free(&first);
    buf_free(&then);
    kl_engine_free(engine);
}

static void a_new_engine_lives_again(void) { lives_repeat(0); }
static void one_that_has_lived_lives_again(void) { lives_repeat(3); }

static void a_later_mark_takes_the_place_of_the_one_before(void)
{
    kl_engine *engine = engine_of(script, NULL);
    kl_buf first, then;
    buf_init(&first);
    buf_init(&then);
    mark(engine);
    live(engine, 1000, &first);
    buf_clear(&first);
    mark(engine);
    live(engine, 2000, &first);
    rewind_to_mark(engine);
    live(engine, 2000, &then);
    same(&first, &then);
    buf_free(&first);
    buf_free(&then);
    kl_engine_free(engine);
}

static void timers_are_due_again(void)
{
    kl_engine *engine = engine_of(script, NULL);
    kl_buf seen;
    buf_init(&seen);
    receive(engine, invite, 1000, &seen);
    pass(engine, 1001, &seen);
    mark(engine);
    const double next = kl_engine_next_timer(engine);
    for (int i = 0; i < 3; i++) {
        buf_clear(&seen);
        pass(engine, next, &seen);
        CHECK_INT(count_of(&seen, "htable:expired:items short"), 1);
        CHECK(kl_engine_next_timer(engine) > next);
        rewind_to_mark(engine);
        CHECK(kl_engine_next_timer(engine) == next);
    }
    buf_free(&seen);
    kl_engine_free(engine);
}

/* The state of dostring is made with the first of these; its finalizers find no run and no host. */
static void a_state_made_since_the_mark_goes(void)
{
    static const char code[] =
        "local gone = function() KSR.info('gone') KSR.pv.seti('$shv(gone)', 1) print('gone') end "
        "FIRST = FIRST == nil KSR.info(tostring(FIRST)) KEPT = setmetatable({}, {__gc = gone}) FILE = io.tmpfile()";
    kl_error err;
    int result;
    size_t count;
    kl_engine *engine = engine_of(script, NULL);
    mark(engine);
    for (int i = 0; i < 3; i++) {
        kl_msg message;
        msg_init(&message, 0);
        CHECK(message_read(&message, invite));
        CHECK_INT(kl_engine_lua_dostring(engine, &message, span_text(code), &result, &err), KL_OK);
        const kl_effect *effects = kl_engine_effects(engine, &count);
        CHECK_INT(count, 1);
        if (count > 0) CHECK_SPAN(effects[0].data, "true");
        msg_done(&message);
        rewind_to_mark(engine);
        kl_engine_effects(engine, &count);
        CHECK_INT(count, 0);
    }
    kl_engine_free(engine);
}

#ifdef KEMILUA_FAIL_ALLOC
static void a_thousand_times_take_no_memory(void)
{
    const long before = mem_live();
    long after = 0;
    kl_engine *engine = engine_of(script, NULL);
    kl_buf seen;
    buf_init(&seen);
    receive(engine, invite, 1000, &seen);
    mark(engine);
    for (int i = 0; i < 1000; i++) {
        buf_clear(&seen);
        receive(engine, i % 2 ? options : invite, 1010, &seen);
        rewind_to_mark(engine);
        if (i == 10) after = mem_live();
        if (i > 10 && mem_live() != after) {
            CHECK_INT(mem_live(), after);
            break;
        }
    }
    buf_free(&seen);
    kl_engine_free(engine);
    CHECK_INT(mem_live(), before);
}

static void short_memory_changes_nothing(void)
{
    kl_error err;
    kl_engine *engine = engine_of(script, NULL);
    kl_buf first, then;
    buf_init(&first);
    buf_init(&then);
    live(engine, 1000, &first);
    receive(engine, invite, 1100, &first); /* with items that do not expire before the mark */
    buf_clear(&first);
    kl_status status = KL_ENOMEM;
    long n = 1;
    for (; status != KL_OK; n++) {
        mem_fail_after(n, 0);
        status = kl_engine_mark(engine, &err);
        mem_fail_after(0, 0);
        if (status == KL_OK) break;
        CHECK_INT(status, KL_ENOMEM);
        CHECK_INT(kl_engine_rewind(engine, &err), KL_EARG);
    }
    CHECK(n > 100);
    live(engine, 2000, &first);
    rewind_to_mark(engine);
    receive(engine, invite, 2000, &then);
    for (n = 1; n < 10000; n++) { /* fails, and what was done since the mark is there still */
        mem_fail_after(n, 0);
        status = kl_engine_rewind(engine, &err);
        mem_fail_after(0, 0);
        if (status == KL_OK) break;
        CHECK_INT(status, KL_ENOMEM);
        if (n % 50 != 0) continue;
        live(engine, 3000, &then);
        rewind_to_mark(engine);
        buf_clear(&then);
        live(engine, 2000, &then);
        if (!same(&first, &then)) break;
    }
    CHECK(n > 100);
    buf_clear(&then);
    live(engine, 2000, &then);
    same(&first, &then);
    buf_free(&first);
    buf_free(&then);
    kl_engine_free(engine);
}
#else
static void a_thousand_times_take_no_memory(void) { CHECK(true); }
static void short_memory_changes_nothing(void) { CHECK(true); }
#endif

/* ---- what cannot be */

static void refused(kl_status status, const kl_error *err, kl_status expected, const char *text)
{
    CHECK_INT(status, expected);
    CHECK_STR(err->text, text);
}

#define REFUSED_MARK(engine, status, text)   refused(kl_engine_mark(engine, &err), &err, status, text)
#define REFUSED_REWIND(engine, status, text) refused(kl_engine_rewind(engine, &err), &err, status, text)

static void eval(kl_engine *engine, const char *code)
{
    const kl_value *values;
    size_t count;
    kl_error err;
    if (!check_int(kl_engine_eval(engine, NULL, span_text(code), &values, &count, &err), KL_OK, code, __FILE__,
                   __LINE__))
        printf("    %s\n", err.text);
}

static void without_a_mark_there_is_no_rewind(void)
{
    const kl_config config = {.memory = 1 << 24};
    kl_error err;
    kl_engine *engine = kl_engine_new(&config, NULL, &err);
    REQUIRE(engine != NULL);
    REFUSED_MARK(engine, KL_EARG, "the engine has not started");
    CHECK_INT(kl_engine_start(engine, &err), KL_OK);
    REFUSED_REWIND(engine, KL_EARG, "the engine has not been marked");
    kl_engine_free(engine);
}

static void state_of_several_engines_stays(void)
{
    kl_error err;
    kl_shared *shared = kl_shared_new();
    kl_engine *engine = engine_of(script, shared);
    mark(engine);
    kl_engine *other = engine_of(script, shared);
    REFUSED_REWIND(engine, KL_EBUSY, "the state of several engines cannot be copied");
    REFUSED_MARK(other, KL_EBUSY, "the state of several engines cannot be copied");
    kl_engine_free(other);
    kl_engine_free(engine);
    kl_shared_free(shared);
}

static void inputs_that_wait_are_not_lost(void)
{
    kl_error err;
    kl_input_kind kind;
    int64_t ticket;
    kl_engine *engine = engine_of(script, NULL);
    kl_inbox *box = kl_engine_inbox(engine);
    CHECK_INT(kl_inbox_post_rpc(box, 7, &err), KL_OK);
    REFUSED_MARK(engine, KL_EBUSY, "inputs wait in the engine's inbox");
    CHECK_INT(kl_engine_handle_input(engine, &kind, &ticket, &err), KL_OK);
    mark(engine);
    CHECK_INT(kl_inbox_post_rpc(box, 8, &err), KL_OK);
    REFUSED_REWIND(engine, KL_EBUSY, "inputs wait in the engine's inbox");
    CHECK_INT(kl_engine_handle_input(engine, &kind, &ticket, &err), KL_OK);
    rewind_to_mark(engine);
    kl_inbox_free(box);
    kl_engine_free(engine);
}

static void what_the_host_adds_stays(void)
{
    static const kl_type types[] = {KL_TYPE_STR};
    static const unsigned char marks[] = {0};
    static const int slots[] = {1, -1}, flags[] = {0, 0};
    static const char text[] = "functions or variables were added since the mark: a new engine has to be made";
    kl_error err;
    kl_engine *engine = engine_of(script, NULL);
    mark(engine);
    CHECK_INT(
        kl_engine_export(engine, SPAN("mine"), SPAN("fn"), KL_TYPE_INT, types, marks, 1, KL_PHASE_ANY, 0, 0, &err),
        KL_OK);
    REFUSED_REWIND(engine, KL_EBUSY, text);
    mark(engine);
    rewind_to_mark(engine);
    CHECK_INT(kl_engine_variable(engine, SPAN("mine"), 0, slots, flags, &err), KL_OK);
    REFUSED_REWIND(engine, KL_EBUSY, text);
    mark(engine);
    rewind_to_mark(engine);
    kl_engine_free(engine);
}

static void scripts_that_were_loaded_again_stay(void)
{
    kl_error err;
    kl_engine *engine = engine_of(script, NULL);
    mark(engine);
    CHECK_INT(kl_engine_reload(engine, -1, &err), KL_OK);
    REFUSED_REWIND(engine, KL_EBUSY, "scripts were reloaded since the mark: a new engine has to be made");
    mark(engine);
    rewind_to_mark(engine);
    kl_engine_free(engine);
}

static void open_files_stay(void)
{
    static const char text[] = "a file that is open cannot be copied: a new state has to be made";
    kl_error err;
    kl_engine *engine = engine_of("FILE = nil", NULL);
    mark(engine);
    eval(engine, "FILE = io.open('/dev/null')");
    REFUSED_REWIND(engine, KL_EBUSY, text);
    REFUSED_MARK(engine, KL_EBUSY, text);
    eval(engine, "FILE:close()");
    mark(engine);
    rewind_to_mark(engine);
    kl_engine_free(engine);
}

static kl_engine *running;
static char said[2][512];

static int library(lua_State *L)
{
    kl_error err;
    (void)L;
    CHECK_INT(kl_engine_mark(running, &err), KL_EBUSY);
    snprintf(said[0], sizeof said[0], "%s", err.text);
    CHECK_INT(kl_engine_rewind(running, &err), KL_EBUSY);
    snprintf(said[1], sizeof said[1], "%s", err.text);
    return 0;
}

/* With a library in C, which is a reason of its own once nothing runs. */
static void runs_stay(void)
{
    const kl_config config = {.memory = 1 << 24};
    kl_error err;
    const lua_CFunction open = library;
    void *address;
    memcpy(&address, &open, sizeof address);
    kl_engine *engine = running = kl_engine_new(&config, NULL, &err);
    REQUIRE(engine != NULL);
    CHECK_INT(kl_engine_openlib(engine, SPAN("within"), address, &err), KL_OK);
    CHECK_INT(kl_engine_script(engine, SPAN("a.lua"), SPAN("x = 1"), &err), KL_OK);
    CHECK_INT(kl_engine_start(engine, &err), KL_OK);
    CHECK_STR(said[0], "a script is running");
    CHECK_STR(said[1], "a script is running");
    REFUSED_MARK(engine, KL_EBUSY, "a library in C that is loaded cannot be copied: a new state has to be made");
    kl_engine_free(engine);
}

CHECK_MAIN(CHECK_TEST(a_new_engine_lives_again), CHECK_TEST(one_that_has_lived_lives_again),
           CHECK_TEST(a_later_mark_takes_the_place_of_the_one_before), CHECK_TEST(timers_are_due_again),
           CHECK_TEST(a_state_made_since_the_mark_goes), CHECK_TEST(a_thousand_times_take_no_memory),
           CHECK_TEST(short_memory_changes_nothing), CHECK_TEST(without_a_mark_there_is_no_rewind),
           CHECK_TEST(state_of_several_engines_stays), CHECK_TEST(inputs_that_wait_are_not_lost),
           CHECK_TEST(what_the_host_adds_stays), CHECK_TEST(scripts_that_were_loaded_again_stay),
           CHECK_TEST(open_files_stay), CHECK_TEST(runs_stay))
