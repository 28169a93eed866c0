/* textopsx.h: KSR.textopsx.*, in files by topic. Private to them. */
#ifndef KL_MODULES_TEXTOPSX_H
#define KL_MODULES_TEXTOPSX_H

#include "modules/modules.h"

#define TEXTOPSX_ITERATORS     4
#define TEXTOPSX_ITERATOR_NAME 32

/* A walk over the headers or the body lines of one message, kept by name for the life of the engine. */
typedef struct textopsx_iterator {
    char name[TEXTOPSX_ITERATOR_NAME]; /* empty: free */
    enum { ITERATOR_ENDED, ITERATOR_BEFORE, ITERATOR_ON } state;
    uint64_t generation; /* of the message, and its bytes: what was started on others has ended */
    const char *buf;
    size_t at, n; /* a header's number; or a line's offset and length */
} textopsx_iterator;

typedef struct textopsx_state {
    textopsx_iterator headers[TEXTOPSX_ITERATORS], lines[TEXTOPSX_ITERATORS];
    kl_buf bytes; /* a message while it is rebuilt */
    kl_buf value; /* a value with its pseudo-variables evaluated */
} textopsx_state;

static inline textopsx_state *textopsx_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_TEXTOPSX); }

/* textopsx/keep.c */
int textopsx_keep_hf(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_keep_hf_re(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_fnmatch(kl_ctx *ctx, const kl_value *args, kl_value *out);

/* textopsx/iterator.c */
int textopsx_hf_start(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_next(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_prev(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_end(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_rm(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_append(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_insert(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_name(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_hf_body(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_start(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_next(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_end(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_rm(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_append(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_insert(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_bl_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
extern const struct pv_table textopsx_variables;
/* textopsx/value.c */
int textopsx_append_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_insert_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_remove_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_assign_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_include_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_exclude_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_value_exists(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* textopsx/credentials.c */
int textopsx_assign_value2(kl_ctx *ctx, const kl_value *args, kl_value *out);
int textopsx_remove_value2(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
