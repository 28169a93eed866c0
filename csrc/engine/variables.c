/* Pseudo-variables asked for by the host: Message.pv, kl_engine_pv_*. */
#include "engine.h"

#include "pv/host.h"

/* ---- variables of the host program */

typedef struct host_variable {
    pv_class klass;
    kl_row get, set; /* of no table: kemi_invoke is given them */
    bool inner, index;
    kl_type types[3]; /* of both: inner, index, value, what is there of them */
    unsigned char marks[3];
} host_variable;

/* What Python raised outlives the function that asked, scratch may not. */
static bool keep_raised(kl_ctx *ctx, const kl_value *raised)
{
    kl_engine *engine = ctx->engine;
    buf_clear(&engine->raised_text);
    buf_add(&engine->raised_text, raised->s); /* without memory the exception alone tells */
    engine->raised = (kl_value){.type = KL_TYPE_STR, .i = raised->i, .s = buf_span(&engine->raised_text)};
    ctx->raised = &engine->raised;
    return false;
}

static bool is_value(const kl_value *value)
{
    return value->type == KL_TYPE_STR || value->type == KL_TYPE_INT || value->type == KL_TYPE_BOOL ||
           value->type == KL_TYPE_NULL;
}

bool engine_host_variable(kl_ctx *ctx, intptr_t which, kl_span inner, const kl_value *index, const kl_value *written,
                          kl_value *out)
{
    const host_variable *variable = (const host_variable *)which;
    kl_value args[3];
    size_t count = 0;
    kl_vm *vm = ctx->vm;
    if (ctx->raised) return false; /* one after the other: the first is what the script gets */
    if (vm && !kemi_room_for_python(vm)) {
        log_print(ctx, KL_LOG_ERR, "$%s: C stack overflow", variable->klass.name);
        return false;
    }
    if (variable->inner) args[count++] = (kl_value){.type = KL_TYPE_STR, .s = inner};
    if (variable->index) args[count++] = *index;
    if (written) args[count++] = *written;
    const kl_status status = kemi_invoke(ctx, written ? &variable->set : &variable->get, args, count, out, NULL);
    if (vm) vm_tick(vm);
    if (status != KL_OK) return keep_raised(ctx, out);
    if (written) return true;
    if (!is_value(out)) {
        log_print(ctx, KL_LOG_ERR, "$%s: its function returned neither text nor an integer nor None",
                  variable->klass.name);
        return false;
    }
    if (out->type == KL_TYPE_STR && out->s.s) out->s = arena_copy(ctx->scratch, out->s);
    return out->type != KL_TYPE_STR || out->s.s;
}

static kl_row row_of(const host_variable *variable, const char *name, int flags, int slot, int nparams)
{
    return (kl_row){.module = "",
                    .name = name,
                    .returns = KL_TYPE_XVAL,
                    .nparams = (uint8_t)nparams,
                    .phases = KL_PHASE_ANY,
                    .slot = slot,
                    .flags = flags,
                    .types = variable->types,
                    .marks = variable->marks};
}

static kl_status define(kl_engine *engine, kl_span name, int flags, const int *slots, const int *row_flags)
{
    host_variable *variable = arena_zalloc(&engine->table.arena, sizeof *variable);
    const char *own_name = variable ? arena_copy(&engine->table.arena, name).s : NULL;
    if (!own_name) return KL_ENOMEM;
    int n = 0;
    variable->inner = (flags & KL_VARIABLE_INNER) != 0;
    variable->index = (flags & KL_VARIABLE_INDEX) != 0;
    if (variable->inner) variable->types[n++] = KL_TYPE_STR;
    if (variable->index) variable->types[n++] = KL_TYPE_XVAL;
    variable->types[n] = KL_TYPE_XVAL;
    variable->get = row_of(variable, own_name, row_flags[0], slots[0], n);
    variable->set = row_of(variable, own_name, row_flags[1], slots[1], n + 1);
    const bool anywhere = row_flags[0] & KL_EXPORT_ANYWHERE && (slots[1] < 0 || row_flags[1] & KL_EXPORT_ANYWHERE);
    variable->klass = pv_host_class(own_name, variable->inner, variable->index, anywhere, slots[1] >= 0,
                                    (intptr_t)variable);
    return pv_cache_define(engine->pvs, &variable->klass, (flags & KL_VARIABLE_OVERRIDE) != 0);
}

kl_status kl_engine_variable(kl_engine *engine, kl_span name, int flags, const int *slots, const int *row_flags,
                             kl_error *err)
{
    error_clear(err);
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    engine->additions++;
    status = define(engine, name, flags, slots, row_flags);
    if (status == KL_EROW)
        error_set(err, status, "$%.*s is there already; override=True replaces it", (int)name.n, name.s);
    else if (status != KL_OK) error_set(err, status, "out of memory adding $%.*s", (int)name.n, name.s);
    engine_leave(engine);
    return status;
}

/* ---- asked for by the host */

kl_status engine_take_raised(kl_ctx *ctx, kl_status status, kl_error *err)
{
    if (!ctx->raised) return status;
    error_set(err, KL_EPYTHON, "%.*s", (int)ctx->raised->s.n, ctx->raised->s.s);
    err->token = ctx->raised->i;
    ctx->raised = NULL;
    return KL_EPYTHON;
}

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
        status = error_set(err, msg ? KL_ENOENT : KL_EARG,
                           msg ? "no such pseudo-variable: %.*s" : "%.*s needs a message", (int)name.n, name.s);
    } else if (pv_get(&ctx, spec, &value) && !(value.flags & PV_NULL)) {
        out->type = value.flags & PV_IS_INT ? KL_TYPE_LONG : KL_TYPE_STR;
        out->i = value.i;
        /* eval's arena outlives the call, scratch does not */
        arena_reset(&engine->eval_arena);
        out->s = value.flags & PV_IS_INT ? SPAN_NULL : arena_copy(&engine->eval_arena, value.s);
        if (out->type == KL_TYPE_STR && !out->s.s)
            status = error_set(err, KL_ENOMEM, "out of memory reading %.*s", (int)name.n, name.s);
    }
    status = engine_take_raised(&ctx, status, err);
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
    if (!msg || !as_pv(value, &written))
        return error_set(err, KL_EARG, "a pseudo-variable takes text, an integer or nothing, on a message");
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    kl_ctx ctx;
    engine_ctx(engine, &ctx, msg, KL_PHASE_REQUEST);
    const pv_spec *spec = pv_lookup(&ctx, name);
    if (!spec) status = error_set(err, KL_ENOENT, "no such pseudo-variable: %.*s", (int)name.n, name.s);
    else if (!pv_set(&ctx, spec, &written))
        status = error_set(err, KL_EARG, "%.*s does not take this value", (int)name.n, name.s);
    status = engine_take_raised(&ctx, status, err);
    engine_ctx_end(engine, &ctx);
    engine_leave(engine);
    return status;
}
