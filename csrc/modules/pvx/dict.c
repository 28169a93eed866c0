/* dict.c: entries of $xavp and $xavi as Lua tables. */
#include "pvx.h"

/* ---- grouping in one pass: whoever fills a list from a message decides how long it is */

typedef struct group_table {
    pvx_group **slots; /* open addressing, at most half full */
    size_t mask;
    bool fold;
} group_table;

static size_t hash_of(kl_span name)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a, of lower case */
    for (size_t i = 0; i < name.n; i++) h = (h ^ (unsigned char)char_lower(name.s[i])) * 1099511628211u;
    return (size_t)span_hash_mix(h);
}

static pvx_group **slot_of(const group_table *table, kl_span name)
{
    size_t i = hash_of(name) & table->mask;
    for (; table->slots[i]; i = (i + 1) & table->mask)
        if (table->fold ? span_eqi(table->slots[i]->name, name) : span_eq(table->slots[i]->name, name)) break;
    return &table->slots[i];
}

static bool table_for(kl_ctx *ctx, const store_item *fields, group_table *table)
{
    size_t count = 0, cap = 8;
    for (; fields; fields = fields->next) count++;
    while (cap < count * 2) cap *= 2;
    table->mask = cap - 1;
    table->slots = arena_zalloc(ctx->scratch, cap * sizeof *table->slots);
    return table->slots != NULL;
}

static bool add_value(kl_ctx *ctx, pvx_group *group, const store_item *field)
{
    kl_item *item = arena_zalloc(ctx->scratch, sizeof *item);
    if (!item) return false;
    pv_to_value(ctx, &field->value, &item->value);
    *group->values_tail = item;
    group->values_tail = &item->next;
    return true;
}

bool pvx_group_fields(kl_ctx *ctx, store_item *fields, bool fold, pvx_group **out)
{
    group_table table = {.fold = fold};
    if (!table_for(ctx, fields, &table)) return false;
    for (*out = NULL; fields; fields = fields->next) {
        pvx_group **slot = slot_of(&table, fields->name);
        if (!*slot) {
            *slot = arena_zalloc(ctx->scratch, sizeof **slot);
            if (!*slot) return false;
            (*slot)->name = fields->name;
            (*slot)->first = fields;
            (*slot)->values_tail = &(*slot)->values;
            *out = *slot;
            out = &(*slot)->next;
        }
        if (!add_value(ctx, *slot, fields)) return false;
    }
    return true;
}

/* ---- the tables */

static bool folds(const kl_ctx *ctx) { return (pvx_data(ctx) & PVX_LIST) == PVX_XAVI; }

/* The fields of an entry behind *tail, {field = {values}}. */
static bool append_fields(kl_ctx *ctx, const store_item *root, kl_item ***tail)
{
    pvx_group *groups;
    if (!pvx_group_fields(ctx, root->fields.first, folds(ctx), &groups)) return false;
    for (; groups; groups = groups->next) {
        kl_item *item = arena_zalloc(ctx->scratch, sizeof *item);
        if (!item) return false;
        item->key = groups->name;
        item->value = (kl_value){.type = KL_TYPE_ARRAY, .items = groups->values};
        **tail = item;
        *tail = &item->next;
    }
    return true;
}

/* An empty list is what lies on top of the Lua stack in Kamailio: the last argument of the call. */
static void give_array(kl_value *out, kl_item *items, const kl_value *last)
{
    if (items) *out = (kl_value){.type = KL_TYPE_ARRAY, .items = items};
    else *out = *last;
}

KSR_FN(pvx_get_keys)
{
    pvx_group *groups;
    kl_item *items = NULL, **tail = &items;
    const store_item *root = args[1].i < 0 ? NULL : pvx_root(ctx, args[0].s, args[1].i);
    if (!root || !pvx_group_fields(ctx, root->fields.first, folds(ctx), &groups)) return -1;
    for (; groups; groups = groups->next) {
        kl_item *item = arena_zalloc(ctx->scratch, sizeof *item);
        if (!item) return -1;
        value_str(&item->value, groups->name);
        *tail = item;
        tail = &item->next;
    }
    give_array(out, items, &args[1]);
    return 1;
}

/* Of an entry without fields: an empty table. */
KSR_FN(pvx_getd_p1)
{
    kl_item *items = NULL, **tail = &items;
    const store_item *root = pvx_root(ctx, args[0].s, args[1].i);
    if (root && append_fields(ctx, root, &tail)) *out = (kl_value){.type = KL_TYPE_DICT, .items = items};
    return 1;
}

/* Kamailio chains the fields of all entries into one list; element k of the result has the fields from the k-th on.
 * Later ones of a name win. */
KSR_FN(pvx_getd)
{
    const store_name name = pvx_name(ctx, args[0].s);
    kl_item *fields = NULL, **tail = &fields, *elements = NULL, **last = &elements;
    const store_item *root = pvx_root(ctx, args[0].s, 0);
    if (!root) return -1;
    for (; root; root = store_after(pvx_list(ctx), root, &name))
        if (!append_fields(ctx, root, &tail)) return -1;
    for (kl_item *field = fields; field; field = field->next) {
        kl_item *element = arena_zalloc(ctx->scratch, sizeof *element);
        if (!element) return -1;
        element->value = (kl_value){.type = KL_TYPE_DICT, .items = field};
        *last = element;
        last = &element->next;
    }
    give_array(out, elements, &args[0]);
    return 1;
}
