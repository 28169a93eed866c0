/* pv.c: KSR.pv: pseudo-variables by name (pv sheet). Bad names and failed getters are logged and read as null; writing
 * a read-only name does nothing and is true. */
#include "pv/pv.h"

#include "param.h"

static void give(kl_ctx *ctx, const pv_value *value, kl_value *out) { pv_to_value(ctx, value, out); }

static KSR_FN(row_get)
{
    pv_value value;
    if (KL_LIKELY(pv_read(ctx, args[0].s, &value))) give(ctx, &value, out);
    return 1;
}

/* The value, or what stands for null. */
static bool read_filled(kl_ctx *ctx, kl_span name, kl_value *out)
{
    pv_value value;
    if (!pv_read(ctx, name, &value) || (value.flags & PV_NULL)) return false;
    give(ctx, &value, out);
    return true;
}

static KSR_FN(row_gete)
{
    if (!read_filled(ctx, args[0].s, out)) value_str(out, SPAN(""));
    return 1;
}

static KSR_FN(row_getw)
{
    if (!read_filled(ctx, args[0].s, out)) value_str(out, SPAN("<null>"));
    return 1;
}

static KSR_FN(row_getvs)
{
    if (!read_filled(ctx, args[0].s, out)) value_str(out, args[1].s.s ? args[1].s : SPAN(""));
    return 1;
}

static KSR_FN(row_getvn)
{
    if (!read_filled(ctx, args[0].s, out)) value_int(out, args[1].i);
    return 1;
}

static int64_t read_integer(kl_ctx *ctx, kl_span name, bool *is_int)
{
    pv_value value;
    *is_int = true;
    if (!pv_read(ctx, name, &value)) return 0;
    *is_int = (value.flags & PV_INT) != 0;
    return pv_integer(&value);
}

/* Ints are cut to 32 bits, digits of a text stop at the limits of 32 bits. */
static KSR_FN(row_geti)
{
    bool is_int;
    int64_t i = read_integer(ctx, args[0].s, &is_int);
    if (!is_int) i = i > INT32_MAX ? INT32_MAX : i < INT32_MIN ? INT32_MIN : i;
    return (int)(int32_t)i;
}

static KSR_FN(row_getl)
{
    bool is_int;
    value_long(out, read_integer(ctx, args[0].s, &is_int));
    return 1;
}

static KSR_FN(row_is_null)
{
    pv_value value;
    return !pv_read(ctx, args[0].s, &value) || (value.flags & PV_NULL) != 0;
}

/* ---- writing */

static int write_value(kl_ctx *ctx, kl_span name, const pv_value *value)
{
    const pv_spec *spec = pv_lookup(ctx, name);
    if (spec == NULL) return 0;
    if (pv_set(ctx, spec, value)) return 1;
    log_print(ctx, KL_LOG_ERR, "\"%.*s\" cannot be set", (int)name.n, name.s);
    return 0;
}

static KSR_FN(row_seti)
{
    pv_value value;
    pv_int(&value, args[1].i);
    return write_value(ctx, args[0].s, &value);
}

static KSR_FN(row_sets)
{
    pv_value value;
    pv_str(&value, args[1].s.s ? args[1].s : SPAN(""));
    return write_value(ctx, args[0].s, &value);
}

static KSR_FN(row_unset)
{
    pv_value value;
    pv_null(&value);
    return write_value(ctx, args[0].s, &value);
}

static const kl_row rows[] = {
    ROW("pv", "get", XVAL, row_get, STR),          ROW("pv", "gete", XVAL, row_gete, STR),
    ROW("pv", "getvn", XVAL, row_getvn, STR, INT), ROW("pv", "getvs", XVAL, row_getvs, STR, STR),
    ROW("pv", "getw", XVAL, row_getw, STR),        ROW("pv", "geti", INT, row_geti, STR),
    ROW("pv", "getl", XVAL, row_getl, STR),        ROW("pv", "seti", BOOL, row_seti, STR, INT),
    ROW("pv", "setl", BOOL, row_seti, STR, LONG),  ROW("pv", "sets", BOOL, row_sets, STR, STR),
    ROW("pv", "unset", BOOL, row_unset, STR),      ROW("pv", "is_null", BOOL, row_is_null, STR),
};

static const module_param params[] = {
    {"shvset", KL_TYPE_STR, 0, pv_param_shvset},
    {"varset", KL_TYPE_STR, 0, pv_param_varset},
};

const kl_module pv_module = {.name = "pv",
                             .rows = rows,
                             .row_count = sizeof rows / sizeof *rows,
                             .params = params,
                             .param_count = sizeof params / sizeof *params};
