/* transform.h: {class.op,param,...}: a chain parsed with the name it follows and run on its value. */
#ifndef KL_PV_TRANSFORM_H
#define KL_PV_TRANSFORM_H

#include "pv/pv.h"

#define TR_MAX_PARAMS 4

typedef struct tr_param {
    enum { TR_PARAM_NONE, TR_PARAM_INT, TR_PARAM_STR, TR_PARAM_PV } kind;
    int64_t i;
    kl_span s;
    const pv_spec *pv;
} tr_param;

typedef struct tr_step tr_step;
/* Changes *value; false: failure. Results live in ctx->scratch. */
typedef bool (*tr_function)(kl_ctx *ctx, const tr_step *step, pv_value *value);

struct tr_step {
    tr_step *next;
    tr_function run;
    intptr_t data; /* what ops of one family share */
    tr_param params[TR_MAX_PARAMS];
    uint8_t param_count;
};

/* One operation, as in transformations.tsv: "s" "substr". args: one letter per parameter; after '?' they are optional.
 *   i number    s text    e text with \n \r \t \\    c first character of a text    C the same, or a lone comma
 *   x one character or one of those escapes    d one character but no comma    D one character, comma too, or a pv
 *   r all up to the closing brace, or a pv */
typedef struct tr_op {
    const char *klass, *name, *args;
    tr_function run;
    intptr_t data;
} tr_op;

/* Parses "{s.len}{...}" (all of `text`); NULL and false for a parse error. Memory from the cache. */
bool tr_parse(kl_ctx *ctx, kl_span text, const tr_step **out);
bool tr_run(kl_ctx *ctx, const tr_step *steps, pv_value *value);
/* Parameters at run time: a text pv must be a non-empty string, a number pv an int. */
bool tr_int(kl_ctx *ctx, const tr_param *param, int64_t *out);
bool tr_str(kl_ctx *ctx, const tr_param *param, kl_span *out);

#endif
