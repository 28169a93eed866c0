/* param.h: the parameters of the module pv: first values of variables. */
#ifndef KL_MODULES_PV_PARAM_H
#define KL_MODULES_PV_PARAM_H

#include "modules/modules.h"

/* $shv, unless a sharing engine has set it */
kl_status pv_param_shvset(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status pv_param_varset(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err); /* $var */

#endif
