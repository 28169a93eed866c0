/* pvx.c: KSR.pvx: variables by their bare names (pvx sheet), without what a pseudo-variable's name costs. The rows, and
 * those of $var, $shv and $avp. */
#include "pvx.h"

#include "core/limit.h"
#include "core/shared.h"

void pvx_give(kl_ctx *ctx, const pv_value *value, kl_value *out)
{
    const int form = pvx_data(ctx) & PVX_FORM;
    if (value && !(value->flags & PV_NULL)) pv_to_value(ctx, value, out);
    else if (form == PVX_EMPTY) value_str(out, SPAN(""));
    else if (form == PVX_WORD) value_str(out, SPAN("<null>"));
    else value_null(out);
}

const pv_spec *pvx_target(kl_ctx *ctx, kl_span text)
{
    const pv_spec *spec = span_empty(text) ? NULL : pv_parse_prefix(ctx, &text);
    if (spec && pv_is_writable(spec)) return spec;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: not a variable that can be written", ctx->row->name);
    return NULL;
}

/* ---- $var */

static KSR_FN(var_get)
{
    const pv_var *var = vars_find(ctx->vars, args[0].s, false);
    if (var) {
        pv_to_value(ctx, &var->value, out);
        return 1;
    }
    log_print(ctx, KL_LOG_WARN, "$var(%.*s) was never set", (int)args[0].s.n, args[0].s.n ? args[0].s.s : "");
    value_int(out, 0);
    return 1;
}

static int var_set(kl_ctx *ctx, kl_span name, const pv_value *value)
{
    if (name.n > 0 && vars_put(ctx, name, false, value)) return 1;
    ctx_misuse(ctx, KL_LOG_ERR, "$var(%.*s) cannot be set", (int)name.n, name.n ? name.s : "");
    return -1;
}

static KSR_FN(var_seti)
{
    pv_value value;
    pv_int(&value, args[1].i);
    return var_set(ctx, args[0].s, &value);
}

static KSR_FN(var_sets)
{
    pv_value value;
    pv_str(&value, args[1].s.s ? args[1].s : SPAN(""));
    return var_set(ctx, args[0].s, &value);
}

/* ---- $shv: names that somebody has made known (modparam shvset, a pseudo-variable that was read) */

static KSR_FN(shv_get)
{
    kl_value value;
    if (!shared_get(ctx->shared, args[0].s, ctx->scratch, &value)) return 1;
    if (value.type == KL_TYPE_STR) value_str(out, value.s);
    else value_int(out, value.i);
    return 1;
}

static bool known(kl_ctx *ctx, kl_span name, int level)
{
    if (shared_has(ctx->shared, name)) return true;
    ctx_misuse(ctx, level, "$shv(%.*s) is not defined", (int)name.n, name.n ? name.s : "");
    return false;
}

static KSR_FN(shv_read)
{
    if (known(ctx, args[0].s, KL_LOG_WARN)) return shv_get(ctx, args, out);
    value_int(out, 0);
    return 1;
}

static KSR_FN(shv_set)
{
    kl_value value = args[1];
    if (value.type == KL_TYPE_STR && !value.s.s) value.s = SPAN("");
    if (!known(ctx, args[0].s, KL_LOG_ERR)) return -1;
    if (shared_set(ctx->shared, args[0].s, &value)) return 1;
    limit_reached(ctx, LIMIT_SHV);
    return -1;
}

static KSR_FN(shvinc_get)
{
    int64_t n = 0;
    if (known(ctx, args[0].s, KL_LOG_WARN)) shared_increment(ctx->shared, args[0].s, &n);
    value_int(out, n);
    return 1;
}

/* ---- $avp: names as they are, without s: and i: */

static store_item *avp_top(kl_ctx *ctx, kl_span text)
{
    const store_name name = {text, 0, false};
    return store_in(ctx->msg) && text.n > 0 ? store_nth(ctx->msg, &store_in(ctx->msg)->avps, &name, 0) : NULL;
}

static KSR_FN(avp_get)
{
    const store_item *item = avp_top(ctx, args[0].s);
    pvx_give(ctx, item ? &item->value : NULL, out);
    return 1;
}

static KSR_FN(avp_rm)
{
    store_item *item = avp_top(ctx, args[0].s);
    if (item) store_drop(ctx->msg, &store_in(ctx->msg)->avps, item);
    return 1;
}

/* Kamailio removes the newest value first, and tells whether there is another one. */
static KSR_FN(avp_is_null)
{
    avp_rm(ctx, args, out);
    return avp_top(ctx, args[0].s) ? -1 : 1;
}

static int avp_set(kl_ctx *ctx, const kl_value *args, const pv_value *value)
{
    const store_name name = {args[0].s, 0, false};
    if (name.text.n > 0 && store_of(ctx->msg) && store_push(ctx->msg, &store_in(ctx->msg)->avps, &name, value))
        return 1;
    if (name.text.n) log_print(ctx, KL_LOG_ERR, "%s: the message has no more memory", ctx->row->name);
    else ctx_misuse(ctx, KL_LOG_ERR, "%s: the name is empty", ctx->row->name);
    return -1;
}

static KSR_FN(avp_seti)
{
    pv_value value;
    pv_int(&value, args[1].i);
    return avp_set(ctx, args, &value);
}

static KSR_FN(avp_sets)
{
    pv_value value;
    pv_str(&value, args[1].s.s ? args[1].s : SPAN(""));
    return avp_set(ctx, args, &value);
}

/* ---- a variable set to an evaluated text */

static KSR_FN(evalx)
{
    kl_span text;
    pv_value value;
    const pv_spec *target = args[1].s.s ? pvx_target(ctx, args[0].s) : NULL;
    if (!target || !pv_format_span(ctx, args[1].s, &text)) return -1;
    pv_str(&value, text);
    return pv_set(ctx, target, &value) ? 1 : -1;
}

#define MODULE_ROWS "modules/pvx/rows.def"
#include "modules/rows.h"

const kl_module pvx_module = {.name = "pvx", .rows = rows, .row_count = sizeof rows / sizeof *rows};
