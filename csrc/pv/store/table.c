/* table.c: the classes of variables that scripts make themselves, and $cnt, which counts them. */
#include "pv/tables.h"

#include "pv/cache.h"
#include "vars.h"

/* $cnt takes an $avp or an $xavp, nothing else; transformations of it are passed over. */
static bool parse_cnt(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return param->nested && (param->nested->get == vars_avp_get ||
                             (param->nested->get == vars_xavp_get && param->nested->data == VARS_XAVP));
}

static bool get_cnt(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    int64_t n;
    (void)data;
    bool good = param->nested->get == vars_avp_get ? vars_avp_count(ctx, &param->nested->param, &n)
                                                   : vars_xavp_count(ctx, &param->nested->param, &n);
    if (good) pv_int(out, n);
    else pv_null(out);
    return true;
}

static const pv_class classes[] = {
    {"avp", vars_avp_get, vars_avp_set, vars_avp_parse, PV_CLASS_INDEX | PV_CLASS_NESTED, 0},
    {"xavp", vars_xavp_get, vars_xavp_set, vars_xavp_parse, 0, VARS_XAVP},
    {"xavi", vars_xavp_get, vars_xavp_set, vars_xavp_parse, 0, VARS_XAVI},
    {"xavu", vars_xavu_get, vars_xavu_set, vars_xavu_parse, 0, 0},
    {"var", vars_var_get, vars_var_set, vars_var_parse, PV_CLASS_NO_MSG, 0},
    {"vz", vars_var_get, vars_var_set, vars_var_parse, PV_CLASS_NO_MSG, 0},
    {"vn", vars_var_get, vars_var_set, vars_vn_parse, PV_CLASS_NO_MSG, 1},
    {"shv", vars_shv_get, vars_shv_set, vars_shv_parse, PV_CLASS_NO_MSG, 0},
    {"shvinc", vars_shvinc_get, NULL, vars_shv_parse, PV_CLASS_NO_MSG, 0},
    {"cnt", get_cnt, NULL, parse_cnt, PV_CLASS_NESTED, 0},
};

const pv_table pv_variable_table = {classes, sizeof classes / sizeof classes[0]};
