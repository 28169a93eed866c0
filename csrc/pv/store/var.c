/* var.c: $var, $vz, $vn of an engine; they stay from message to message. */
#include "vars.h"

#include "pv/cache.h"

#define EAGER_SLOTS 4096 /* names get their slot when they are parsed, until a script makes this many of them */

static bool parse(pv_cache *cache, pv_param *param, bool nullable)
{
    pv_vars *vars = cache->ctx->vars;
    param->compiled = vars_count(vars) < EAGER_SLOTS ? vars_slot(vars, param->name, nullable)
                                                     : vars_find(vars, param->name, nullable);
    return true;
}

bool vars_var_parse(pv_cache *cache, pv_param *param) { return parse(cache, param, false); }
bool vars_vn_parse(pv_cache *cache, pv_param *param) { return parse(cache, param, true); }

/* `compiled` is const memory of the cache to others; here it is the slot, which belongs to vars. */
static pv_var *slot_of(const pv_param *param) { return (pv_var *)(uintptr_t)param->compiled; }

bool vars_var_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const pv_var *var = slot_of(param);
    if (KL_UNLIKELY(!var)) var = vars_find(ctx->vars, param->name, data != 0);
    if (KL_LIKELY(var != NULL)) *out = var->value;
    else if (data) pv_null(out);
    else pv_int(out, 0);
    return true;
}

bool vars_var_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    pv_var *var = slot_of(param);
    return (KL_LIKELY(var != NULL) && var_assign(var, value)) || vars_put(ctx, param->name, data != 0, value);
}
