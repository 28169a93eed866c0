/* variables.h: enough of an engine for pseudo-variables: sockets, a message, stores; no Lua. */
#ifndef TESTS_FUZZ_VARIABLES_H
#define TESTS_FUZZ_VARIABLES_H

#include "fuzz.h"

#include "core/per_engine.h"
#include "core/shared.h"
#include "pv/pv.h"
#include "pv/store/store.h"

typedef struct variables {
    kl_ctx ctx;
    kl_work work;
    kl_server server;
    kl_effects effects;
    kl_arena scratch;
    kl_per_engine local;
} variables;

static void variables_open(variables *v)
{
    server_init(&v->server);
    FUZZ_CHECK(socket_listen(&v->server, SPAN("udp:192.0.2.1:5060 name first advertise 203.0.113.9:5999"), NULL) ==
               KL_OK);
    effects_init(&v->effects);
    v->effects.arena.limit = 1 << 22;
    arena_init(&v->scratch, 1 << 24);
    kl_msg *msg = kl_msg_new(1 << 22);
    fuzz_parse(msg, SPAN_NULL, KL_PROTO_UDP);
    msg->recv_socket = 0;
    per_engine_init(&v->local);
    work_endless(&v->work);
    v->ctx = (kl_ctx){.work = &v->work,
                      .per_engine = &v->local,
                      .server = &v->server,
                      .effects = &v->effects,
                      .scratch = &v->scratch,
                      .msg = msg,
                      .vars = vars_new(1 << 22),
                      .pvs = pv_cache_new(v->server.secret),
                      .shared = kl_shared_new(),
                      .phase = KL_PHASE_REQUEST,
                      .now = 1000000007.25,
                      .log_level = KL_LOG_ERR,
                      .message_number = 3};
}

static void variables_close(variables *v)
{
    kl_msg_free(v->ctx.msg);
    pv_cache_free(v->ctx.pvs);
    vars_free(v->ctx.vars);
    per_engine_done(&v->local, v->ctx.shared);
    kl_shared_free(v->ctx.shared);
    effects_done(&v->effects);
    arena_free(&v->scratch);
    server_done(&v->server);
}

/* Null alone; or text, or a number, or both; "is an int" with a number only. */
FUZZ_MAYBE_UNUSED static void variables_touch(variables *v, const pv_value *value)
{
    FUZZ_CHECK(value->flags == PV_NULL || (value->flags & (PV_STR | PV_INT) && !(value->flags & PV_NULL)));
    FUZZ_CHECK(!(value->flags & PV_IS_INT) || value->flags & PV_INT);
    if (value->flags == PV_NULL) return;
    const kl_span text = pv_text(&v->ctx, value);
    FUZZ_CHECK(text.s != NULL);
    fuzz_touch(text);
    FUZZ_CHECK(!(value->flags & PV_INT) || pv_integer(value) == value->i);
}

FUZZ_MAYBE_UNUSED static void variables_get(variables *v, kl_span name)
{
    pv_value value;
    const pv_spec *spec = pv_lookup(&v->ctx, name);
    if (spec && pv_get(&v->ctx, spec, &value)) variables_touch(v, &value);
}

FUZZ_MAYBE_UNUSED static void variables_set(variables *v, kl_span name, const pv_value *value)
{
    const pv_spec *spec = pv_lookup(&v->ctx, name);
    if (!spec) return;
    pv_is_writable(spec);
    pv_set(&v->ctx, spec, value);
}

#endif
