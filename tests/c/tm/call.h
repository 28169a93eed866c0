/* call.h: an engine with a script that routes calls, and telephones around it: what it sends to them is noted, and they
 * answer it. Time passes when somebody says so. Nothing here allocates, so that a failing allocation is the engine's.
 */
#ifndef TESTS_C_CALL_H
#define TESTS_C_CALL_H

#define _GNU_SOURCE /* memmem */
#include "message.h"

#include "engine/engine.h"
#include "tm/tm.h"

enum { CALL_SENT = 256, CALL_TEXT = 1536, CALLER = 5099 };

typedef struct call_sent {
    uint16_t port;
    double at;
    char text[CALL_TEXT];
} call_sent;

static kl_engine *engine;
static double now; /* by both clocks */
static call_sent sent[CALL_SENT];
static int sent_count; /* also of those for which there was no room */
static int error_count;
static int64_t last_ticket;    /* of the last question for addresses */
static char last_error[256];   /* that was logged */
static char last_failure[512]; /* of a script */

static const char *request_text(const char *id, const char *method)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "%s sip:one@127.0.0.1:5081 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK%s\nMax-Forwards: 10\n"
             "To: <sip:bob@example.com>\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: %s\nCSeq: 1 %s\nContact: "
             "<sip:alice@127.0.0.1:5099>\nContent-Length: 0\n\n",
             method, id, id, method);
    return text;
}

/* ---- the engine */

/* With the modules that scripts here use. NULL, and nothing told: no memory. */
static bool call_begin(const char *script, bool two_clocks, void (*set)(kl_engine *))
{
    static const char *const modules[] = {"pv", "hdr", "kx", "sl", "tm", "tmx", "corex", "rr", "textopsx"};
    const kl_config config = {
        .instructions = 1000000, .memory = 1 << 26, .reload = 1, .log_level = KL_LOG_ERR, .two_clocks = two_clocks};
    kl_error err;
    now = 1000;
    sent_count = error_count = 0;
    last_error[0] = last_failure[0] = '\0';
    engine = kl_engine_new(&config, NULL, &err);
    bool good = engine && kl_engine_listen(engine, SPAN("udp:127.0.0.1:5070"), &err) == KL_OK;
    for (size_t i = 0; good && i < sizeof modules / sizeof *modules; i++)
        good = kl_engine_module(engine, span_text(modules[i]), &err) == KL_OK;
    if (good && set) set(engine);
    return good && kl_engine_script(engine, SPAN("call.lua"), span_text(script), &err) == KL_OK &&
           kl_engine_start(engine, &err) == KL_OK;
}

/* With all that it had. */
static void call_end(void)
{
    kl_engine_free(engine);
    engine = NULL;
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_INT(mem_live(), 0);
#endif
}

CHECK_MAYBE_UNUSED static void call_param(const char *module, const char *name, const char *text, int64_t number)
{
    kl_error err;
    kl_value value = {.type = text ? KL_TYPE_STR : KL_TYPE_INT, .i = number};
    if (text) value.s = span_text(text);
    CHECK_INT(kl_engine_param(engine, span_text(module), span_text(name), &value, &err), KL_OK);
}

CHECK_MAYBE_UNUSED static size_t transactions(void) { return engine->per_engine.tm->count; }
CHECK_MAYBE_UNUSED static uint32_t timers(void) { return engine->timers.count; }

/* ---- what goes out */

static void note_effects(const kl_error *err)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(engine, &count);
    if (err->status != KL_OK) snprintf(last_failure, sizeof last_failure, "%s", err->text);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind == KL_EFFECT_LOG && effects[i].level <= KL_LOG_ERR) {
            error_count++;
            snprintf(last_error, sizeof last_error, "%.*s", (int)effects[i].data.n, effects[i].data.s);
        }
        if (effects[i].kind == KL_EFFECT_RESOLVE) last_ticket = effects[i].ticket;
        if (effects[i].kind != KL_EFFECT_SEND) continue;
        if (sent_count < CALL_SENT) {
            call_sent *one = &sent[sent_count];
            one->port = effects[i].port;
            one->at = now;
            snprintf(one->text, sizeof one->text, "%.*s", (int)effects[i].data.n,
                     effects[i].data.n ? effects[i].data.s : "");
        }
        sent_count++;
    }
}

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* The last one to that port that begins like this; NULL: none. */
CHECK_MAYBE_UNUSED static const char *sent_to(uint16_t port, const char *beginning)
{
    for (int i = sent_count < CALL_SENT ? sent_count : CALL_SENT; i-- > 0;)
        if (sent[i].port == port && starts(sent[i].text, beginning)) return sent[i].text;
    return NULL;
}

CHECK_MAYBE_UNUSED static int count_to(uint16_t port, const char *beginning)
{
    int count = 0;
    for (int i = 0; i < sent_count && i < CALL_SENT; i++)
        count += sent[i].port == port && starts(sent[i].text, beginning);
    return count;
}

CHECK_MAYBE_UNUSED static void forget_sent(void) { sent_count = error_count = 0; }

