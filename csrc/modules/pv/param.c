#include "param.h"

#include "core/shared.h"
#include "pv/store/store.h"

/* "name=i:42" or "name=s:text". */
static bool split(kl_span text, kl_span *name, kl_value *out)
{
    const char *equals = span_find(text, '=');
    if (!equals || equals == text.s) return false;
    *name = span_between(text.s, equals);
    kl_span rest = span_between(equals + 1, text.s + text.n);
    if (rest.n < 2 || rest.s[1] != ':') return false;
    const char type = rest.s[0];
    rest = span_from(rest, 2);
    *out = (kl_value){.type = type == 's' ? KL_TYPE_STR : KL_TYPE_LONG, .s = rest};
    return type == 's' || (type == 'i' && rest.n > 0 && span_int_prefix(rest, &out->i) == rest.n);
}

static kl_status parse(const kl_value *param, const char *of, kl_span *name, kl_value *out, kl_error *err)
{
    if (param->type == KL_TYPE_STR && split(param->s, name, out)) return KL_OK;
    error_set(err, KL_ECONFIG, "modparam pv.%s is name=i:NUMBER or name=s:TEXT", of);
    return KL_ECONFIG;
}

kl_status pv_param_shvset(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    kl_span name;
    kl_value initial;
    (void)state;
    kl_status status = parse(value, "shvset", &name, &initial, err);
    if (status != KL_OK || shared_init(ctx->shared, name, &initial)) return status;
    return error_set(err, KL_ENOMEM, "out of memory keeping $shv(%.*s)", (int)(name.n > 64 ? 64 : name.n), name.s);
}

kl_status pv_param_varset(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    kl_span name;
    kl_value initial;
    pv_value assigned;
    (void)state;
    kl_status status = parse(value, "varset", &name, &initial, err);
    if (status != KL_OK) return status;
    if (initial.type == KL_TYPE_STR) pv_str(&assigned, initial.s);
    else pv_int(&assigned, initial.i);
    pv_var *var = vars_slot(ctx->vars, name, false);
    return var && var_assign(var, &assigned) ? KL_OK : error_set(err, KL_ENOMEM, "out of memory keeping a $var");
}
