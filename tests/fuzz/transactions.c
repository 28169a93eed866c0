/* Any order of requests, replies and time on a few transactions. Two bytes are a step: what it is, and for whom. What
 * is sent has a cause and a known destination; a server transaction answers with one final reply; no timer outlives the
 * transactions; after enough time nothing is left of them. */
#include "fuzz.h"

#include "engine/engine.h"
#include "tm/tm.h"

static const char script[] =
    "INDEX, LABEL = 0, 0\n"
    "local function hold() INDEX, LABEL = KSR.pv.get('$T(id_index)'), KSR.pv.get('$T(id_label)') "
    "return KSR.tmx.t_suspend() end\n"
    "local kinds = {\n"
    "  relay = function() KSR.tm.t_relay() end,\n"
    "  fork = function() KSR.corex.append_branch_uri('sip:two@192.0.2.8:5082') "
    "KSR.corex.append_branch_uri('sip:three@192.0.2.8:5083') KSR.tm.t_relay() end,\n"
    "  serial = function() KSR.tm.t_on_failure('ksr_serial') KSR.tm.t_relay() end,\n"
    "  again = function() KSR.tm.t_on_branch_failure('ksr_again') KSR.tm.t_relay() end,\n"
    "  answer = function() KSR.tm.t_newtran() KSR.tm.t_reply(486, 'Busy') end,\n"
    "  accept = function() KSR.tm.t_newtran() KSR.tm.t_reply(200, 'OK') end,\n"
    "  suspend = function() hold() end,\n"
    "  held = function() KSR.tm.t_on_reply('ksr_hold') KSR.tm.t_relay() end,\n"
    "  both = function() KSR.tm.t_on_failure('ksr_answer') KSR.tm.t_relay() KSR.tm.t_reply(404, 'Here') end,\n"
    "  gone = function() KSR.tm.t_relay() KSR.tm.t_release() end,\n"
    "  drop = function() KSR.tm.t_relay() KSR.tmx.t_drop() end,\n"
    "  nothing = function() KSR.tm.t_newtran() end,\n"
    "  short = function() KSR.tm.t_set_fr(2000, 1000) KSR.tm.t_set_retr(200, 300) KSR.tm.t_relay() "
    "KSR.tm.t_set_max_lifetime(3000, 500) end,\n"
    "  copy = function() KSR.tm.t_replicate('sip:192.0.2.8:5084') end,\n"
    "  broken = function() KSR.tm.t_on_branch('ksr_error') KSR.tm.t_on_reply('ksr_error') "
    "KSR.tm.t_on_failure('ksr_error') KSR.tm.t_relay() error('on purpose') end,\n"
    "  name = function() KSR.seturi('sip:one@names.example') KSR.tm.t_on_failure('ksr_serial') KSR.tm.t_relay() end,\n"
    "  names = function() KSR.corex.append_branch_uri('sip:two@names.example') "
    "KSR.corex.append_branch_uri('sips:two@names.example:5083') KSR.tm.t_relay() end,\n"
    "  local_ = function() KSR.tm.t_uac_send('INVITE', 'sip:two@192.0.2.8:5082', '', '', 'From: <sip:us@h>\\r\\nTo: "
    "<sip:b>\\r\\n', '') KSR.tm.t_relay() end,\n"
    "  cancels = function() KSR.tm.t_on_reply('ksr_cancel') KSR.corex.append_branch_uri('sip:two@192.0.2.8:5082') "
    "KSR.tm.t_relay() end,\n"
    "}\n"
    "function ksr_request_route()\n"
    "  if KSR.is_CANCEL() then if KSR.tm.t_check_trans() > 0 then KSR.tm.t_relay() end return end\n"
    "  if KSR.tm.t_check_trans() == 0 then return end\n"
    "  if KSR.is_ACK() then return end\n"
    "  kinds[KSR.pv.get('$rU')]()\n"
    "end\n"
    "function ksr_serial()\n"
    "  if KSR.pv.get('$T_reply_code') == 302 then KSR.tm.t_drop_replies('l') end\n"
    "  KSR.tm.t_on_failure('ksr_serial') KSR.tm.t_on_reply('ksr_reply') KSR.seturi('sip:next@192.0.2.8:5083') "
    "KSR.tm.t_relay()\n"
    "end\n"
    "function ksr_again() if KSR.pv.get('$T_branch_idx') < 2 then KSR.corex.append_branch_uri('sip:n@192.0.2.8:5084') "
    "KSR.tm.t_on_branch_failure('ksr_again') KSR.tm.t_relay() end end\n"
    "function ksr_answer() KSR.tm.t_reply(480, 'Failure route') end\n"
    "function ksr_hold() hold() end\n"
    "function ksr_reply() if KSR.pv.get('$rs') == 183 then KSR.x.drop() end end\n"
    "function ksr_cancel() KSR.tmx.t_cancel_branches(KSR.pv.get('$rs') < 200 and 'others' or 'all') end\n"
    "function ksr_error() error('on purpose') end\n"
    "function ksr_stray() KSR.x.drop() end\n"
    "local ways = {'relay', 'reply', 'hold', 'nothing'}\n"
    "function ksr_go_on()\n"
    "  local way = ways[WAY % 4 + 1]\n"
    "  if way == 'relay' then KSR.tm.t_relay() elseif way == 'reply' then KSR.tm.t_reply(603, 'No') "
    "elseif way == 'hold' then hold() end\n"
    "end\n";

