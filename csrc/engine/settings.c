/* settings.c: parameters of modules that are variables of Kamailio's configuration framework too, so that scripts may
 * change them: $ccp(module.name). */
#include "engine.h"

static const struct {
    module_id module;
    const char *name;
} variables[] = {{MOD_MAXFWD, "max_limit"}, {MOD_XLOG, "methods_filter"}};

static const module_param *find(kl_ctx *ctx, kl_span module, kl_span name, module_id *id)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const kl_module *one = engine_module(variables[i].module);
        if (!span_eq(name, span_text(variables[i].name)) || !span_eq(module, span_text(one->name))) continue;
        *id = variables[i].module;
        for (size_t p = 0; p < one->param_count && ctx->engine->module_loaded[*id]; p++)
            if (span_eq(name, span_text(one->params[p].name))) return &one->params[p];
    }
    return NULL;
}

bool engine_get_setting(kl_ctx *ctx, kl_span module, kl_span name, int *value)
{
    module_id id;
    const module_param *param = find(ctx, module, name, &id);
    if (param) *value = *(const int *)(const void *)((const char *)ctx->modules[id] + param->offset);
    return param != NULL;
}

bool engine_set_setting(kl_ctx *ctx, kl_span module, kl_span name, int64_t value)
{
    module_id id;
    kl_error err;
    const kl_value number = {.type = KL_TYPE_INT, .i = value};
    return find(ctx, module, name, &id) &&
           module_set_param(engine_module(id), ctx, ctx->modules[id], name, &number, &err) == KL_OK;
}