/* ---- what comes in */

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
                       .now = now,
                       .monotonic = now};
}

static void receive_bytes(const char *bytes, size_t n, uint16_t port)
{
    kl_error err;
    const kl_packet packet = packet_of(bytes, n, port);
    const kl_status status = kl_engine_receive(engine, &packet, &err);
    if (status != KL_OK && status != KL_ENOMEM) CHECK_STR(err.text, "");
    note_effects(&err);
}

CHECK_MAYBE_UNUSED static void eval(const char *code)
{
    const kl_value *values;
    size_t count;
    kl_error err;
    if (!check_int(kl_engine_eval(engine, NULL, span_text(code), &values, &count, &err), KL_OK, code, __FILE__,
                   __LINE__))
        printf("    %s\n", err.text);
}

/* In plain line ends. */
static void receive(const char *text, uint16_t port)
{
    char wire[4096], *at = wire;
    for (; *text && at < wire + sizeof wire - 2; text++) {
        if (*text == '\n') *at++ = '\r';
        *at++ = *text;
    }
    receive_bytes(wire, (size_t)(at - wire), port);
}

/* The caller's: a request of transaction `id`. */
CHECK_MAYBE_UNUSED static void request(const char *id, const char *method)
{
    receive(request_text(id, method), CALLER);
}

/* A To without a tag gets one. */
static char *copy_header(char *at, const char *line, size_t n, const char *tag)
{
    const bool tagged = memmem(line, n, ";tag=", 5) != NULL;
    memcpy(at, line, n);
    at += n;
    if (tag && !tagged && starts(line, "To: ")) at += sprintf(at, ";tag=%s", tag);
    return at + sprintf(at, "\r\n");
}

static bool is_copied(const char *line)
{
    return starts(line, "Via: ") || starts(line, "From: ") || starts(line, "To: ") || starts(line, "Call-ID: ") ||
           starts(line, "CSeq: ") || starts(line, "Record-Route: ");
}

/* Telephone `port` answers what it was sent. */
CHECK_MAYBE_UNUSED static void answer(const char *asked, uint16_t port, int code)
{
    char text[4096], tag[16];
    if (!asked) return;
    snprintf(tag, sizeof tag, "t%u", port);
    char *at = text + sprintf(text, "SIP/2.0 %d Said by %u\r\n", code, port);
    for (const char *line = asked, *end; (end = strstr(line, "\r\n")) && end > line; line = end + 2)
        if (is_copied(line)) at = copy_header(at, line, (size_t)(end - line), code > 100 ? tag : NULL);
    at += sprintf(at, "Contact: <sip:%u@127.0.0.1:%u>\r\nContent-Length: 0\r\n\r\n", port, port);
    receive_bytes(text, (size_t)(at - text), port);
}

/* The host tells addresses of the last name: 127.0.0.1 with each of these ports, on UDP. */
CHECK_MAYBE_UNUSED static void resolved(const uint16_t *ports, size_t count)
{
    kl_target targets[8];
    kl_error err;
    for (size_t i = 0; i < count && i < 8; i++)
        targets[i] = (kl_target){.transport = KL_PROTO_UDP, .host = SPAN("127.0.0.1"), .port = ports[i]};
    const kl_status status = kl_engine_resolved(engine, last_ticket, targets, count, now, now, &err);
    if (status != KL_OK && status != KL_ENOMEM) CHECK_STR(err.text, "");
    note_effects(&err);
}

/* The caller's ACK to a negative final reply of that transaction. */
CHECK_MAYBE_UNUSED static void acknowledge(const char *id)
{
    char text[1200];
    const char *reply = NULL;
    for (int i = sent_count < CALL_SENT ? sent_count : CALL_SENT; i-- > 0 && !reply;)
        if (sent[i].port == CALLER && strstr(sent[i].text, id) && strstr(sent[i].text, "INVITE")) reply = sent[i].text;
    const char *tag = reply ? strstr(reply, "example.com>;tag=") : NULL;
    if (!tag) return;
    tag += strlen("example.com>;tag=");
    snprintf(text, sizeof text,
             "ACK sip:one@127.0.0.1:5081 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK%s\nMax-Forwards: 10\n"
             "To: <sip:bob@example.com>;tag=%.*s\nFrom: <sip:alice@atlanta.example>;tag=a\nCall-ID: %s\nCSeq: 1 "
             "ACK\nContent-Length: 0\n\n",
             id, (int)strcspn(tag, "\r\n"), tag, id);
    receive(text, CALLER);
}

/* ---- time */

static void tick(void)
{
    kl_error err;
    const kl_status status = kl_engine_timer(engine, now, now, &err);
    if (status != KL_OK && status != KL_ENOMEM) CHECK_STR(err.text, "");
    note_effects(&err);
}

/* All timers until then, one after the other. */
CHECK_MAYBE_UNUSED static void pass(double seconds)
{
    const double end = now + seconds;
    for (double next; (next = kl_engine_next_timer(engine)) <= end;) {
        if (next > now) now = next;
        tick();
    }
    now = end;
    tick();
}

#endif
