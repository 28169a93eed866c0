/* htable.c: $sht and its kin: hash tables, their items and walks over them. A key is a format. */
#include "core/htable_match.h"
#include "core/limit.h"
#include "core/per_engine.h"
#include "core/random.h"
#include "core/shared.h"
#include "pv/cache.h"
#include "variables.h"

typedef struct item_name {
    kl_span table;
    core_htable *found; /* NULL: there was none of that name when this was parsed */
    const pv_program *format;
    kl_span literal; /* of a key without variables; .s NULL else */
} item_name;

/* "table=>key"; blanks around the table are passed over, those of the key belong to it. */
static bool parse_item(pv_cache *cache, pv_param *param)
{
    const char *arrow = span_search(param->name, SPAN("=>"));
    item_name *name = arrow ? pv_cache_alloc(cache, sizeof *name) : NULL;
    if (name == NULL) return false;
    const kl_span key = span_between(arrow + 2, param->name.s + param->name.n);
    name->table = span_trim(span_between(param->name.s, arrow));
    name->found = htable_find(shared_htables(cache->ctx->shared), name->table);
    name->literal = span_find(key, '$') ? SPAN_NULL : key;
    name->format = name->literal.s == NULL ? format_parse(cache, key) : NULL;
    param->compiled = name;
    return name->table.n > 0 && (name->literal.s != NULL || name->format != NULL);
}

/* False: there is no such table, or the key cannot be made. */
static bool resolve(kl_ctx *ctx, const pv_param *param, core_htable **table, kl_span *key)
{
    const item_name *name = param->compiled;
    *table = name->found ? name->found : htable_find(shared_htables(ctx->shared), name->table);
    *key = name->literal;
    if (*table == NULL)
        ctx_misuse(ctx, KL_LOG_ERR, "there is no hash table \"%.*s\"", (int)name->table.n, name->table.s);
    return *table != NULL && (key->s != NULL || format_span(ctx, name->format, key));
}

static void give(const kl_value *value, pv_value *out)
{
    if (value->type == KL_TYPE_STR) pv_str(out, value->s);
    else if (value->type == KL_TYPE_NULL) pv_null(out);
    else pv_int(out, value->i);
}

static bool get_sht(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    core_htable *table;
    kl_span key;
    kl_value value;
    (void)data;
    pv_null(out);
    if (!resolve(ctx, param, &table, &key)) return true;
    if (!htable_get(table, key, ctx->now, ctx->scratch, &value)) return false;
    give(&value, out);
    return true;
}

static bool set_sht(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    core_htable *table;
    kl_span key;
    kl_value stored = {.type = KL_TYPE_STR};
    (void)data;
    if (!resolve(ctx, param, &table, &key)) return false;
    if (value->flags & PV_NULL) {
        htable_remove(table, key);
        return true;
    }
    if ((value->flags & PV_IS_INT) || !(value->flags & PV_STR))
        stored = (kl_value){.type = KL_TYPE_LONG, .i = value->i};
    else stored.s = value->s.s ? value->s : SPAN("");
    return limit_htable(ctx, table, htable_set(table, key, &stored, 0, ctx->now));
}

static bool get_shtex(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    core_htable *table;
    kl_span key;
    (void)data;
    pv_null(out);
    if (resolve(ctx, param, &table, &key)) pv_int(out, (int32_t)htable_expire(table, key, ctx->now));
    return true;
}

/* Null and texts end the time to live, as 0 does. */
static bool set_shtex(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    core_htable *table;
    kl_span key;
    (void)data;
    if (!resolve(ctx, param, &table, &key)) return false;
    htable_set_expire(table, key, value->flags & PV_INT ? value->i : 0, ctx->now);
    return true;
}

/* data: what is added. */
static bool get_shtinc(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    core_htable *table;
    kl_span key;
    int64_t sum;
    pv_null(out);
    if (resolve(ctx, param, &table, &key) && limit_htable(ctx, table, htable_add(table, key, data, ctx->now, &sum)))
        pv_int(out, sum);
    return true;
}

/* data 1: by value. */
static bool get_count(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    core_htable *table;
    kl_span text;
    htable_match match = {.by_value = data != 0, .alive = true};
    pv_null(out);
    if (resolve(ctx, param, &table, &text))
        pv_int(out, htable_match_parse(ctx, text, &match) ? htable_count(table, &match, ctx->now) : 0);
    return true;
}

/* ---- the item that has just expired, and the one an iterator stands on */

static const char *const record_names[] = {"key", "value"};

static bool parse_record(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, record_names, COUNT(record_names));
}

static bool get_record(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const htable_item *item = ctx->per_engine->expired;
    (void)data;
    pv_null(out);
    if (item == NULL) return false;
    if (param->key == 0) pv_str(out, item->key);
    else give(&item->value, out);
    return true;
}

static bool parse_iterator(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return param->name.n > 0;
}

/* data 0: the key, 1: the value. */
static bool get_iterator(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    htable_item item;
    pv_null(out);
    if (!htable_iterator_item(ctx, htable_iterator_named(ctx->per_engine, param->name), &item)) return true;
    if (data == 0) pv_str(out, item.key);
    else give(&item.value, out);
    return true;
}

/* ---- not of htable, but made of the same local state */

static bool get_random(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, random_next(ctx));
    return true;
}

static const pv_class classes[] = {
    {"sht", get_sht, set_sht, parse_item, PV_CLASS_NO_MSG, 0},
    {"shtex", get_shtex, set_shtex, parse_item, PV_CLASS_NO_MSG, 0},
    {"shtinc", get_shtinc, NULL, parse_item, PV_CLASS_NO_MSG, 1},
    {"shtdec", get_shtinc, NULL, parse_item, PV_CLASS_NO_MSG, -1},
    {"shtcn", get_count, NULL, parse_item, PV_CLASS_NO_MSG, 0},
    {"shtcv", get_count, NULL, parse_item, PV_CLASS_NO_MSG, 1},
    {"shtrecord", get_record, NULL, parse_record, PV_CLASS_NO_MSG, 0},
    {"shtitkey", get_iterator, NULL, parse_iterator, PV_CLASS_NO_MSG, 0},
    {"shtitval", get_iterator, NULL, parse_iterator, PV_CLASS_NO_MSG, 1},
    {"RANDOM", get_random, NULL, NULL, PV_CLASS_NO_MSG, 0},
};

CLASS_TABLE(pv_htable_table);
