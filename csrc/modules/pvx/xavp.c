/* xavp.c: $xavp, $xavi and $xavu by their bare names: entries, and the fields of the newest entry. */
#include "pvx.h"

static store_list *list_in(pv_store *store, int which)
{
    return which == PVX_XAVP ? &store->xavps : which == PVX_XAVI ? &store->xavis : &store->xavus;
}

store_list *pvx_list(kl_ctx *ctx)
{
    pv_store *store = store_of(ctx->msg);
    return store ? list_in(store, pvx_data(ctx) & PVX_LIST) : NULL;
}

store_name pvx_name(const kl_ctx *ctx, kl_span text)
{
    return (store_name){text, 0, (pvx_data(ctx) & PVX_LIST) == PVX_XAVI};
}

static store_item *find(kl_ctx *ctx, int which, kl_span text, int64_t index)
{
    const store_name name = {text, 0, which == PVX_XAVI};
    if (!store_in(ctx->msg)) return NULL;
    store_list *list = list_in(store_in(ctx->msg), which);
    return store_nth(ctx->msg, list, &name, index < 0 ? index + store_count(ctx->msg, list, &name) : index);
}

store_item *pvx_root(kl_ctx *ctx, kl_span name, int64_t index)
{
    return find(ctx, pvx_data(ctx) & PVX_LIST, name, index);
}

/* ---- reading */

static int give_item(kl_ctx *ctx, const store_item *item, kl_value *out)
{
    pv_value list;
    if (item && item->is_list) pv_str(&list, store_list_text(ctx, item));
    pvx_give(ctx, !item ? NULL : item->is_list ? &list : &item->value, out);
    return 1;
}

static bool item_null(const store_item *item) { return !item || (!item->is_list && (item->value.flags & PV_NULL)); }

KSR_FN(pvx_get) { return give_item(ctx, pvx_root(ctx, args[0].s, 0), out); }

KSR_FN(pvx_is_null) { return item_null(pvx_root(ctx, args[0].s, 0)) ? 1 : -1; }

static store_item *child(kl_ctx *ctx, int which, const kl_value *args)
{
    const store_name field = {args[1].s, 0, which == PVX_XAVI};
    store_item *root = find(ctx, which, args[0].s, 0);
    return root ? store_nth(ctx->msg, &root->fields, &field, 0) : NULL;
}

KSR_FN(pvx_child_get) { return give_item(ctx, child(ctx, pvx_data(ctx) & PVX_LIST, args), out); }

/* That of $xavu looks into $xavp in Kamailio. */
KSR_FN(pvx_child_is_null)
{
    const int which = pvx_data(ctx) & PVX_LIST;
    return item_null(child(ctx, which == PVX_XAVU ? PVX_XAVP : which, args)) ? 1 : -1;
}

/* ---- removing */

static bool nameless(kl_ctx *ctx, kl_span name)
{
    if (name.n > 0) return false;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: the name is empty", ctx->row->name);
    return true;
}

KSR_FN(pvx_rm)
{
    if (pvx_data(ctx) == PVX_XAVU && nameless(ctx, args[0].s)) return -1;
    store_item *root = pvx_root(ctx, args[0].s, 0);
    if (root) store_drop(ctx->msg, pvx_list(ctx), root);
    return 1;
}

KSR_FN(pvx_rm_all)
{
    const store_name name = pvx_name(ctx, args[0].s);
    const int64_t n = store_in(ctx->msg) ? store_drop_all(ctx->msg, pvx_list(ctx), &name) : 0;
    return n > 0 ? (int)n : 1;
}

KSR_FN(pvx_child_rm)
{
    if (pvx_data(ctx) == PVX_XAVU && nameless(ctx, args[1].s)) return -1;
    store_item *root = pvx_root(ctx, args[0].s, 0), *field = child(ctx, pvx_data(ctx) & PVX_LIST, args);
    if (field) store_drop(ctx->msg, &root->fields, field);
    return 1;
}

/* ---- writing: a new entry in front; $xavu has one of each name */

static bool put(kl_ctx *ctx, kl_span text, const pv_value *value)
{
    const store_name name = pvx_name(ctx, text);
    store_list *list = pvx_list(ctx);
    if (!list) return false;
    return (pvx_data(ctx) == PVX_XAVU ? store_put(ctx->msg, list, &name, value)
                                      : store_push(ctx->msg, list, &name, value)) != NULL;
}

static int set(kl_ctx *ctx, const kl_value *args, const pv_value *value)
{
    if (nameless(ctx, args[0].s)) return -1;
    return put(ctx, args[0].s, value) ? 1 : -1;
}

KSR_FN(pvx_seti)
{
    pv_value value;
    pv_int(&value, args[1].i);
    return set(ctx, args, &value);
}

KSR_FN(pvx_sets)
{
    pv_value value;
    pv_str(&value, args[1].s.s ? args[1].s : SPAN(""));
    return set(ctx, args, &value);
}

/* The entry of a name that has fields, made when there is none, and made one of fields when it holds a value. */
static store_item *root_with_fields(kl_ctx *ctx, kl_span text)
{
    const store_name name = pvx_name(ctx, text);
    store_list *list = pvx_list(ctx);
    store_item *root = list ? store_nth(ctx->msg, list, &name, 0) : NULL;
    if (root && !root->is_list) store_make_list(ctx->msg, root);
    return root || !list ? root : store_push(ctx->msg, list, &name, NULL);
}

static int child_set(kl_ctx *ctx, const kl_value *args, const pv_value *value)
{
    const store_name field = pvx_name(ctx, args[1].s);
    if (nameless(ctx, args[0].s) || nameless(ctx, args[1].s)) return -1;
    store_item *root = root_with_fields(ctx, args[0].s);
    return root && store_put(ctx->msg, &root->fields, &field, value) ? 1 : -1;
}

KSR_FN(pvx_child_seti)
{
    pv_value value;
    pv_int(&value, args[2].i);
    return child_set(ctx, args, &value);
}

KSR_FN(pvx_child_sets)
{
    pv_value value;
    pv_str(&value, args[2].s.s ? args[2].s : SPAN(""));
    return child_set(ctx, args, &value);
}
