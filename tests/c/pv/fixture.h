/* fixture.h: a run over one message, without Lua: what the tests of pseudo-variables stand on. */
#ifndef TESTS_C_PV_FIXTURE_H
#define TESTS_C_PV_FIXTURE_H

#include "core/per_engine.h"
#include "core/shared.h"
#include "pv/pv.h"
#include "pv/store/store.h"

#include "../check.h"

typedef struct fixture {
    kl_ctx ctx;
    kl_work work;
    kl_server server;
    kl_effects effects;
    kl_arena scratch;
    kl_msg *msg;
    kl_per_engine local;
} fixture;

static void fixture_listen(fixture *f, const char *socket)
{
    kl_error err;
    if (socket_listen(&f->server, span_text(socket), &err) != KL_OK) {
        fprintf(stderr, "fixture.h: %s: %s\n", socket, err.text);
        exit(2);
    }
}

/* LF in the text is sent as CRLF, from 198.51.100.7:5099 to 192.0.2.1:5060. */
static void fixture_parse(fixture *f, const char *text, kl_transport transport)
{
    size_t n = 0, length = strlen(text);
    char *wire = malloc(2 * length + 1);
    kl_error err;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') wire[n++] = '\r';
        wire[n++] = text[i];
    }
    kl_packet packet = {.data = wire,
                        .size = n,
                        .source_host = SPAN("198.51.100.7"),
                        .local_host = SPAN("192.0.2.1"),
                        .source_port = 5099,
                        .local_port = 5060,
                        .transport = transport,
                        .conid = transport == KL_PROTO_UDP ? -1 : 7,
                        .now = 1000000000.5};
    if (kl_msg_parse(f->msg, &packet, &err) != KL_OK) {
        fprintf(stderr, "fixture.h: %s\n", err.text);
        exit(2);
    }
    free(wire);
    f->msg->recv_socket = socket_find(&f->server, transport, packet.local_host, packet.local_port);
    f->ctx.msg = f->msg;
}

static fixture *fixture_new(const char *text)
{
    fixture *f = calloc(1, sizeof *f);
    server_init(&f->server);
    fixture_listen(f, "udp:192.0.2.1:5060");
    fixture_listen(f, "udp:192.0.2.1:5062 name second advertise 203.0.113.9:5999");
    fixture_listen(f, "tcp:192.0.2.1:5060");
    effects_init(&f->effects);
    arena_init(&f->scratch, 0);
    f->msg = kl_msg_new(0);
    per_engine_init(&f->local);
    work_endless(&f->work);
    f->ctx = (kl_ctx){.work = &f->work,
                      .per_engine = &f->local,
                      .server = &f->server,
                      .effects = &f->effects,
                      .scratch = &f->scratch,
                      .vars = vars_new(0),
                      .pvs = pv_cache_new(f->server.secret),
                      .shared = kl_shared_new(),
                      .phase = KL_PHASE_REQUEST,
                      .now = 1000000007.25,
                      .log_level = KL_LOG_ERR,
                      .message_number = 3};
    if (text != NULL) fixture_parse(f, text, KL_PROTO_UDP);
    return f;
}

static void fixture_free(fixture *f)
{
    kl_msg_free(f->msg);
    pv_cache_free(f->ctx.pvs);
    vars_free(f->ctx.vars);
    per_engine_done(&f->local, f->ctx.shared);
    kl_shared_free(f->ctx.shared);
    effects_done(&f->effects);
    arena_free(&f->scratch);
    server_done(&f->server);
    free(f);
}

/* What a name reads as, in one line: "bad" (no such name), "failure", "null", "int 5", "int 5 shown as 05", "text",
 * "text with int 5". */
static const char *fixture_read(fixture *f, const char *name)
{
    static char line[1 << 16];
    const pv_spec *spec = pv_lookup(&f->ctx, span_text(name));
    pv_value v;
    if (spec == NULL) return "bad";
    if (!pv_get(&f->ctx, spec, &v)) return "failure";
    if (v.flags & PV_NULL) return "null";
    if ((v.flags & PV_IS_INT) && !(v.flags & PV_STR)) snprintf(line, sizeof line, "int %lld", (long long)v.i);
    else if (v.flags & PV_IS_INT)
        snprintf(line, sizeof line, "int %lld shown as %.*s", (long long)v.i, (int)v.s.n, v.s.s);
    else if (v.flags & PV_INT) snprintf(line, sizeof line, "%.*s with int %lld", (int)v.s.n, v.s.s, (long long)v.i);
    else snprintf(line, sizeof line, "%.*s", (int)v.s.n, v.s.s);
    return line;
}

