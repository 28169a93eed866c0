/* module.h: the parts of KSR.auth. Private to them. */
#ifndef KL_MODULES_AUTH_MODULE_H
#define KL_MODULES_AUTH_MODULE_H

#include "auth/auth.h"
#include "modules/modules.h"

static inline auth_settings *auth_settings_of(kl_ctx *ctx) { return module_state(ctx, MOD_AUTH); }

#endif