static const char *const kinds[] = {"relay",   "fork",    "serial", "again", "answer", "accept", "suspend",
                                    "held",    "both",    "gone",   "drop",  "short",  "copy",   "broken",
                                    "cancels", "nothing", "name",   "names", "local_"};
static const char *const methods[] = {"INVITE", "OPTIONS", "CANCEL", "ACK"};
static const int codes[] = {100, 180, 183, 200, 302, 401, 407, 486, 487, 503, 600, 699, 202, 408, 500, 199};
static const double times[] = {0.001, 0.1, 0.5, 1, 4, 5, 30, 120};

enum { CALLS = 8, OUT = 64, TEXT = 1024, UPSTREAM = 5099, STEPS = 200 };

typedef struct run_state {
    kl_engine *engine;
    double now;
    char out[OUT][TEXT]; /* requests that went downstream, the last ones */
    uint16_t ports[OUT];
    unsigned count;
    int64_t tickets[4]; /* the last questions for addresses */
    unsigned asked;
    struct { /* of a server transaction while it is in the table */
        int final;
        char tag[64]; /* of the To of the last final reply */
    } calls[CALLS][2];
} run_state;

static run_state run;

/* ---- what goes out */

static int number_behind(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found ? atoi(found + strlen(name)) : -1;
}

/* One negative final reply, which may come again, and none after a 2xx; 2xx always come through (RFC 3261 16.7). */
static void check_upstream(const char *text)
{
    const int code = number_behind(text, "SIP/2.0 "), call = number_behind(text, "Call-ID: ");
    const bool invite = strstr(text, " INVITE\r\n") != NULL, options = strstr(text, " OPTIONS\r\n") != NULL;
    FUZZ_CHECK(code >= 100 && code <= 699 && call >= 0 && call < CALLS);
    if (code < 200 || (!invite && !options)) return;
    int *final = &run.calls[call][options].final;
    if (code >= 300) FUZZ_CHECK(*final == 0 || *final == code);
    if (code >= 300 || *final == 0) *final = code;
    const char *tag = strstr(text, "To: <sip:b>;tag=");
    if (tag)
        snprintf(run.calls[call][options].tag, sizeof run.calls[call][options].tag, "%.*s",
                 (int)strcspn(tag + 16, "\r\n"), tag + 16);
}

static void note_request(const char *text, uint16_t port)
{
    snprintf(run.out[run.count % OUT], TEXT, "%s", text);
    run.ports[run.count++ % OUT] = port;
}

static unsigned note_effects(void)
{
    char text[TEXT];
    size_t count;
    unsigned sends = 0;
    const kl_effect *effects = kl_engine_effects(run.engine, &count);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind == KL_EFFECT_RESOLVE) run.tickets[run.asked++ % 4] = effects[i].ticket;
        if (effects[i].kind != KL_EFFECT_SEND) continue;
        sends++;
        FUZZ_CHECK(effects[i].data.n > 20 && effects[i].port != 0);
        snprintf(text, sizeof text, "%.*s", (int)effects[i].data.n, effects[i].data.s);
        const bool reply = strncmp(text, "SIP/2.0 ", 8) == 0;
        FUZZ_CHECK(reply == (effects[i].port == UPSTREAM));
        if (reply) check_upstream(text);
        else note_request(text, effects[i].port);
    }
    return sends;
}