typedef struct reading {
    const char *name, *value;
} reading;

CHECK_MAYBE_UNUSED static void fixture_readings(fixture *f, const reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena_mark mark = arena_save(&f->scratch);
        if (!check_str(fixture_read(f, readings[i].name), readings[i].value, readings[i].name, __FILE__, __LINE__))
            printf("    (row %zu)\n", i);
        arena_rewind(&f->scratch, mark);
    }
}
#define READINGS(f, ...)                                                                                               \
    do {                                                                                                               \
        static const reading readings_[] = {__VA_ARGS__};                                                              \
        fixture_readings(f, readings_, sizeof readings_ / sizeof *readings_);                                          \
    } while (0)

/* A text, or an int when value is NULL; unset by fixture_unset. */
CHECK_MAYBE_UNUSED static bool fixture_sets(fixture *f, const char *name, const char *value)
{
    const pv_spec *spec = pv_lookup(&f->ctx, span_text(name));
    pv_value v;
    pv_str(&v, span_text(value));
    return spec != NULL && pv_set(&f->ctx, spec, &v);
}

CHECK_MAYBE_UNUSED static bool fixture_seti(fixture *f, const char *name, int64_t value)
{
    const pv_spec *spec = pv_lookup(&f->ctx, span_text(name));
    pv_value v;
    pv_int(&v, value);
    return spec != NULL && pv_set(&f->ctx, spec, &v);
}

CHECK_MAYBE_UNUSED static bool fixture_unset(fixture *f, const char *name)
{
    const pv_spec *spec = pv_lookup(&f->ctx, span_text(name));
    pv_value v;
    pv_null(&v);
    return spec != NULL && pv_set(&f->ctx, spec, &v);
}

static const char INVITE[] =
    "INVITE sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b SIP/2.0\n"
    "Via: SIP/2.0/UDP 198.51.100.7:5099;branch=z9hG4bKa;rport , SIP/2.0/TCP "
    "second.example;branch=z9hG4bKb;received=9.9.9.9;rport=77\n"
    "v: SIP/2.0/TLS last.example\n"
    "To: \"Bob B.\"  <sip:bob@example.com;x=1>\n"
    "From: Alice <sip:alice@atlanta.example:5080>;tag=1928\n"
    "Call-ID: a84b\n"
    "CSeq: 0031 INVITE\n"
    "Contact: \"C\" <sip:c1@h>;expires=9;q=0.5, <sip:c2@h>\n"
    "m: sip:c3@h;expires=3\n"
    "Expires: 60\n"
    "X-Foo: one\n"
    "x-foo: two\n"
    " folded\n"
    "X-Empty:\n"
    "Route: <sip:r1;lr>, \"x, y\" <sip:r2>;p=q\n"
    "User-Agent: T/1\n"
    "Diversion: \"D\" <sip:d1@h>;Reason=no;reason=\"yes, it is\";counter = 5, <sip:d2@h>\n"
    "P-Asserted-Identity: \"P\" <sip:p1@h>\n"
    "P-Asserted-Identity: <tel:+1>\n"
    "P-Preferred-Identity: \"Q\" <sip:q@pref.example>, sip:q3\n"
    "Remote-Party-ID: <sip:rpid@h>;party=calling\n"
    "Refer-To: <sip:carol@h?Replaces=x>\n"
    "Proxy-Authorization: Digest username=\"u@d\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"00\"\n"
    "Content-Type: text/plain\n"
    "Content-Length: 05\n"
    "\n"
    "hello";

CHECK_MAYBE_UNUSED static const char REPLY[] = "SIP/2.0 183 Session Progress\n"
                                               "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa\n"
                                               "Via: SIP/2.0/TLS [2001:db8::1];branch=z9hG4bKb\n"
                                               "Via: SIP/2.0/TCP third\n"
                                               "To: <sip:bob@example.com>;tag=7\n"
                                               "From: <sip:@atlanta.example>;tag=1928\n"
                                               "Call-ID: a84b\n"
                                               "CSeq: 31 INVITE\n"
                                               "Record-Route: <sip:a;lr>, <sip:b;lr>\n"
                                               "Record-Route: <sip:c;lr>\n"
                                               "Content-Length: 0\n"
                                               "\n";

#endif
