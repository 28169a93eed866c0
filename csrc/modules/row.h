/* row.h: one KEMI export: its name, signature and target. The whole of KSR is one table of these. */
#ifndef KL_MODULES_ROW_H
#define KL_MODULES_ROW_H

#include "core/ctx.h"

#define KL_MAX_PARAMS 6                 /* of a function in C, as in Kamailio */

/* Returns the result of int, bool and none rows; *out (type NULL at entry) that of xval rows, spans valid until ctx->scratch is rewound or the
 * message changes. args has one entry per declared parameter, converted to its type: STR (s.s NULL is Kamailio's null string), INT or LONG.
 * Strings are borrowed from Lua until the function returns. */
typedef int (*kl_native)(kl_ctx *ctx, const kl_value *args, kl_value *out);

struct kl_row {
    const char *module;         /* "" for the core */
    const char *name;
    kl_type returns;            /* NONE, BOOL, INT or XVAL */
    uint8_t nparams;
    kl_type params[KL_MAX_PARAMS];  /* STR, INT, LONG */
    unsigned phases;            /* kl_phase bits it may be called in */
    kl_native fn;               /* NULL: a Python export */
    intptr_t data;              /* whatever fn's family shares, reached as ctx->row->data */
    /* Python exports */
    int slot, flags;            /* KL_EXPORT_* */
    uintptr_t callable;
    const kl_type *types;       /* nparams of them, STR, INT, LONG or XVAL; with KL_EXPORT_REST one more, of all further arguments */
    const unsigned char *marks; /* KL_PARAM_* of each type */
};

/* How many parameters of a Python export a script may leave out. */
static inline int row_optional(const kl_row *row) { return (row->flags / KL_EXPORT_OPTIONAL) & 0xff; }
/* What the parameters are declared as. */
static inline const kl_type *row_types(const kl_row *row) { return row->fn ? row->params : row->types; }
/* How many types and marks a Python export has. */
static inline size_t row_type_count(const kl_row *row) { return row->nparams + (row->flags & KL_EXPORT_REST ? 1u : 0u); }

#define ROW0(module, name, returns, fn) {module, name, KL_TYPE_##returns, 0, {0}, KL_PHASE_ANY, fn, 0, -1, 0, 0, NULL, NULL}
#define ROW0D(module, name, returns, fn, data) {module, name, KL_TYPE_##returns, 0, {0}, KL_PHASE_ANY, fn, data, -1, 0, 0, NULL, NULL}
#define ROW1(module, name, returns, fn, a) {module, name, KL_TYPE_##returns, 1, {KL_TYPE_##a}, KL_PHASE_ANY, fn, 0, -1, 0, 0, NULL, NULL}
#define ROW1D(module, name, returns, fn, data, a) {module, name, KL_TYPE_##returns, 1, {KL_TYPE_##a}, KL_PHASE_ANY, fn, data, -1, 0, 0, NULL, NULL}
#define ROW2(module, name, returns, fn, a, b) {module, name, KL_TYPE_##returns, 2, {KL_TYPE_##a, KL_TYPE_##b}, KL_PHASE_ANY, fn, 0, -1, 0, 0, NULL, NULL}
#define ROW2D(module, name, returns, fn, data, a, b) {module, name, KL_TYPE_##returns, 2, {KL_TYPE_##a, KL_TYPE_##b}, KL_PHASE_ANY, fn, data, -1, 0, 0, NULL, NULL}
#define ROW3(module, name, returns, fn, a, b, c) {module, name, KL_TYPE_##returns, 3, {KL_TYPE_##a, KL_TYPE_##b, KL_TYPE_##c}, KL_PHASE_ANY, fn, 0, -1, 0, 0, NULL, NULL}
#define ROW3D(module, name, returns, fn, data, a, b, c) {module, name, KL_TYPE_##returns, 3, {KL_TYPE_##a, KL_TYPE_##b, KL_TYPE_##c}, KL_PHASE_ANY, fn, data, -1, 0, 0, NULL, NULL}
#define ROW4(module, name, returns, fn, a, b, c, d) {module, name, KL_TYPE_##returns, 4, {KL_TYPE_##a, KL_TYPE_##b, KL_TYPE_##c, KL_TYPE_##d}, KL_PHASE_ANY, fn, 0, -1, 0, 0, NULL, NULL}
#define ROW5(module, name, returns, fn, a, b, c, d, e) \
    {module, name, KL_TYPE_##returns, 5, {KL_TYPE_##a, KL_TYPE_##b, KL_TYPE_##c, KL_TYPE_##d, KL_TYPE_##e}, KL_PHASE_ANY, fn, 0, -1, 0, 0, NULL, NULL}

static inline void value_null(kl_value *out) { out->type = KL_TYPE_NULL; }
static inline void value_str(kl_value *out, kl_span s) { out->type = KL_TYPE_STR; out->s = s; }
static inline void value_int(kl_value *out, int64_t i) { out->type = KL_TYPE_INT; out->i = (int32_t)i; }
static inline void value_long(kl_value *out, int64_t i) { out->type = KL_TYPE_LONG; out->i = i; }

#endif
