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

/* pvx/dict.c */
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

/* pvx/list.c: whole lists */
void pvx_reverse(store_list *list);

#endif
