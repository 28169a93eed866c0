#include "engine.h"

#include <math.h>

#include "base/mem.h"
#include "core/define.h"

const kl_module *engine_module(module_id id) { return id == MOD_APP_LUA ? &app_lua_module : module_table[id]; }

const char *kl_module_name(size_t index) { return index < MOD_COUNT ? engine_module((module_id)index)->name : NULL; }

/* There is a place for the groups of all modules that have one. */
static void add_statistics(kl_engine *engine, const kl_module *module, const void *state)
{
    const stats_names *known = module->statistics;
    const uint64_t *counts = (const uint64_t *)(const void *)((const char *)state + known->offset);
    if (!stats_group(&engine->local.stats, known->names, known->count, counts))
        KL_ASSERT(!"more groups of statistics than STATS_GROUPS");
}

static kl_status load_module(kl_engine *engine, module_id id, kl_error *err);

static kl_status load_required(kl_engine *engine, const kl_module *module, kl_error *err)
{
    kl_status status = KL_OK;
    for (size_t i = 0; i < MODULE_REQUIRES && status == KL_OK; i++)
        status = load_module(engine, module->requires[i], err);
    return status;
}

static kl_status add_module(kl_engine *engine, module_id id, kl_error *err)
{
    const kl_module *module = engine_module(id);
    if (module->state_size > 0) {
        void *state = kl_calloc(1, module->state_size);
        if (!state) return error_set(err, KL_ENOMEM, "out of memory loading module %s", module->name);
        if (module->init) module->init(state);
        engine->module_states[id] = state;
    }
    if (module->statistics) add_statistics(engine, module, engine->module_states[id]);
    if (module->variables && !pv_cache_add(engine->pvs, module->variables))
        return error_set(err, KL_ENOMEM, "out of memory loading module %s", module->name);
    engine->module_loaded[id] = true;
    for (size_t i = 0; i < module->row_count; i++) {
        kl_status status = kemi_add(&engine->table, &module->rows[i], err);
        if (status != KL_OK) return status;
    }
    return KL_OK;
}

/* Those that it requires come first. */
static kl_status load_module(kl_engine *engine, module_id id, kl_error *err)
{
    if (engine->module_loaded[id]) return KL_OK;
    const kl_status status = id == MOD_CORE ? KL_OK : load_required(engine, engine_module(id), err);
    return status != KL_OK ? status : add_module(engine, id, err);
}

static bool make_parts(kl_engine *engine, kl_shared *shared)
{
    engine->vars = vars_new(engine->config.memory);
    engine->pvs = pv_cache_new(engine->world.secret);
    if (shared) shared_ref(shared);
    engine->shared = shared ? shared : kl_shared_new();
    if (engine->shared) shared_join(engine->shared, engine->config.memory, engine->world.secret);
    return engine->vars && engine->pvs && engine->shared;
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
    engine->host.handle = config->host;
    engine->ops = (ctx_ops){engine_callback, engine_get_setting, engine_set_setting, engine_host_variable,
                            config->strict ? failure_note_misuse : NULL};
    world_init(&engine->world);
    memcpy(engine->world.secret, config->seed, sizeof engine->world.secret);
    engine->world.safe = config->libraries == KL_LIBS_SAFE;
    effects_init(&engine->effects);
    engine->effects.arena.limit = config->memory;
    arena_init(&engine->scratch, config->memory);
    arena_init(&engine->eval_arena, config->memory);
    kemi_init(&engine->table);
    buf_init(&engine->text);
    buf_init(&engine->received);
    msg_init(&engine->msg, config->message_memory);
    local_init(&engine->local);
    timer_init(&engine->timers);
    work_endless(&engine->idle);
    if (!make_parts(engine, shared)) {
        error_set(err, KL_ENOMEM, "out of memory making an engine");
        kl_engine_free(engine);
        return NULL;
    }
    for (module_id id = MOD_CORE; id <= MOD_PVX; id++) {
        if (load_module(engine, id, err) != KL_OK) {
            kl_engine_free(engine);
            return NULL;
        }
    }
    return engine;
}

void kl_engine_free(kl_engine *engine)
{
    if (!engine) return;
    engine->host = (bridge_host){NULL}; /* finalizers of scripts call nobody who may be gone */
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
    msg_done(&engine->msg);
    if (engine->pvs) pv_cache_free(engine->pvs);
    if (engine->vars) vars_free(engine->vars);
    local_done(&engine->local, engine->shared);
    if (engine->event_msg) msg_done(engine->event_msg);
    kl_free(engine->event_msg);
    if (engine->shared) kl_shared_free(engine->shared);
    kemi_done(&engine->table);
    arena_free(&engine->eval_arena);
    arena_free(&engine->scratch);
    effects_done(&engine->effects);
    world_done(&engine->world);
    kl_free(engine);
}

/* Set-up is over once the scripts ran: sockets and parameters are read without locks from then on. */
static kl_status before_start(const kl_engine *engine, kl_error *err)
{
    error_clear(err);
    return engine->started ? error_set(err, KL_ECONFIG, "the engine has started already") : KL_OK;
}

kl_status kl_engine_listen(kl_engine *engine, kl_span socket, kl_error *err)
{
    kl_status status = before_start(engine, err);
    return status != KL_OK ? status : world_listen(&engine->world, socket, err);
}

kl_status kl_engine_environment(kl_engine *engine, kl_span block, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    engine->world.environment = arena_copy(&engine->world.arena, block);
    return engine->world.environment.s || span_empty(block)
               ? KL_OK
               : error_set(err, KL_ENOMEM, "out of memory keeping the environment");
}

