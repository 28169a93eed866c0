/* xavp.c: $xavp(root[n]=>key[n]), $xavi (any case), $xavu(root=>key). What is written where follows the recordings; the
 * parsing is as forgiving as Kamailio's: text behind a complete name is not looked at. */
#include "vars.h"

#include "pv/cache.h"

/* ---- names */

typedef struct xavp_index {
    enum { AT_NONE, AT_NUMBER, AT_ALL, AT_PV } kind;
    int64_t n;
    const pv_spec *pv;
} xavp_index;

typedef struct xavp_path {
    kl_span root, key; /* key.s NULL: the root alone */
    xavp_index at, key_at;
} xavp_path;

static void skip_space(kl_span *rest)
{
    while (rest->n && char_is(rest->s[0], SPAN_WS)) *rest = span_from(*rest, 1);
}

/* Up to a blank, = or [. */
static bool take_name(kl_span *rest, kl_span *out)
{
    size_t n = 0;
    skip_space(rest);
    while (n < rest->n && !char_is(rest->s[n], SPAN_WS) && rest->s[n] != '=' && rest->s[n] != '[') n++;
    *out = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return n > 0;
}

static bool parse_index(pv_cache *cache, kl_span text, xavp_index *out)
{
    if (text.n && text.s[0] == '$') {
        out->kind = AT_PV;
        out->pv = pv_parse_prefix(cache->ctx, &text);
        return out->pv != NULL;
    }
    if (text.n == 1 && text.s[0] == '*') {
        out->kind = AT_ALL;
        return true;
    }
    out->kind = AT_NUMBER;
    if (text.n == 1 && text.s[0] == '-') return true;
    return text.n && text.s[0] != '+' && span_int_prefix(text, &out->n) == text.n;
}

/* "[n]" or nothing; the bracket may stay open at the end. */
static bool take_index(pv_cache *cache, kl_span *rest, xavp_index *out)
{
    if (rest->n == 0 || rest->s[0] != '[') return true;
    const char *close = span_find(*rest, ']'), *end = span_end(*rest);
    kl_span text = span_between(rest->s + 1, close ? close : end);
    *rest = span_between(close ? close + 1 : end, end);
    return parse_index(cache, text, out);
}

bool vars_xavp_parse(pv_cache *cache, pv_param *param)
{
    kl_span rest = param->name;
    xavp_path *path = pv_cache_alloc(cache, sizeof *path);
    if (!path) return false;
    *path = (xavp_path){.key = SPAN_NULL};
    param->compiled = path;
    if (!take_name(&rest, &path->root)) return false;
    skip_space(&rest);
    if (!take_index(cache, &rest, &path->at)) return false;
    if (rest.n == 0 || rest.s[0] != '=') return true;
    if (rest.n < 2 || rest.s[1] != '>') return false;
    rest = span_from(rest, 2);
    if (!take_name(&rest, &path->key)) return false;
    skip_space(&rest);
    return take_index(cache, &rest, &path->key_at);
}

/* A [ is an ordinary character here, blanks belong to the names but for those around the whole, and all behind => is
 * the key. */
bool vars_xavu_parse(pv_cache *cache, pv_param *param)
{
    kl_span text = span_trim(param->name);
    const char *equals = span_find(text, '='), *end = span_end(text);
    xavp_path *path = pv_cache_alloc(cache, sizeof *path);
    if (!path) return false;
    *path = (xavp_path){.root = span_between(text.s, equals ? equals : end), .key = SPAN_NULL};
    param->compiled = path;
    if (path->root.n == 0 || !equals) return path->root.n > 0;
    if (end - equals < 3 || equals[1] != '>') return false;
    path->key = span_between(equals + 2, end);
    return true;
}

/* ---- indexes at run time */

/* False when a pv is no int. */
static bool evaluate(kl_ctx *ctx, const xavp_index *index, xavp_index *out)
{
    pv_value value;
    *out = *index;
    if (index->kind != AT_PV) return true;
    if (!pv_get(ctx, index->pv, &value) || !(value.flags & PV_INT)) return false;
    out->kind = AT_NUMBER;
    out->n = value.i;
    return true;
}

