#include "engine.h"

#include <math.h>

#include "base/mem.h"
#include "core/tickets.h"

static const char *row_name(const kl_row *row) { return row->name; }

static bool make_parts(kl_engine *engine, kl_shared *shared)
{
    engine->vars = vars_new(engine->config.memory);
    engine->pvs = pv_cache_new(engine->server.secret);
    engine->inbox = inbox_new(engine->config.memory);
    engine->per_engine.inbox = engine->inbox;
    engine->per_engine.waits = tickets_waits_new();
    if (shared) shared_ref(shared);
    engine->shared = shared ? shared : kl_shared_new();
    return engine->vars && engine->pvs && engine->inbox && engine->shared && engine->per_engine.waits;
}

kl_engine *kl_engine_new(const kl_config *config, kl_shared *shared, kl_error *err)
{
    error_clear(err);
    kl_engine *engine = kl_calloc(1, sizeof *engine);
    if (!engine) {
        error_set(err, KL_ENOMEM, "out of memory making an engine");
        return NULL;
    }
    engine->config = *config;
    engine->number = -1;
    engine->host.handle = config->host;
    engine->ops = (ctx_ops){engine_callback,
                            engine_get_setting,
                            engine_set_setting,
                            engine_host_variable,
                            config->strict ? failure_note_misuse : NULL,
                            config->next_hops ? engine_next_hops : NULL,
                            row_name,
                            engine_answer};
    server_init(&engine->server);
    server_set_secret(&engine->server, config->seed);
    engine->server.safe = config->libraries == KL_LIBS_SAFE;
    effects_init(&engine->effects);
    engine->effects.arena.limit = config->memory;
    arena_init(&engine->scratch, config->memory);
    arena_init(&engine->eval_arena, config->memory);
    kemi_init(&engine->table);
    buf_init(&engine->text);
    buf_init(&engine->received);
    msg_init(&engine->msg, config->message_memory);
    per_engine_init(&engine->per_engine);
    engine->per_engine.hooks = &engine->hooks;
    engine->per_engine.proxy = &engine->proxy;
    proxy_init(&engine->proxy);
    timer_init(&engine->timers);
    work_endless(&engine->idle);
    if (!make_parts(engine, shared)) {
        error_set(err, KL_ENOMEM, "out of memory making an engine");
        kl_engine_free(engine);
        return NULL;
    }
    const kl_status joined = shared_join(engine->shared, engine->inbox, config->memory, engine->server.secret,
                                         &engine->number);
    if (joined != KL_OK) {
        if (joined == KL_ETOOBIG)
            error_set(err, joined, "more than %d engines with one shared state", SHARED_MAX_ENGINES);
        else error_set(err, joined, "out of memory making an engine");
        kl_engine_free(engine);
        return NULL;
    }
    for (module_id id = MOD_CORE; id <= MOD_PVX; id++) {
        if (engine_load_module(engine, id, err) != KL_OK) {
            kl_engine_free(engine);
            return NULL;
        }
    }
    return engine;
}

void kl_engine_free(kl_engine *engine)
{
    if (!engine) return;
    engine->host = (bridge_host){.handle = NULL}; /* finalizers of scripts call nobody who may be gone */
    engine_unmark(engine);
    if (engine->number >= 0) {
        tickets_leave(engine->shared, engine->number);
        shared_leave(engine->shared, engine->number);
    }
    if (engine->inbox) inbox_close(engine->inbox);
    kl_inbox_free(engine->inbox);
    vm_free(engine->dostring_vm);
    vm_free(engine->script_vm);
    timer_free(&engine->timers);
    for (int id = 0; id < MOD_COUNT; id++) {
        const kl_module *module = engine_module((module_id)id);
        if (engine->module_states[id] && module->done) module->done(engine->module_states[id]);
        kl_free(engine->module_states[id]);
    }
    kl_free(engine->scripts);
    kl_free(engine->eval_values);
    buf_free(&engine->text);
    buf_free(&engine->received);
    buf_free(&engine->raised_text);
    msg_done(&engine->msg);
    if (engine->pvs) pv_cache_free(engine->pvs);
    if (engine->vars) vars_free(engine->vars);
    if (engine->faked_msg) msg_done(engine->faked_msg);
    kl_free(engine->faked_msg);
    tickets_waits_free(engine->per_engine.waits);
    proxy_done(&engine->proxy);
    per_engine_done(&engine->per_engine, engine->shared);
    if (engine->shared) kl_shared_free(engine->shared);
    kemi_done(&engine->table);
    arena_free(&engine->eval_arena);
    arena_free(&engine->scratch);
    effects_done(&engine->effects);
    server_done(&engine->server);
    kl_free(engine);
}

