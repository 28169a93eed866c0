/* avp.c: $avp(name), $avp(s:name), $avp(i:5), $avp($pv). Setting pushes; an index counts on reading only, but for [*].
 */
#include "pv/cache.h"
#include "vars.h"

/* "i:5" in 16 bits as in Kamailio; any other single letter before a colon is malformed. */
bool vars_avp_parse(pv_cache *cache, pv_param *param)
{
    uint64_t id;
    kl_span name = param->name;
    (void)cache;
    if (param->nested || name.n < 2 || name.s[1] != ':') return true;
    char kind = char_lower(name.s[0]);
    name = span_from(name, 2);
    if (kind == 's') param->name = name;
    if (kind == 's') return name.n > 0;
    if (kind != 'i' || !span_uint(name, UINT32_MAX, &id) || (id & 0xffff) == 0) return false;
    param->key = (intptr_t)(id & 0xffff);
    param->name = span_of(name.s, 0);
    return true;
}

/* A name inside the name: text is a name, an int an id. */
static bool name_of(kl_ctx *ctx, const pv_param *param, store_name *out)
{
    pv_value value;
    *out = (store_name){param->name, (uint32_t)param->key, false};
    if (!param->nested) return true;
    if (!pv_get(ctx, param->nested, &value) || (value.flags & PV_NULL)) return false;
    if (value.flags & PV_IS_INT) {
        *out = (store_name){SPAN(""), (uint32_t)(value.i & 0xffff), false};
        return out->id != 0;
    }
    out->text = pv_text(ctx, &value);
    return out->text.n > 0;
}

bool vars_avp_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    store_name name;
    int index = 0;
    (void)data;
    if (!name_of(ctx, param, &name)) return false;
    kl_msg *msg = ctx->msg;
    store_list none = {.first = NULL}, *list = store_in(msg) ? &store_in(msg)->avps : &none;
    store_item *item = store_nth(msg, list, &name, 0);
    if (item && param->index_kind == PV_INDEX_ALL) return store_join(ctx, list, &name, out);
    if (param->index_kind == PV_INDEX_INT || param->index_kind == PV_INDEX_PV) {
        if (!pv_param_index(ctx, param, &index)) return false;
        /* Kamailio reads a negative index only when it means the newest value */
        if (index < 0) index = store_count(msg, list, &name) + index == 0 ? 0 : -1;
        item = store_nth(msg, list, &name, index);
    }
    if (item) *out = item->value;
    else pv_null(out);
    return true;
}

bool vars_avp_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    store_name name;
    kl_msg *msg = ctx->msg;
    (void)data;
    if (!name_of(ctx, param, &name) || !store_of(msg)) return false;
    store_list *list = &store_in(msg)->avps;
    if (param->index_kind == PV_INDEX_ALL) store_drop_all(msg, list, &name);
    if (!(value->flags & PV_NULL)) return store_push(msg, list, &name, value) != NULL;
    if (param->index_kind != PV_INDEX_ALL) store_drop(msg, list, store_nth(msg, list, &name, 0));
    return true;
}

bool vars_avp_count(kl_ctx *ctx, const pv_param *param, int64_t *out)
{
    store_name name;
    if (!name_of(ctx, param, &name)) return false;
    *out = store_in(ctx->msg) ? store_count(ctx->msg, &store_in(ctx->msg)->avps, &name) : 0;
    return true;
}

bool pv_is_avp(const pv_spec *spec) { return spec->klass->get == vars_avp_get; }
