/* shv.c: $shv and $shvinc, over the state that engines share. A text is copied to scratch under the lock. */
#include "vars.h"

#include "core/limit.h"
#include "core/shared.h"
#include "pv/cache.h"

/* Naming a variable makes it, as 0: that is what KSR.pvx.shv_seti and its kin ask. One that there is no room for reads
 * as 0 all the same. */
bool vars_shv_parse(pv_cache *cache, pv_param *param)
{
    if (!shared_declare(cache->ctx->shared, param->name)) limit_reached(cache->ctx, LIMIT_SHV);
    return true;
}

bool vars_shv_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_value value;
    (void)data;
    if (!shared_get(ctx->shared, param->name, ctx->scratch, &value)) return false;
    if (value.type == KL_TYPE_STR) pv_str(out, value.s);
    else pv_int(out, value.i);
    return true;
}

/* Null stores the empty text. */
bool vars_shv_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    kl_value stored = {.type = KL_TYPE_STR, .s = SPAN("")};
    (void)data;
    if (value->flags & PV_IS_INT || (value->flags & (PV_INT | PV_STR)) == PV_INT)
        stored = (kl_value){.type = KL_TYPE_LONG, .i = value->i};
    else if (value->flags & PV_STR && value->s.n) stored.s = value->s;
    if (shared_set(ctx->shared, param->name, &stored)) return true;
    limit_reached(ctx, LIMIT_SHV);
    return false;
}

bool vars_shvinc_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    int64_t n = 0;
    (void)data;
    if (!shared_increment(ctx->shared, param->name, &n)) {
        limit_reached(ctx, LIMIT_SHV);
        return false;
    }
    pv_int(out, n);
    return true;
}