static store_item *read_at(kl_msg *msg, store_list *list, const store_name *name, const xavp_index *index)
{
    int64_t n = index->kind == AT_NUMBER ? index->n : 0;
    return store_nth(msg, list, name, n < 0 ? n + store_count(msg, list, name) : n);
}

/* Kamailio is off by one when it writes to a negative index: -1 is never there. */
static store_item *write_at(kl_msg *msg, store_list *list, const store_name *name, const xavp_index *index)
{
    int64_t n = index->kind == AT_NUMBER ? index->n : 0;
    return store_nth(msg, list, name, n < 0 ? n + store_count(msg, list, name) + 1 : n);
}

typedef struct xavp_place {
    store_list *list;
    store_name root, key;
    xavp_index at, key_at;
    bool has_key;
} xavp_place;

static bool find_place(kl_ctx *ctx, const pv_param *param, bool fold, store_list *list, xavp_place *out)
{
    const xavp_path *path = param->compiled;
    *out = (xavp_place){
        .list = list, .root = {path->root, 0, fold}, .key = {path->key, 0, fold}, .has_key = path->key.s != NULL};
    return evaluate(ctx, &path->at, &out->at) && evaluate(ctx, &path->key_at, &out->key_at);
}

static store_list *list_of(pv_store *store, intptr_t data) { return data == VARS_XAVI ? &store->xavis : &store->xavps; }

/* ---- reading */

static bool give(kl_ctx *ctx, const store_item *item, pv_value *out)
{
    pv_null(out);
    if (!item) return true;
    *out = item->value;
    if (item->is_list) pv_str(out, store_list_text(ctx, item));
    return !item->is_list || out->s.s != NULL;
}

bool vars_xavp_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    xavp_place place;
    pv_null(out);
    if (!store_in(ctx->msg)) return true;
    if (!find_place(ctx, param, data == VARS_XAVI, list_of(store_in(ctx->msg), data), &place)) return true;
    store_item *item = read_at(ctx->msg, place.list, &place.root, &place.at);
    if (!item || !place.has_key) return give(ctx, item, out);
    store_item *field = read_at(ctx->msg, &item->fields, &place.key, &place.key_at);
    bool one_int = field && (field->value.flags & PV_IS_INT) && !store_after(&item->fields, field, &place.key);
    if (place.key_at.kind == AT_ALL && !one_int) return store_join(ctx, &item->fields, &place.key, out);
    return give(ctx, field, out);
}

static int64_t count_at(kl_msg *msg, store_list *list, const store_name *name, const xavp_index *index)
{
    return index->kind == AT_NUMBER ? read_at(msg, list, name, index) != NULL : store_count(msg, list, name);
}

bool vars_xavp_count(kl_ctx *ctx, const pv_param *param, int64_t *out)
{
    xavp_place place;
    pv_store empty = {0};
    if (!find_place(ctx, param, false, list_of(store_in(ctx->msg) ? store_in(ctx->msg) : &empty, VARS_XAVP), &place))
        return false;
    *out = place.has_key ? 0 : count_at(ctx->msg, place.list, &place.root, &place.at);
    if (!place.has_key) return true;
    bool all = place.at.kind != AT_NUMBER;
    store_item *item = read_at(ctx->msg, place.list, &place.root, &place.at);
    for (; item; item = all ? store_after(place.list, item, &place.root) : NULL)
        *out += count_at(ctx->msg, &item->fields, &place.key, &place.key_at);
    return true;
}

/* ---- removing: what is not there is removed with success */

static void remove_at(kl_msg *msg, store_list *list, const store_name *name, const xavp_index *index)
{
    if (index->kind == AT_ALL) store_drop_all(msg, list, name);
    else store_drop(msg, list, write_at(msg, list, name, index));
}

