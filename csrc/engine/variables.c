/* Pseudo-variables asked for by the host: Message.pv, kl_engine_pv_*. */
#include "engine.h"

kl_status kl_engine_pv_get(kl_engine *engine, kl_msg *msg, kl_span name, kl_value *out, kl_error *err)
{
    error_clear(err);
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    kl_ctx ctx;
    engine_ctx(engine, &ctx, msg, KL_PHASE_REQUEST);
    const pv_spec *spec = msg ? pv_lookup(&ctx, name) : NULL;
    pv_value value;
    out->type = KL_TYPE_NULL;
    if (!spec) {
        status = error_set(err, msg ? KL_ENOENT : KL_EARG, msg ? "no such pseudo-variable: %.*s" : "%.*s needs a message", (int)name.n, name.s);
    } else if (pv_get(&ctx, spec, &value) && !(value.flags & PV_NULL)) {
        out->type = value.flags & PV_IS_INT ? KL_TYPE_LONG : KL_TYPE_STR;
        out->i = value.i;
        /* eval's arena outlives the call, scratch does not */
        arena_reset(&engine->eval_arena);
        out->s = value.flags & PV_IS_INT ? SPAN_NULL : arena_copy(&engine->eval_arena, value.s);
        if (out->type == KL_TYPE_STR && !out->s.s) status = error_set(err, KL_ENOMEM, "out of memory reading %.*s", (int)name.n, name.s);
    }
    engine_ctx_end(engine, &ctx);
    engine_leave(engine);
    return status;
}

static bool as_pv(const kl_value *value, pv_value *out)
{
    switch (value->type) {
    case KL_TYPE_NULL: pv_null(out); return true;
    case KL_TYPE_INT:
    case KL_TYPE_LONG: pv_int(out, value->i); return true;
    case KL_TYPE_STR: pv_str(out, value->s); return true;
    default: return false;
    }
}

kl_status kl_engine_pv_set(kl_engine *engine, kl_msg *msg, kl_span name, const kl_value *value, kl_error *err)
{
    error_clear(err);
    pv_value written;
    if (!msg || !as_pv(value, &written)) return error_set(err, KL_EARG, "a pseudo-variable takes text, an integer or nothing, on a message");
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    kl_ctx ctx;
    engine_ctx(engine, &ctx, msg, KL_PHASE_REQUEST);
    const pv_spec *spec = pv_lookup(&ctx, name);
    if (!spec) status = error_set(err, KL_ENOENT, "no such pseudo-variable: %.*s", (int)name.n, name.s);
    else if (!pv_set(&ctx, spec, &written)) status = error_set(err, KL_EARG, "%.*s does not take this value", (int)name.n, name.s);
    engine_ctx_end(engine, &ctx);
    engine_leave(engine);
    return status;
}
