/* rpc.c: the RPC commands of the modules that are loaded. */
#include "engine.h"

kl_status kl_engine_command_info(const kl_engine *engine, size_t index, const char **name, const char **params,
                                 const char **help)
{
    for (module_id id = 0; id < MOD_COUNT; id++) {
        const kl_module *module = engine_loaded_module(engine, id);
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

kl_merge kl_command_merge(kl_span name)
{
    for (module_id id = 0; id < MOD_COUNT; id++)
        for (const module_command *one = engine_module(id)->commands; one && one->name; one++)
            if (span_eq(name, span_text(one->name))) return one->merge;
    return KL_MERGE_NONE;
}

/* Nobody is told who may be gone. */
void engine_answer(const bridge_host *host, int64_t number, int code, const kl_value *value)
{
    if (!host->handle) return;
    bridge_enter(host);
    kl_py_answer(host->handle, number, code, value);
}

kl_status kl_engine_command(kl_engine *engine, kl_span name, const kl_value *args, size_t count,
                            const kl_value **result, int *code, kl_error *err)
{
    kl_ctx ctx;
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    status = KL_ENOENT;
    for (module_id id = 0; id < MOD_COUNT && status == KL_ENOENT; id++) {
        const kl_module *module = engine_loaded_module(engine, id);
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