/* ---- what must hold after each step */

static size_t transactions(void) { return run.engine->per_engine.tm->count; }

static bool is_there(int call, bool options)
{
    const tm_state *tm = run.engine->per_engine.tm;
    for (size_t i = 0; i < tm->slot_count; i++)
        for (const tm_cell *cell = tm->slots[i]; cell; cell = cell->next) {
            const sip_hdr *id = msg_hdr_first(cell->request, SIP_HDR_CALL_ID);
            if (!cell_is(cell, TM_IS_LOCAL) && id && atoi(hdr_body(id).s) == call &&
                span_eq(cell->request->method, options ? SPAN("OPTIONS") : SPAN("INVITE")))
                return true;
        }
    return false;
}

static void check_table(void)
{
    FUZZ_CHECK(transactions() > 0 || run.engine->timers.count == 0);
    FUZZ_CHECK(transactions() == 0 || run.engine->timers.count > 0); /* each has an end */
    for (int call = 0; call < CALLS; call++)
        for (int options = 0; options < 2; options++)
            if (!is_there(call, options)) run.calls[call][options].final = 0;
}

/* ---- steps */

static unsigned receive(const char *text, uint16_t port)
{
    kl_packet packet = fuzz_packet(span_text(text), KL_PROTO_UDP);
    kl_error err;
    packet.source_port = port;
    packet.now = packet.monotonic = run.now;
    kl_engine_receive(run.engine, &packet, &err);
    return note_effects();
}

static void request(int call, unsigned kind, const char *method)
{
    char text[TEXT];
    const bool ack = strcmp(method, "ACK") == 0;
    const char *tag = run.calls[call][0].tag;
    snprintf(text, sizeof text,
             "%s sip:%s@192.0.2.8:5081 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5099;branch=z9hG4bK%d\r\n"
             "To: <sip:b>%s%s\r\nFrom: <sip:a>;tag=a\r\nCall-ID: %d\r\nCSeq: 1 %s\r\nMax-Forwards: 9\r\n"
             "Content-Length: 0\r\n\r\n",
             method, kinds[kind], call, ack && *tag ? ";tag=" : "", ack ? tag : "", call, method);
    const unsigned sends = receive(text, UPSTREAM);
    FUZZ_CHECK(sends <= 12);
}

static void reply(unsigned which, int code)
{
    char text[2 * TEXT];
    if (run.count == 0) return;
    const unsigned at = (run.count > OUT ? run.count - OUT : 0) + which % (run.count < OUT ? run.count : OUT);
    char *to = text + snprintf(text, sizeof text, "SIP/2.0 %d Reply\r\n", code);
    for (const char *line = run.out[at % OUT], *end; (end = strstr(line, "\r\n")) && end > line; line = end + 2)
        if (strchr("VFTCC", line[0]) && strncmp(line, "Content", 7) != 0 && strstr(line, ": ")) {
            memcpy(to, line, (size_t)(end - line));
            to += end - line;
            if (strncmp(line, "To: <sip:b>\r", 12) == 0) to += sprintf(to, ";tag=t%u", run.ports[at % OUT]);
            to += sprintf(to, "\r\n");
        }
    sprintf(to, "Content-Length: 0\r\n\r\n");
    const bool any = transactions() > 0;
    const unsigned sends = receive(text, run.ports[at % OUT]);
    FUZZ_CHECK(any ? sends <= 12 : sends == 0);
}

static void pass(double seconds)
{
    const double end = run.now + seconds;
    kl_error err;
    for (double next; (next = kl_engine_next_timer(run.engine)) <= end + 1e-6;) { /* timers have whole microseconds */
        if (next > run.now) run.now = next;
        kl_engine_timer(run.engine, run.now, run.now, &err);
        note_effects();
        check_table();
    }
    if (run.now < end) run.now = end;
    kl_engine_timer(run.engine, run.now, run.now, &err);
    FUZZ_CHECK(note_effects() == 0);
}

static void eval(const char *code)
{
    const kl_value *values;
    size_t count;
    kl_error err;
    kl_engine_eval(run.engine, NULL, span_text(code), &values, &count, &err);
    FUZZ_CHECK(note_effects() <= 12);
}

