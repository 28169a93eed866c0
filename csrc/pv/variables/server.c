/* server.c: what the server tells of itself: $stat counters, $ccp settings, $iuid. */
#include "core/per_engine.h"
#include "core/setting.h"
#include "variables.h"

/* ---- $stat(name) */

static bool parse_any(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return param->name.n > 0;
}

static bool get_stat(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    uint64_t count;
    (void)data;
    pv_null(out);
    if (stats_find(&ctx->per_engine->stats, param->name, &count)) pv_int(out, (int64_t)count);
    else
        ctx_misuse(ctx, KL_LOG_WARN, "no statistic %.*s", (int)(param->name.n > 128 ? 128 : param->name.n),
                   param->name.s);
    return true;
}

/* ---- $ccp(group.variable) */

typedef struct variable {
    kl_span group, name;
    int setting; /* of the core, -1 none */
} variable;

static bool parse_variable(pv_cache *cache, pv_param *param)
{
    const char *dot = span_find(param->name, '.'), *const end = param->name.s + param->name.n;
    if (dot == NULL || dot == param->name.s || dot + 1 == end) return false;
    variable *made = pv_cache_alloc(cache, sizeof *made);
    if (made == NULL) return false;
    *made = (variable){.group = span_between(param->name.s, dot), .name = span_between(dot + 1, end)};
    made->setting = span_eq(made->group, SPAN("core")) ? setting_named(made->name) : -1;
    param->compiled = made;
    return true;
}

static bool complain(kl_ctx *ctx, const pv_param *param, const char *what)
{
    ctx_misuse(ctx, KL_LOG_ERR, "ccp: %s: %.*s", what, (int)(param->name.n > 128 ? 128 : param->name.n), param->name.s);
    return false;
}

static bool get_ccp(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const variable *v = param->compiled;
    int value = v->setting >= 0 ? setting_get(ctx->server, v->setting) : 0;
    (void)data;
    pv_null(out);
    if (v->setting < 0 &&
        (ctx->ops == NULL || ctx->ops->get_setting == NULL || !ctx->ops->get_setting(ctx, v->group, v->name, &value))) {
        complain(ctx, param, "no such variable");
        return true;
    }
    pv_int(out, value == SERVER_NO_DEBUG ? ctx->log_level : value);
    return true;
}

/* A text that is a number is taken for it. */
static bool set_ccp(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    const variable *v = param->compiled;
    int64_t number = value->i;
    (void)data;
    if (value->flags & PV_NULL) {
        log_print(ctx, KL_LOG_WARN, "ccp: null is no value for %.*s", (int)(param->name.n > 128 ? 128 : param->name.n),
                  param->name.s);
        return true;
    }
    if (!(value->flags & PV_INT) && (value->s.n == 0 || span_int_prefix(value->s, &number) != value->s.n))
        return complain(ctx, param, "not a number for");
    if (v->setting >= 0) return setting_set(ctx->server, v->setting, number) || complain(ctx, param, "out of range");
    return (ctx->ops != NULL && ctx->ops->set_setting != NULL &&
            ctx->ops->set_setting(ctx, v->group, v->name, number)) ||
           complain(ctx, param, "cannot be set");
}

/* ---- $iuid */

static bool get_iuid(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    return variable_filled(out, ctx->server->instance_id);
}

static const pv_class classes[] = {
    {"stat", get_stat, NULL, parse_any, PV_CLASS_NO_MSG, 0},
    {"ccp", get_ccp, set_ccp, parse_variable, PV_CLASS_NO_MSG, 0},
    {"iuid", get_iuid, NULL, NULL, PV_CLASS_NO_MSG, 0},
};

CLASS_TABLE(pv_server_table);
