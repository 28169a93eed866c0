/* events.c: what happens in an engine without a message: module starts, timers, RPC commands. */
#include "engine.h"

#include <math.h>

#include "base/mem.h"
#include "modules/modules.h"

/* What events of modules run on: Kamailio makes up a request too. */
static const char made_up[] =
    "OPTIONS sip:event@kemilua.invalid SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKevent\r\nFrom: "
    "<sip:event@kemilua.invalid>;tag=event\r\n"
    "To: <sip:event@kemilua.invalid>\r\nCall-ID: event@kemilua.invalid\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

kl_msg *engine_event_message(kl_engine *engine)
{
    kl_error err;
    const kl_packet packet = {.data = made_up,
                              .size = sizeof made_up - 1,
                              .source_host = SPAN("127.0.0.1"),
                              .local_host = SPAN("127.0.0.1"),
                              .source_port = 5060,
                              .local_port = 5060,
                              .transport = KL_PROTO_UDP,
                              .conid = -1,
                              .now = engine->now};
    if (!engine->event_msg) {
        engine->event_msg = kl_calloc(1, sizeof *engine->event_msg);
        if (!engine->event_msg) return NULL;
        msg_init(engine->event_msg, engine->config.message_memory);
    }
    if (msg_parse(engine->event_msg, &packet, &err) != KL_OK) return NULL;
    engine->event_msg->msg_flags |= SIP_MSG_FAKED;
    return engine->event_msg;
}

static const kl_module *loaded(const kl_engine *engine, module_id id)
{
    return engine->module_loaded[id] ? engine_module(id) : NULL;
}

bool engine_modules_start(kl_engine *engine)
{
    kl_ctx ctx;
    bool good = true;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    for (module_id id = 0; id < MOD_COUNT && good; id++) {
        const kl_module *module = loaded(engine, id);
        good = !module || !module->start || module->start(&ctx, engine->module_states[id]);
    }
    engine_ctx_end(engine, &ctx);
    return good;
}

/* ---- timers */

void engine_run_due(kl_engine *engine)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    timer_run(&engine->timers, clock_microseconds(engine->now), &ctx);
    engine_ctx_end(engine, &ctx);
}

double kl_engine_next_timer(kl_engine *engine)
{
    int64_t when;
    return timer_next(&engine->timers, &when) ? clock_seconds(when) : HUGE_VAL;
}

kl_status kl_engine_timer(kl_engine *engine, double now, kl_error *err)
{
    if (!engine->started) return error_set(err, KL_EARG, "the engine has not started");
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    if (engine->depth > 1) {
        engine_leave(engine);
        return error_set(err, KL_EBUSY, "timers cannot run within a run of a script");
    }
    effects_clear(&engine->effects);
    failure_begin(engine);
    engine->now = now;
    if (timer_is_due(&engine->timers, clock_microseconds(now))) engine_run_due(engine);
    err->status = KL_OK;
    failure_end(engine, err);
    engine_leave(engine);
    return KL_OK;
}

/* ---- commands */

kl_status kl_engine_command_info(const kl_engine *engine, size_t index, const char **name, const char **params,
                                 const char **help)
{
    for (module_id id = 0; id < MOD_COUNT; id++) {
        const kl_module *module = loaded(engine, id);
        for (const module_command *one = module ? module->commands : NULL; one && one->name; one++) {
            if (index-- > 0) continue;
            *name = one->name;
            *params = one->params;
            *help = one->help;
            return KL_OK;
        }
    }
    return KL_ENOENT;
}

kl_status kl_engine_command(kl_engine *engine, kl_span name, const kl_value *args, size_t count,
                            const kl_value **result, int *code, kl_error *err)
{
    kl_ctx ctx;
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    status = KL_ENOENT;
    for (module_id id = 0; id < MOD_COUNT && status == KL_ENOENT; id++) {
        const kl_module *module = loaded(engine, id);
        for (const module_command *one = module ? module->commands : NULL; one && one->name && status == KL_ENOENT;
             one++) {
            if (!span_eq(name, span_text(one->name))) continue;
            arena_reset(&engine->eval_arena);
            engine->command_result = (kl_value){.type = KL_TYPE_NULL};
            engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
            *code = one->run(&ctx, engine->module_states[id], args, count, &engine->eval_arena,
                             &engine->command_result);
            engine_ctx_end(engine, &ctx);
            *result = &engine->command_result;
            status = KL_OK;
        }
    }
    engine_leave(engine);
    return status == KL_OK ? KL_OK
                           : error_set(err, KL_ENOENT, "no such command: %.*s", (int)(name.n > 64 ? 64 : name.n),
                                       name.n ? name.s : "");
}