static void resolved(unsigned which, unsigned count)
{
    static const kl_target targets[] = {{.host = {"192.0.2.8", 9}, .port = 5081, .transport = KL_PROTO_UDP},
                                        {.host = {"192.0.2.8", 9}, .port = 5083, .transport = KL_PROTO_TLS},
                                        {.host = {"192.0.2.8", 9}, .port = 5082, .transport = KL_PROTO_UDP}};
    kl_error err;
    kl_engine_resolved(run.engine, run.tickets[which % 4], targets, count % 4, run.now, run.now, &err);
    FUZZ_CHECK(note_effects() <= 12);
}

static void not_sent(unsigned which)
{
    kl_error err;
    if (run.count == 0) return;
    const unsigned at = (run.count > OUT ? run.count - OUT : 0) + which % (run.count < OUT ? run.count : OUT);
    kl_packet packet = fuzz_packet(span_text(run.out[at % OUT]), KL_PROTO_UDP);
    packet.source_host = SPAN("192.0.2.8");
    packet.source_port = run.ports[at % OUT];
    packet.now = packet.monotonic = run.now;
    kl_engine_send_failed(run.engine, &packet, &err);
    FUZZ_CHECK(note_effects() <= 12);
}

static void step(unsigned what, unsigned whom)
{
    char code[96];
    const unsigned kind = ((whom >> 3 & 15) | (what & 1) << 4) % (sizeof kinds / sizeof *kinds);
    switch (what >> 5) {
    case 0:
    case 1: request((int)(whom & 7), kind, methods[what >> 3 & 3]); break;
    case 2:
    case 3:
    case 4: reply(whom, codes[what & 15]); break;
    case 5: pass(times[whom & 7]); break;
    case 6:
        if (what & 16) resolved(whom, whom >> 2);
        else if (what & 8) not_sent(whom);
        else request((int)(whom & 7), kind, "INVITE");
        break;
    default:
        snprintf(code, sizeof code, "WAY = %u KSR.tmx.t_continue(INDEX, LABEL, 'ksr_go_on')", what & 3);
        eval(code);
    }
    check_table();
}

/* ---- */

static void set(const char *name, const char *text, int64_t number)
{
    kl_value value = {.type = text ? KL_TYPE_STR : KL_TYPE_INT, .i = number};
    if (text) value.s = span_text(text);
    FUZZ_CHECK(kl_engine_param(run.engine, SPAN("tm"), span_text(name), &value, NULL) == KL_OK);
}

static void begin(unsigned setting)
{
    static const kl_config config = {.instructions = 100000,
                                     .memory = 8 << 20,
                                     .message_memory = 1 << 20,
                                     .libraries = KL_LIBS_SAFE,
                                     .log_level = KL_LOG_ERR,
                                     .two_clocks = 1,
                                     .seed = {1}};
    static const char *const modules[] = {"pv", "tm", "tmx", "corex"};
    kl_error err;
    memset(&run, 0, sizeof run);
    run.now = 1000;
    run.engine = kl_engine_new(&config, NULL, &err);
    FUZZ_CHECK(run.engine && kl_engine_listen(run.engine, SPAN("udp:192.0.2.1:5060"), &err) == KL_OK);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        FUZZ_CHECK(kl_engine_module(run.engine, span_text(modules[i]), &err) == KL_OK);
    set("on_sl_reply", "ksr_stray", 0);
    set("reply_matching", NULL, setting & 1);
    set("cancel_b_method", NULL, setting >> 1 & 3);
    set("failure_reply_mode", NULL, setting >> 3 & 3);
    set("noisy_ctimer", NULL, setting >> 5 & 1);
    set("delayed_reply", NULL, setting >> 6 & 1);
    set("disable_6xx_block", NULL, setting >> 7 & 1);
    FUZZ_CHECK(kl_engine_script(run.engine, SPAN("any.lua"), span_text(script), &err) == KL_OK);
    FUZZ_CHECK(kl_engine_start(run.engine, &err) == KL_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    begin(fuzz_byte(&in));
    for (int i = 0; i < STEPS && in.at < in.end; i++) {
        const unsigned what = fuzz_byte(&in);
        step(what, fuzz_byte(&in));
    }
    pass(1000);
    FUZZ_CHECK(transactions() == 0 && run.engine->timers.count == 0);
    kl_engine_free(run.engine);
    FUZZ_CHECK(mem_live() == 0);
    return 0;
}
