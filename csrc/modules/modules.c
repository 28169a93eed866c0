#include "modules.h"

#include "base/status.h"

const kl_module *const module_table[MOD_COUNT] = {
#define MODULE(id, module) [MOD_##id] = &module,
#include "list.def"
#undef MODULE
};

static const module_param *find(const kl_module *module, kl_span name)
{
    for (size_t i = 0; i < module->param_count; i++)
        if (span_eq(name, span_text(module->params[i].name))) return &module->params[i];
    return NULL;
}

static kl_status wrong(kl_error *err, const kl_module *module, const module_param *param, const char *what)
{
    kl_status status = error_set(err, KL_ECONFIG, "modparam %s.%s %s", module->name, param->name, what);
    error_where(err, span_text(param->name));
    return status;
}

static bool is_int(const kl_value *value)
{
    return value->type == KL_TYPE_INT || value->type == KL_TYPE_LONG || value->type == KL_TYPE_BOOL;
}

static kl_status set_int(int *place, const kl_value *value, kl_error *err, const kl_module *module,
                         const module_param *param)
{
    if (!is_int(value) || value->i < INT32_MIN || value->i > INT32_MAX)
        return wrong(err, module, param, "wants an integer");
    *place = (int)value->i;
    return KL_OK;
}

static kl_status set_text(kl_ctx *ctx, kl_span *place, const kl_value *value, kl_error *err, const kl_module *module,
                          const module_param *param)
{
    if (value->type != KL_TYPE_STR || !value->s.s) return wrong(err, module, param, "wants a string");
    const kl_span copy = arena_copy(&ctx->server->arena, value->s);
    if (!copy.s) return error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
    *place = copy;
    return KL_OK;
}

kl_status module_set_param(const kl_module *module, kl_ctx *ctx, void *state, kl_span name, const kl_value *value,
                           kl_error *err)
{
    const module_param *param = find(module, name);
    if (!param) {
        kl_status status = error_set(err, KL_ENOENT, "module %s has no parameter %.*s", module->name,
                                     (int)(name.n > 64 ? 64 : name.n), name.n ? name.s : "");
        error_where(err, name);
        return status;
    }
    if (param->set) return param->set(ctx, state, value, err);
    void *place = (char *)state + param->offset;
    return param->type == KL_TYPE_INT ? set_int(place, value, err, module, param)
                                      : set_text(ctx, place, value, err, module, param);
}
