/* row.h: one KEMI export: its name, signature and target. The whole of KSR is one table of these. */
#ifndef KL_MODULES_ROW_H
#define KL_MODULES_ROW_H

#include "core/ctx.h"

#define KL_MAX_PARAMS 6 /* of a function in C, as in Kamailio */

/* Returns the result of int, bool and none rows; *out (type NULL at entry) that of xval rows, spans valid until
 * ctx->scratch is rewound or the message changes. args has one entry per declared parameter, converted to its type: STR
 * (s.s NULL is Kamailio's null string), INT or LONG. Strings are borrowed from Lua until the function returns. */
typedef int (*kl_native)(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* How one begins, static where its row is in the same file: `KSR_FN(textops_search) { ... }`. */
#define KSR_FN(name)                                                                                                   \
    int name(kl_ctx *ctx, const kl_value *args, kl_value *out);                                                        \
    int name(kl_ctx *ctx KSR_UNUSED, const kl_value *args KSR_UNUSED, kl_value *out KSR_UNUSED)
#define KSR_UNUSED __attribute__((unused))

struct kl_row {
    const char *module; /* "" for the core */
    const char *name;
    kl_type returns; /* NONE, BOOL, INT or XVAL */
    uint8_t nparams;
    kl_type params[KL_MAX_PARAMS]; /* STR, INT, LONG */
    unsigned phases;               /* kl_phase bits it may be called in */
    kl_native fn;                  /* NULL: a Python export */
    intptr_t data;                 /* whatever fn's family shares, reached as ctx->row->data */
    /* Python exports */
    int slot, flags; /* KL_EXPORT_* */
    /* nparams of them, STR, INT, LONG or XVAL; with KL_EXPORT_REST one more, of all further arguments */
    const kl_type *types;
    const unsigned char *marks; /* KL_PARAM_* of each type */
};

/* How many parameters of a Python export a script may leave out. */
static inline int row_optional(const kl_row *row) { return (row->flags / KL_EXPORT_OPTIONAL) & 0xff; }
/* What the parameters are declared as. */
static inline const kl_type *row_types(const kl_row *row) { return row->fn ? row->params : row->types; }
/* How many types and marks a Python export has. */
static inline size_t row_type_count(const kl_row *row)
{
    return row->nparams + (row->flags & KL_EXPORT_REST ? 1u : 0u);
}

/* ROW(module, name, result, function, parameters ...): types without their KL_TYPE_, none to KL_MAX_PARAMS of them.
 * ROW_WITH has the family's data behind the function. */
#define ROW(module, name, returns, fn, ...) ROW_WITH(module, name, returns, fn, 0, ##__VA_ARGS__)
#define ROW_WITH(module, name, returns, fn, data, ...)                                                                 \
    {module,                                                                                                           \
     name,                                                                                                             \
     KL_TYPE_##returns,                                                                                                \
     ROW_COUNT(0, ##__VA_ARGS__),                                                                                      \
     {ROW_TYPES(ROW_COUNT(0, ##__VA_ARGS__), ##__VA_ARGS__)},                                                          \
     KL_PHASE_ANY,                                                                                                     \
     fn,                                                                                                               \
     data,                                                                                                             \
     -1,                                                                                                               \
     0,                                                                                                                \
     NULL,                                                                                                             \
     NULL}
#define ROW_COUNT(...)                                  ROW_SEVENTH(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define ROW_SEVENTH(none, a, b, c, d, e, f, count, ...) count
#define ROW_TYPES(count, ...)                           ROW_JOIN(ROW_TYPES_, count)(__VA_ARGS__)
#define ROW_JOIN(a, b)                                  ROW_JOINED(a, b)
#define ROW_JOINED(a, b)                                a##b
#define ROW_TYPES_0()                                   0
#define ROW_TYPES_1(a)                                  KL_TYPE_##a
#define ROW_TYPES_2(a, b)                               KL_TYPE_##a, KL_TYPE_##b
#define ROW_TYPES_3(a, b, c)                            ROW_TYPES_2(a, b), KL_TYPE_##c
#define ROW_TYPES_4(a, b, c, d)                         ROW_TYPES_3(a, b, c), KL_TYPE_##d
#define ROW_TYPES_5(a, b, c, d, e)                      ROW_TYPES_4(a, b, c, d), KL_TYPE_##e
#define ROW_TYPES_6(a, b, c, d, e, f)                   ROW_TYPES_5(a, b, c, d, e), KL_TYPE_##f

static inline void value_null(kl_value *out) { out->type = KL_TYPE_NULL; }
static inline void value_str(kl_value *out, kl_span s)
{
    out->type = KL_TYPE_STR;
    out->s = s;
}
static inline void value_int(kl_value *out, int64_t i)
{
    out->type = KL_TYPE_INT;
    out->i = (int32_t)i;
}
static inline void value_long(kl_value *out, int64_t i)
{
    out->type = KL_TYPE_LONG;
    out->i = i;
}

#endif
