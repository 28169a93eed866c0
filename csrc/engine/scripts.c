#include "engine.h"

#include "base/siphash.h"

static void open_ksr(lua_State *L, void *arg)
{
    kl_engine *engine = arg;
    kemi_open(L, &engine->table);
}

/* What a script prints is a line of the log: standard output is the host's. */
static void print(void *arg, kl_span text)
{
    kl_ctx *ctx = ((kl_engine *)arg)->current;
    if (!ctx || !log_enabled(ctx, KL_LOG_INFO)) return;
    const arena_mark mark = arena_save(ctx->scratch);
    log_text(ctx, KL_LOG_INFO, text);
    arena_rewind(ctx->scratch, mark);
}

/* math.random repeats with the engine's randomness, and tells nothing about it. */
static uint64_t random_seed(const kl_engine *engine, kl_span what) { return siphash_of(engine->config.seed, what); }

static kl_vm *make_vm(kl_engine *engine, kl_error *err)
{
    const uint64_t seed[2] = {random_seed(engine, SPAN("math.random 0")), random_seed(engine, SPAN("math.random 1"))};
    const vm_config config = {.instructions = engine->config.instructions,
                              .cpu = engine->config.cpu,
                              .memory = engine->config.memory,
                              .libraries = engine->config.libraries,
                              .openlibs = engine->openlibs,
                              .openlib_count = engine->openlib_count,
                              .interrupted = engine_interrupted,
                              .interrupted_arg = engine,
                              .print = print,
                              .print_arg = engine,
                              .explain = kemi_explain,
                              .explain_arg = &engine->host,
                              .environment = engine->server.environment,
                              .seed = seed};
    kl_vm *vm = vm_new(&config, open_ksr, engine, err);
    if (!vm) return NULL;
    if (engine->trace) vm->slow |= VM_SLOW_TRACE;
    if (engine->server.latency_limit_action > 0) vm->slow |= VM_SLOW_LATENCY;
    return vm;
}

/* log_mode bit 0: one debug line per exported function at the creation of a state. */
static void log_rows(kl_ctx *ctx)
{
    kl_engine *engine = ctx->engine;
    if (!(engine->config.log_mode & 1) || !log_enabled(ctx, KL_LOG_DBG)) return;
    for (size_t i = 0; i < engine->table.rows.count; i++) {
        const kl_row *row = kemi_row(&engine->table, i);
        log_print(ctx, KL_LOG_DBG, "exporting KSR.%s%s%s", row->module, row->module[0] ? "." : "", row->name);
    }
}

static kl_vm *make_state(kl_engine *engine, kl_vm **place, kl_error *err)
{
    if (*place) return *place;
    kl_vm *vm = make_vm(engine, err);
    if (!vm) return NULL;
    *place = vm;
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    log_rows(&ctx);
    engine_ctx_end(engine, &ctx);
    return vm;
}

kl_vm *engine_script_vm(kl_engine *engine, kl_error *err) { return make_state(engine, &engine->script_vm, err); }

kl_vm *engine_dostring_vm(kl_engine *engine, kl_error *err) { return make_state(engine, &engine->dostring_vm, err); }

/* At top level there is no message: every KSR function answers false, but its error line finds a context. */
kl_status engine_load_scripts(kl_engine *engine, kl_error *err)
{
    kl_vm *vm = engine_script_vm(engine, err);
    if (!vm) return err ? err->status : KL_ENOMEM;
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    const engine_tie before = engine_bind(&ctx, vm);
    kl_status status = KL_OK;
    for (size_t i = engine->script_count; i-- > 0 && status == KL_OK;) {
        vm_script *script = &engine->scripts[i];
        script->version = shared_reload_version(engine->shared, script->path);
        status = vm_script_load(vm, script, err);
    }
    engine_unbind(&ctx, vm, before);
    engine_ctx_end(engine, &ctx);
    return status;
}

/* Which scripts were asked for since they were last loaded, in load order (last first). */
static size_t changed_scripts(kl_engine *engine, const vm_script **changed, unsigned long *versions)
{
    size_t count = 0;
    for (size_t i = engine->script_count; i-- > 0;) {
        vm_script *script = &engine->scripts[i];
        unsigned long version = shared_reload_version(engine->shared, script->path);
        if (version == script->version) continue;
        versions[count] = version;
        changed[count++] = script;
    }
    return count;
}

/* All or nothing. A failure is reported once: the versions are taken over all the same, so that the old scripts serve
 * without reading files on every message until somebody asks again. */
static kl_status reload_changed(kl_ctx *ctx, kl_error *err)
{
    kl_engine *engine = ctx->engine;
    engine->reload_seen = shared_reload_any(engine->shared);
    const size_t most = engine->script_count;
    const vm_script **changed = arena_alloc(ctx->scratch, most * sizeof *changed);
    unsigned long *versions = arena_alloc(ctx->scratch, most * sizeof *versions);
    if (!changed || !versions) return error_set(err, KL_ENOMEM, "out of memory reloading");
    const size_t count = changed_scripts(engine, changed, versions);
    if (count == 0) return KL_OK;
    kl_vm *vm = engine->script_vm;
    kl_ctx top;
    engine_ctx(engine, &top, NULL, KL_PHASE_EVENT);
    const engine_tie before = engine_bind(&top, vm);
    kl_status status = vm_script_reload(vm, changed, count, err);
    engine_unbind(&top, vm, before);
    engine_ctx_end(engine, &top);
    for (size_t i = 0; i < count; i++) ((vm_script *)changed[i])->version = versions[i];
    return status;
}

void engine_reload_if_asked(kl_ctx *ctx)
{
    kl_engine *engine = ctx->engine;
    if (KL_LIKELY(shared_reload_any(engine->shared) == engine->reload_seen) || !engine->config.reload) return;
    if (engine->script_vm->depth > 0) return; /* not under the feet of a running script */
    kl_error err;
    error_clear(&err);
    if (reload_changed(ctx, &err) != KL_OK) engine_log_error(ctx, SPAN("reload"), &err);
}

static kl_status ask_for_reload(kl_engine *engine, int index, kl_error *err)
{
    for (size_t i = 0; i < engine->script_count; i++) {
        if (index >= 0 && (size_t)index != i) continue;
        if (!shared_reload_request(engine->shared, engine->scripts[engine->script_count - 1 - i].path))
            return error_set(err, KL_ENOMEM, "out of memory reloading");
    }
    return KL_OK;
}

kl_status kl_engine_reload(kl_engine *engine, int index, kl_error *err)
{
    error_clear(err);
    if (!engine->config.reload) return error_set(err, KL_ENOENT, "reload is switched off");
    if (engine->script_count == 0) return error_set(err, KL_ENOENT, "no scripts loaded");
    if (index >= 0 && (size_t)index >= engine->script_count)
        return error_set(err, KL_ENOENT, "no script with index %d", index);
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    status = ask_for_reload(engine, index, err);
    if (status == KL_OK && engine->script_vm && engine->script_vm->depth == 0) { /* within a run: at the next one */
        kl_ctx ctx;
        engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
        status = reload_changed(&ctx, err);
        if (status != KL_OK) engine_log_error(&ctx, SPAN("reload"), err);
        engine_ctx_end(engine, &ctx);
    }
    engine_leave(engine);
    return status;
}

size_t kl_engine_script_count(const kl_engine *engine) { return engine->script_count; }

kl_status kl_engine_script_path(const kl_engine *engine, size_t index, kl_span *path)
{
    if (index >= engine->script_count) return KL_ENOENT;
    *path = engine->scripts[engine->script_count - 1 - index].path;
    return KL_OK;
}