kl_status kl_engine_start(kl_engine *engine, kl_error *err)
{
    error_clear(err);
    if (engine->started) return error_set(err, KL_ECONFIG, "the engine has started already");
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    engine->started = true;
    engine->reload_seen = shared_reload_any(engine->shared);
    failure_begin(engine);
    if (engine->script_count > 0) status = engine_load_scripts(engine, err);
    if (status == KL_OK && engine_modules_start(engine)) failure_end(engine, err);
    else if (status == KL_OK) status = error_set(err, KL_ENOMEM, "out of memory starting the modules");
    engine_leave(engine);
    return status;
}

kl_status kl_engine_answer(kl_engine *engine, kl_span name, kl_span id, const kl_value *fields, kl_error *err)
{
    error_clear(err);
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    kl_lookups *answers = &engine->server.lookups;
    if (fields) status = lookups_put(answers, name, id, fields);
    else if (!lookups_has(answers, name, id)) status = KL_ENOENT;
    if (status != KL_OK) error_set(err, status, "$%.*s: %s", (int)name.n, name.s, kl_status_text(status));
    engine_leave(engine);
    return status;
}

size_t kl_engine_row_count(const kl_engine *engine) { return engine->table.rows.count; }

kl_status kl_engine_row(const kl_engine *engine, size_t index, const char **module, const char **name, kl_type *returns,
                        const kl_type **params, size_t *nparams, int *slot)
{
    if (index >= engine->table.rows.count) return KL_ENOENT;
    const kl_row *row = kemi_row(&engine->table, index);
    *module = row->module;
    *name = row->name;
    *returns = row->returns;
    *params = row_types(row);
    *nparams = row->nparams;
    *slot = row->fn ? -1 : row->slot;
    return KL_OK;
}

void kl_engine_set_log_level(kl_engine *engine, int level)
{
    engine->config.log_level = level;
    for (kl_ctx *ctx = engine->current; ctx; ctx = ctx->outer) ctx->log_level = level;
}

kl_msg *kl_engine_message(kl_engine *engine) { return engine->current ? engine->current->msg : NULL; }

size_t kl_engine_memory(const kl_engine *engine)
{
    return (engine->script_vm ? vm_memory(engine->script_vm) : 0) +
           (engine->dostring_vm ? vm_memory(engine->dostring_vm) : 0);
}

const kl_effect *kl_engine_effects(kl_engine *engine, size_t *count)
{
    *count = engine->effects.count;
    return engine->effects.items;
}

void kl_engine_clear_effects(kl_engine *engine) { effects_clear(&engine->effects); }

int kl_engine_number(const kl_engine *engine) { return engine->number; }

int kl_engine_depth(const kl_engine *engine) { return engine->depth; }

static void set_slow(kl_vm *vm, unsigned bit, bool on)
{
    if (vm) vm->slow = on ? vm->slow | bit : vm->slow & ~bit;
}

void kl_engine_set_trace(kl_engine *engine, int on)
{
    engine->trace = on != 0;
    set_slow(engine->script_vm, VM_SLOW_TRACE, engine->trace);
    set_slow(engine->dostring_vm, VM_SLOW_TRACE, engine->trace);
    for (kl_ctx *ctx = engine->current; ctx; ctx = ctx->outer) { /* an export may have asked for it */
        const kl_vm *vm = ctx->vm;
        if (vm) ctx->plain = ctx->msg && !vm->slow ? ctx->phase : 0;
    }
}