kl_status kl_engine_define(kl_engine *engine, kl_span name, kl_span text, kl_error *err)
{
    kl_status status = before_start(engine, err);
    return status != KL_OK ? status : define_add(&engine->world, name, text, err);
}

kl_status kl_engine_alias(kl_engine *engine, kl_span alias, kl_error *err)
{
    kl_status status = before_start(engine, err);
    return status != KL_OK ? status : world_alias_add(&engine->world, alias, err);
}

static int module_named(kl_span name)
{
    for (int id = 0; id < MOD_COUNT; id++)
        if (span_eq(name, span_text(engine_module((module_id)id)->name))) return id;
    return -1;
}

kl_status kl_engine_param(kl_engine *engine, kl_span module, kl_span name, const kl_value *value, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    if (span_empty(module)) return world_param(&engine->world, name, value, err);
    int id = module_named(module);
    if (id < 0 || !engine->module_loaded[id])
        return error_set(err, KL_ENOENT, "module %.*s is not loaded", (int)module.n, module.s);
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    status = module_set_param(engine_module((module_id)id), &ctx, engine->module_states[id], name, value, err);
    engine_ctx_end(engine, &ctx);
    return status;
}

kl_status kl_engine_module(kl_engine *engine, kl_span module, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    int id = span_empty(module) ? -1 : module_named(module);
    if (id < 0) return error_set(err, KL_ENOENT, "no such module: %.*s", (int)module.n, module.s);
    return load_module(engine, (module_id)id, err);
}

kl_status kl_engine_openlib(kl_engine *engine, kl_span name, void *luaopen, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    if (engine->openlib_count == ENGINE_MAX_OPENLIBS)
        return error_set(err, KL_ETOOBIG, "more than %d libraries", ENGINE_MAX_OPENLIBS);
    kl_span copy = arena_copy(&engine->world.arena, name);
    if (!luaopen || !copy.s || span_empty(name))
        return error_set(err, KL_EARG, "a library needs a name and the address of its open function");
    vm_openlib lib = {.name = copy};
    /* ISO C has no cast from an object pointer to a function pointer */
    memcpy(&lib.open, &luaopen, sizeof lib.open);
    engine->openlibs[engine->openlib_count++] = lib;
    return KL_OK;
}

kl_status kl_engine_script(kl_engine *engine, kl_span path, kl_span text, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    if (engine->script_count == engine->script_cap) {
        size_t cap = engine->script_cap ? engine->script_cap * 2 : 4;
        vm_script *grown = kl_realloc(engine->scripts, cap * sizeof *grown);
        if (!grown) return error_set(err, KL_ENOMEM, "out of memory adding a script");
        engine->scripts = grown;
        engine->script_cap = cap;
    }
    vm_script script = {.path = arena_copy(&engine->world.arena, path)};
    script.text = text.s ? arena_copy(&engine->world.arena, text) : SPAN_NULL;
    if (!script.path.s || (text.s && !script.text.s)) return error_set(err, KL_ENOMEM, "out of memory adding a script");
    engine->scripts[engine->script_count++] = script;
    return KL_OK;
}

kl_status kl_engine_start(kl_engine *engine, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    status = engine_enter(engine, err);
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

static kl_status open_row(kl_engine *engine, kl_vm *vm, const kl_row *row, kl_error *err)
{
    (void)engine;
    return vm ? vm_protect(vm, kemi_open_row, (void *)row, err) : KL_OK;
}

kl_status kl_engine_export(kl_engine *engine, kl_span module, kl_span name, kl_type returns, const kl_type *params,
                           const unsigned char *marks, size_t nparams, unsigned phases, int flags, int slot,
                           kl_error *err)
{
    error_clear(err);
    if (nparams > KL_EXPORT_MAX_PARAMS)
        return error_set(err, KL_EROW, "exports declare at most %d parameters", KL_EXPORT_MAX_PARAMS);
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    kl_span own_module = arena_copy(&engine->world.arena, module), own_name = arena_copy(&engine->world.arena, name);
    const kl_row *added = NULL;
    if (!own_module.s || !own_name.s) {
        status = error_set(err, KL_ENOMEM, "out of memory adding an export");
    } else {
        kl_row row = {.module = own_module.s,
                      .name = own_name.s,
                      .returns = returns,
                      .nparams = (uint8_t)nparams,
                      .phases = phases,
                      .slot = slot,
                      .flags = flags,
                      .types = params,
                      .marks = marks};
        status = kemi_add_copy(&engine->table, &row, &added, err);
    }
    if (status == KL_OK) status = open_row(engine, engine->script_vm, added, err);
    if (status == KL_OK) status = open_row(engine, engine->dostring_vm, added, err);
    engine_leave(engine);
    return status;
}

kl_status kl_engine_answer(kl_engine *engine, kl_span name, kl_span id, const kl_value *fields, kl_error *err)
{
    error_clear(err);
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    kl_answers *answers = &engine->world.answers;
    if (fields) status = answers_put(answers, name, id, fields);
    else if (!answers_has(answers, name, id)) status = KL_ENOENT;
    if (status != KL_OK) error_set(err, status, "$%.*s: %s", (int)name.n, name.s, kl_status_text(status));
    engine_leave(engine);
    return status;
}

size_t kl_engine_row_count(const kl_engine *engine) { return engine->table.count; }

kl_status kl_engine_row(const kl_engine *engine, size_t index, const char **module, const char **name, kl_type *returns,
                        const kl_type **params, size_t *nparams, int *slot)
{
    if (index >= engine->table.count) return KL_ENOENT;
    const kl_row *row = engine->table.rows[index];
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

kl_status kl_engine_set_now(kl_engine *engine, double now)
{
    engine->now = now;
    return KL_OK;
}

double kl_engine_now(const kl_engine *engine) { return engine->now; }

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
