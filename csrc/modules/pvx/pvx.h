/* pvx.h: KSR.pvx.*, in files by topic. Private to them. */
#ifndef KL_MODULES_PVX_H
#define KL_MODULES_PVX_H

#include "pv/store/store.h"
#include "modules/modules.h"

/* A row's data: which lists it works on, and what a script gets for null. */
enum { PVX_XAVP = 0, PVX_XAVI = 1, PVX_XAVU = 2, PVX_LIST = 3 };
enum { PVX_NULL = 0, PVX_EMPTY = 4, PVX_WORD = 8, PVX_FORM = 12 };

static inline int pvx_data(const kl_ctx *ctx) { return (int)ctx->row->data; }
/* The value as a script sees it; value NULL, or null: nil, "" or "<null>" by the row's form. */
void pvx_give(kl_ctx *ctx, const pv_value *value, kl_value *out);
/* A pv at the start of `text`, whatever stands behind it, that can be written; NULL and an error line else. */
const pv_spec *pvx_target(kl_ctx *ctx, kl_span text);

/* pvx/xavp.c: the list that the row works on, NULL when memory ended; names in it fold case for $xavi. */
store_list *pvx_list(kl_ctx *ctx);
store_name pvx_name(const kl_ctx *ctx, kl_span text);
/* negative index: from the end; NULL: not there */
store_item *pvx_root(kl_ctx *ctx, kl_span name, int64_t index);
int pvx_get(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_is_null(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_rm(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_rm_all(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_seti(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_sets(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_child_get(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_child_is_null(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_child_rm(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_child_seti(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_child_sets(kl_ctx *ctx, const kl_value *args, kl_value *out);

/* pvx/dict.c */
int pvx_get_keys(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_getd(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_getd_p1(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* The fields of one name each, in order of first appearance, in scratch. */
typedef struct pvx_group pvx_group;
struct pvx_group {
    pvx_group *next;
    kl_span name;
    store_item *first; /* the newest of that name */
    kl_item *values, **values_tail;
};
/* False when memory ended. */
bool pvx_group_fields(kl_ctx *ctx, store_item *fields, bool fold, pvx_group **out);

/* pvx/params.c: texts to lists and back */
int pvx_params_explode(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_xparams_explode(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_slist_explode(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_params_implode(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_params_implode_quoted(kl_ctx *ctx, const kl_value *args, kl_value *out);

/* pvx/list.c: whole lists */
int pvx_copy(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_lshift(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_push_dst(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_var_to_xavp(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_xavp_to_var(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_print(kl_ctx *ctx, const kl_value *args, kl_value *out);
void pvx_reverse(store_list *list);

/* pvx/branch.c: $sbranch */
int pvx_sbranch_append(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_sbranch_reset(kl_ctx *ctx, const kl_value *args, kl_value *out);
int pvx_sbranch_set_ruri(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
