/* setup.c: what an engine is told before it starts: sockets, parameters, modules, scripts; and exports, at any time. */
#include "engine.h"

#include "base/mem.h"
#include "core/define.h"

/* Set-up is over once the scripts ran: sockets and parameters are read without locks from then on. */
static kl_status before_start(const kl_engine *engine, kl_error *err)
{
    error_clear(err);
    return engine->started ? error_set(err, KL_ECONFIG, "the engine has started already") : KL_OK;
}

kl_status kl_engine_listen(kl_engine *engine, kl_span socket, kl_error *err)
{
    kl_status status = before_start(engine, err);
    return status != KL_OK ? status : socket_listen(&engine->server, socket, err);
}

kl_status kl_engine_environment(kl_engine *engine, kl_span block, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    engine->server.environment = arena_copy(&engine->server.arena, block);
    return engine->server.environment.s || span_empty(block)
               ? KL_OK
               : error_set(err, KL_ENOMEM, "out of memory keeping the environment");
}

kl_status kl_engine_define(kl_engine *engine, kl_span name, kl_span text, kl_error *err)
{
    kl_status status = before_start(engine, err);
    return status != KL_OK ? status : define_add(&engine->server, name, text, err);
}

kl_status kl_engine_alias(kl_engine *engine, kl_span alias, kl_error *err)
{
    kl_status status = before_start(engine, err);
    return status != KL_OK ? status : alias_add(&engine->server, alias, err);
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
    if (span_empty(module)) return param_set(&engine->server, name, value, err);
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
    return engine_load_module(engine, (module_id)id, err);
}

kl_status kl_engine_openlib(kl_engine *engine, kl_span name, void *luaopen, kl_error *err)
{
    kl_status status = before_start(engine, err);
    if (status != KL_OK) return status;
    if (engine->openlib_count == ENGINE_MAX_OPENLIBS)
        return error_set(err, KL_ETOOBIG, "more than %d libraries", ENGINE_MAX_OPENLIBS);
    kl_span copy = arena_copy(&engine->server.arena, name);
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
    vm_script script = {.path = arena_copy(&engine->server.arena, path)};
    script.text = text.s ? arena_copy(&engine->server.arena, text) : SPAN_NULL;
    if (!script.path.s || (text.s && !script.text.s)) return error_set(err, KL_ENOMEM, "out of memory adding a script");
    engine->scripts[engine->script_count++] = script;
    return KL_OK;
}

/* ---- exports */

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
    engine->additions++;
    const kl_row *added = NULL;
    kl_buf names;
    buf_init(&names);
    buf_add(&names, module);
    buf_addc(&names, '\0');
    buf_add(&names, name);
    buf_addc(&names, '\0');
    if (names.failed) {
        status = error_set(err, KL_ENOMEM, "out of memory adding an export");
    } else {
        kl_row row = {.module = names.s,
                      .name = names.s + module.n + 1,
                      .returns = returns,
                      .nparams = (uint8_t)nparams,
                      .phases = phases,
                      .slot = slot,
                      .flags = flags,
                      .types = params,
                      .marks = marks};
        status = kemi_add_copy(&engine->table, &row, &added, err);
    }
    buf_free(&names);
    if (status == KL_OK) status = open_row(engine, engine->script_vm, added, err);
    if (status == KL_OK) status = open_row(engine, engine->dostring_vm, added, err);
    engine_leave(engine);
    return status;
}
