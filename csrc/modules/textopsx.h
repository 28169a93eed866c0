/* textopsx.h: KSR.textopsx.*, in files by topic. Private to them. */
#ifndef KL_MODULES_TEXTOPSX_H
#define KL_MODULES_TEXTOPSX_H

#include <regex.h>

#include "modules.h"

typedef struct textopsx_state {
    kl_buf bytes;               /* a message while it is rebuilt */
    kl_buf pattern;             /* of keep_hf_re, the last one */
    regex_t regex;
    bool regex_made;
} textopsx_state;

static inline textopsx_state *textopsx_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_TEXTOPSX); }

/* textopsx_keep.c */
int textopsx_keep_hf(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_keep_hf_re(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_fnmatch(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
