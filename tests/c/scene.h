/* server.h: enough of an engine for the programs that call KSR functions in C: sockets, effects, a message, module
 * states; no Lua. Callbacks of the script are counted, and may be answered by `hook`. */
#ifndef TESTS_C_SCENE_H
#define TESTS_C_SCENE_H

#include "message.h"

#include "base/status.h"
#include "core/hooks.h"
#include "core/per_engine.h"
#include "proxy/proxy.h"
#include "modules/modules.h"

typedef struct scene_run {
    char function[64], event[64], data[2048];
    kl_phase phase;
    kl_span host;
} scene_run;

static kl_server server;
static kl_effects effects;
static kl_arena scratch;
static kl_msg msg;
static kl_ctx ctx;
static kl_work scene_work;
static kl_per_engine scene_local;
static core_hooks scene_hooks;
static proxy_state proxy;
static void *states[MOD_COUNT];
static scene_run runs[16];
static int run_count;
static bool (*hook)(kl_ctx *inner); /* what a callback does; true: drop */

static kl_status run_callback(kl_ctx *outer, kl_span function, kl_span event, kl_phase phase, const ctx_send *send,
                              bool *dropped)
{
    scene_run *run = &runs[run_count++ % 16];
    snprintf(run->function, sizeof run->function, "%.*s", (int)function.n, function.s);
    snprintf(run->event, sizeof run->event, "%.*s", (int)event.n, event.n ? event.s : "");
    snprintf(run->data, sizeof run->data, "%.*s", send ? (int)send->data.n : 0, send ? send->data.s : "");
    run->phase = phase;
    kl_ctx inner = *outer;
    inner.phase = phase;
    inner.send = send;
    const bool drop = hook && hook(&inner);
    if (dropped) *dropped = drop;
    return KL_OK;
}

static const char *row_name(const kl_row *row) { return row->name; }

static const ctx_ops scene_ops = {.run_callback = run_callback, .row_name = row_name};

CHECK_MAYBE_UNUSED static void load(module_id id, const kl_module *module)
{
    states[id] = kl_calloc(1, module->state_size ? module->state_size : 1);
    if (module->init) module->init(states[id]);
    if (module->join) module->join(&ctx, states[id]);
}

CHECK_MAYBE_UNUSED static void unload(module_id id, const kl_module *module)
{
    if (module->done) module->done(states[id]);
    kl_free(states[id]);
    states[id] = NULL;
}

/* An engine that listens on 127.0.0.1:5070, UDP and TCP, known as example.com. */
static void scene_open(const char *text)
{
    server_init(&server);
    server_set_secret(&server, (const unsigned char[32]){0});
    CHECK_INT(socket_listen(&server, SPAN("udp:127.0.0.1:5070"), NULL), KL_OK);
    CHECK_INT(socket_listen(&server, SPAN("tcp:127.0.0.1:5070"), NULL), KL_OK);
    CHECK_INT(alias_add(&server, SPAN("example.com"), NULL), KL_OK);
    effects_init(&effects);
    arena_init(&scratch, 0);
    msg_init(&msg, 0);
    CHECK(message_read(&msg, text));
    msg.recv_socket = 0;
    per_engine_init(&scene_local);
    scene_local.hooks = &scene_hooks;
    scene_local.proxy = &proxy;
    scene_hooks = (core_hooks){0};
    proxy_init(&proxy);
    work_endless(&scene_work);
    ctx = (kl_ctx){.work = &scene_work,
                   .server = &server,
                   .per_engine = &scene_local,
                   .msg = &msg,
                   .effects = &effects,
                   .scratch = &scratch,
                   .modules = states,
                   .ops = &scene_ops,
                   .now = 1000,
                   .phase = KL_PHASE_REQUEST,
                   .log_level = KL_LOG_WARN};
    run_count = 0;
    hook = NULL;
}

static void scene_close(void)
{
    proxy_done(&proxy);
    per_engine_done(&scene_local, NULL);
    msg_done(&msg);
    arena_free(&scratch);
    effects_done(&effects);
    server_done(&server);
}

/* Another message in the same engine. */
CHECK_MAYBE_UNUSED static void again(const char *text)
{
    CHECK(message_read(&msg, text));
    msg.recv_socket = 0;
    effects_clear(&effects);
}

#define I(n)       {.type = KL_TYPE_INT, .i = (n)}
#define S(literal) {.type = KL_TYPE_STR, .s = {"" literal, sizeof(literal) - 1}}
#define NIL        {.type = KL_TYPE_STR}
/* The result of KSR.<module>.<name>(arguments). */
#define CALL(module, name, ...) call(&module, name, (const kl_value[]){__VA_ARGS__}, NULL)
#define CALL0(module, name)     call(&module, name, NULL, NULL)

CHECK_MAYBE_UNUSED static int call(const kl_module *module, const char *name, const kl_value *args, kl_value *out)
{
    kl_value unused = {.type = KL_TYPE_NULL};
    for (size_t i = 0; i < module->row_count; i++) {
        if (strcmp(module->rows[i].name, name) != 0) continue;
        ctx.row = &module->rows[i];
        log_begin_call(&ctx);
        return ctx.row->fn(&ctx, args, out ? out : &unused);
    }
    printf("    no function %s\n", name);
    return -1000;
}

/* The n-th effect of that kind, or NULL. */
CHECK_MAYBE_UNUSED static const kl_effect *effect(kl_effect_kind kind, int n)
{
    for (size_t i = 0; i < effects.count; i++)
        if (effects.items[i].kind == kind && n-- == 0) return &effects.items[i];
    return NULL;
}

CHECK_MAYBE_UNUSED static int effect_count(kl_effect_kind kind)
{
    int n = 0;
    while (effect(kind, n)) n++;
    return n;
}

CHECK_MAYBE_UNUSED static const char *sent(int n)
{
    const kl_effect *send = effect(KL_EFFECT_SEND, n);
    return send ? message_text(send->data) : "(nothing)";
}

/* The ACK to our reply to INVITE_TEXT. */
CHECK_MAYBE_UNUSED static void ack_of(const char *reply, char ack[512])
{
    const char *tag = strstr(reply, "example.com>;tag=") + strlen("example.com>;tag=");
    snprintf(ack, 512,
             "ACK sip:bob@example.com:5080 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nTo: "
             "<sip:bob@example.com>;tag=%.*s\n"
             "From: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 ACK\nContent-Length: 0\n\n",
             (int)strcspn(tag, "\n"), tag);
}

#define INVITE_TEXT                                                                                                    \
    "INVITE sip:bob@example.com:5080 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nMax-Forwards: 10\nTo: " \
    "<sip:bob@example.com>\n"                                                                                          \
    "From: <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nUser-Agent: t\nContent-Length: 0\n\n"
#define REPLY_TEXT                                                                                                     \
    "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKq.0\nVia: SIP/2.0/UDP "                             \
    "127.0.0.1:5099;branch=z9hG4bKa\nTo: <sip:t@h>;tag=b\n"                                                            \
    "From: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nContent-Length: 0\n\n"

#endif
