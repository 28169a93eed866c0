/* textops.h: KSR.textops.*, in files by topic. Private to them. */
#ifndef KL_MODULES_TEXTOPS_H
#define KL_MODULES_TEXTOPS_H

#include "modules/modules.h"

typedef struct textops_state {
    kl_buf made;                /* a body or a part while it is put together */
} textops_state;

static inline textops_state *textops_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_TEXTOPS); }
static inline int textops_outcome(bool good) { return good ? 1 : -1; }

/* textops/text.c */
int textops_cmp_str(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_cmp_istr(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_starts_with(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_ends_with(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_str_find(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_str_ifind(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_str_any_in(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textops_str_all_in(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
