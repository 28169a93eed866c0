/* vars.h: the functions behind $avp, $xavp and kin, $var and kin, $shv and kin, and $cnt; vars/table.c lists them. */
#ifndef KL_PV_VARS_H
#define KL_PV_VARS_H

#include "pv/store/store.h"

bool vars_avp_parse(pv_cache *cache, pv_param *param);
bool vars_avp_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);
bool vars_avp_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value);
/* How many values; false when a name inside the name is null. */
bool vars_avp_count(kl_ctx *ctx, const pv_param *param, int64_t *out);

/* data: which of the lists. */
enum { VARS_XAVP, VARS_XAVI };
bool vars_xavp_parse(pv_cache *cache, pv_param *param);
bool vars_xavp_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);
bool vars_xavp_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value);
bool vars_xavp_count(kl_ctx *ctx, const pv_param *param, int64_t *out); /* of $xavp; false when an index is no int */
bool vars_xavu_parse(pv_cache *cache, pv_param *param);
bool vars_xavu_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);
bool vars_xavu_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value);

/* data 1: $vn. */
bool vars_var_parse(pv_cache *cache, pv_param *param);
bool vars_vn_parse(pv_cache *cache, pv_param *param);
bool vars_var_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);
bool vars_var_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value);

bool vars_shv_parse(pv_cache *cache, pv_param *param);
bool vars_shv_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);
bool vars_shv_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value);
bool vars_shvinc_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);

#endif
