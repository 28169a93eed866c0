/* modules.c: which C modules an engine has: loading, parameters, start. */
#include "engine.h"

#include "base/mem.h"

const kl_module *engine_module(module_id id) { return id == MOD_APP_LUA ? &app_lua_module : module_table[id]; }

const char *kl_module_name(size_t index) { return index < MOD_COUNT ? engine_module((module_id)index)->name : NULL; }

static void join(kl_engine *engine, const kl_module *module, void *state)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    module->join(&ctx, state);
    engine_ctx_end(engine, &ctx);
}

static kl_status load_needed(kl_engine *engine, const kl_module *module, kl_error *err)
{
    kl_status status = KL_OK;
    for (size_t i = 0; i < MODULE_NEEDS && status == KL_OK; i++)
        status = engine_load_module(engine, module->needs[i], err);
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
    if (module->join) join(engine, module, engine->module_states[id]);
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
kl_status engine_load_module(kl_engine *engine, module_id id, kl_error *err)
{
    if (engine->module_loaded[id]) return KL_OK;
    const kl_status status = id == MOD_CORE ? KL_OK : load_needed(engine, engine_module(id), err);
    return status != KL_OK ? status : add_module(engine, id, err);
}

const kl_module *engine_loaded_module(const kl_engine *engine, module_id id)
{
    return engine->module_loaded[id] ? engine_module(id) : NULL;
}

bool engine_modules_start(kl_engine *engine)
{
    kl_ctx ctx;
    bool good = true;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    for (module_id id = 0; id < MOD_COUNT && good; id++) {
        const kl_module *module = engine_loaded_module(engine, id);
        good = !module || !module->start || module->start(&ctx, engine->module_states[id]);
    }
    engine_ctx_end(engine, &ctx);
    return good;
}