static bool remove_place(kl_msg *msg, const xavp_place *place)
{
    if (!place->has_key) {
        remove_at(msg, place->list, &place->root, &place->at);
        return true;
    }
    bool all = place->at.kind == AT_ALL;
    store_item *item = write_at(msg, place->list, &place->root, &place->at);
    for (; item; item = all ? store_after(place->list, item, &place->root) : NULL)
        remove_at(msg, &item->fields, &place->key, &place->key_at);
    return true;
}

/* ---- writing */

/* Without an index on the root: a new one, whatever index the key has. */
static bool push_root(kl_msg *msg, const xavp_place *place, const pv_value *value)
{
    if (!place->has_key) return store_push(msg, place->list, &place->root, value) != NULL;
    store_item *root = store_push(msg, place->list, &place->root, NULL);
    if (root && store_push(msg, &root->fields, &place->key, value)) return true;
    if (root) store_drop(msg, place->list, root);
    return false;
}

/* A field: pushed without an index, replaced at a number; [*] and a number that is not there are passed over. */
static bool write_field(kl_msg *msg, const xavp_place *place, const pv_value *value)
{
    if (place->at.kind == AT_ALL) return true;
    store_item *root = write_at(msg, place->list, &place->root, &place->at);
    if (!root) return true;
    if (!root->is_list) return false;
    if (place->key_at.kind == AT_NONE) return store_push(msg, &root->fields, &place->key, value) != NULL;
    store_item *field = place->key_at.kind == AT_NUMBER ? write_at(msg, &root->fields, &place->key, &place->key_at)
                                                        : NULL;
    return !field || store_assign(msg, field, value);
}

static bool write_root(kl_msg *msg, const xavp_place *place, const pv_value *value)
{
    store_item *root = place->at.kind == AT_NUMBER ? write_at(msg, place->list, &place->root, &place->at) : NULL;
    return root && store_assign(msg, root, value);
}

bool vars_xavp_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    xavp_place place;
    kl_msg *msg = ctx->msg;
    if (!store_of(msg) || !find_place(ctx, param, data == VARS_XAVI, list_of(store_in(msg), data), &place))
        return false;
    if (value->flags & PV_NULL) return remove_place(msg, &place);
    if (place.at.kind == AT_NONE) return push_root(msg, &place, value);
    return place.has_key ? write_field(msg, &place, value) : write_root(msg, &place, value);
}

/* ---- $xavu: one value for each name, two levels */

bool vars_xavu_get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const xavp_path *path = param->compiled;
    const store_name root = {path->root, 0, false}, key = {path->key, 0, false};
    (void)data;
    store_item *item = store_in(ctx->msg) ? store_nth(ctx->msg, &store_in(ctx->msg)->xavus, &root, 0) : NULL;
    if (item && path->key.s) item = store_nth(ctx->msg, &item->fields, &key, 0);
    return give(ctx, item, out);
}

static bool unset_xavu(kl_msg *msg, store_item *root, const store_name *key)
{
    if (!root) return true;
    if (key->text.s) store_drop(msg, &root->fields, store_nth(msg, &root->fields, key, 0));
    else store_drop(msg, &store_in(msg)->xavus, root);
    return true;
}

bool vars_xavu_set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    const xavp_path *path = param->compiled;
    const store_name root_name = {path->root, 0, false}, key = {path->key, 0, false};
    kl_msg *msg = ctx->msg;
    (void)data;
    if (!store_of(msg)) return false;
    store_item *root = store_nth(msg, &store_in(msg)->xavus, &root_name, 0);
    if (value->flags & PV_NULL) return unset_xavu(msg, root, &key);
    if (!path->key.s) return store_put(msg, &store_in(msg)->xavus, &root_name, value) != NULL;
    if (!root) root = store_push(msg, &store_in(msg)->xavus, &root_name, NULL);
    if (!root) return false;
    if (!root->is_list) store_make_list(msg, root);
    return store_put(msg, &root->fields, &key, value) != NULL;
}
