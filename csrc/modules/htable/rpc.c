/* rpc.c: the commands of htable, in the shapes that Kamailio's jsonrpcs gives them. */
#include "htable.h"

#include <time.h>

#include "base/calendar.h"
#include "modules/rpc_values.h"

#define FAULT_NO_TABLE "No such htable"
#define FAULT_NO_NAME  "No htable name given"
#define DONE_SET       "Ok. Key set to new value."

/* ---- one item */

typedef struct request {
    core_htable *table;
    kl_span key;
} request;

/* 0, or the code of the fault. `wanted`: parameters, which `few` asks for. */
static int read_request(kl_ctx *ctx, const kl_value *args, size_t count, kl_arena *arena, size_t wanted,
                        const char *few, request *out, kl_value *result)
{
    const kl_span name = rpc_text(arena, args, count, 0);
    out->table = NULL;
    out->key = rpc_text(arena, args, count, 1);
    if (count < wanted || !name.s || (wanted > 1 && !out->key.s)) return rpc_fault(result, 500, few);
    out->table = htable_find(shared_htables(ctx->shared), name);
    return out->table ? 0 : rpc_fault(result, 500, FAULT_NO_TABLE);
}

static bool add_expire(kl_arena *arena, kl_item ***tail, int64_t expire)
{
    char text[32];
    const time_t when = (time_t)expire;
    struct tm local;
    if (expire == 0) return rpc_add_text(arena, tail, "expire", SPAN("NEVER"));
    if (!localtime_r(&when, &local)) return false;
    return rpc_add_text(arena, tail, "expire",
                        span_of(text, calendar_format(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local)));
}

typedef struct search {
    kl_span key;
    kl_arena *arena;
    kl_item **tail;
    bool found, good;
} search;

static htable_verdict describe(void *with, const htable_item *item)
{
    search *one = with;
    kl_item **inner;
    if (item->expired || !span_eq(item->key, one->key)) return HTABLE_ON;
    one->found = true;
    one->good = rpc_add_struct(one->arena, &one->tail, "item", &inner) &&
                rpc_add_text(one->arena, &inner, "name", item->key) &&
                rpc_add_value(one->arena, &inner, "value", &item->value) &&
                rpc_add_number(one->arena, &inner, "flags", item->value.type == KL_TYPE_STR ? 2 : 0) &&
                add_expire(one->arena, &inner, item->expire);
    return HTABLE_STOP;
}

static int rpc_get(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    request wanted;
    kl_item *items = NULL;
    (void)state;
    const int code = read_request(ctx, args, count, arena, 2, "Not enough parameters (htable name and key name)",
                                  &wanted, out);
    if (code) return code;
    search one = {.key = wanted.key, .arena = arena, .tail = &items};
    htable_visit(wanted.table, ctx->now, describe, &one);
    if (!one.found) return rpc_fault(out, 500, "Key name doesn't exist in htable.");
    *out = (kl_value){.type = KL_TYPE_DICT, .items = items};
    return one.good ? 0 : rpc_no_memory(out);
}

static int rpc_delete(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    request wanted;
    (void)state;
    const int code = read_request(ctx, args, count, arena, 2, "Not enough parameters (htable name & key name)", &wanted,
                                  out);
    if (code) return code;
    return htable_remove(wanted.table, wanted.key) ? rpc_done(out, "Ok. Key deleted.")
                                                   : rpc_fault(out, 404, "Key not found in htable.");
}

#define FEW_TO_SET "Not enough parameters (htable name, key name and value)"

/* wants 4: with a time to live behind the value. A text that there is not, or no memory for, is a parameter too few. */
static int set(kl_ctx *ctx, const kl_value *args, size_t count, kl_arena *arena, size_t wants, kl_value value,
               kl_value *out)
{
    request wanted;
    const bool made = value.type != KL_TYPE_STR || value.s.s;
    const int code = read_request(ctx, args, made ? count : 0, arena, wants, FEW_TO_SET, &wanted, out);
    if (code) return code;
    const int64_t seconds = wants > 3 ? rpc_number(args, count, 3) : 0;
    return htable_set(wanted.table, wanted.key, &value, seconds, ctx->now) ? rpc_done(out, DONE_SET)
                                                                           : rpc_no_memory(out);
}

static kl_value as_text(kl_arena *arena, const kl_value *args, size_t count)
{
    return (kl_value){.type = KL_TYPE_STR, .s = rpc_text(arena, args, count, 2)};
}
static kl_value as_number(const kl_value *args, size_t count)
{
    return (kl_value){.type = KL_TYPE_LONG, .i = rpc_number(args, count, 2)};
}

static int rpc_sets(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return set(ctx, args, count, arena, 3, as_text(arena, args, count), out);
}

static int rpc_seti(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return set(ctx, args, count, arena, 3, as_number(args, count), out);
}

static int rpc_setxs(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return set(ctx, args, count, arena, 4, as_text(arena, args, count), out);
}

static int rpc_setxi(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return set(ctx, args, count, arena, 4, as_number(args, count), out);
}

static int rpc_setex(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    request wanted;
    (void)state;
    const int code = read_request(ctx, args, count, arena, 3, FEW_TO_SET, &wanted, out);
    if (code) return code;
    htable_set_expire(wanted.table, wanted.key, rpc_number(args, count, 2), ctx->now);
    return rpc_done(out, "Ok");
}

/* ---- whole tables */

static int rpc_flush(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    request wanted;
    (void)state;
    const int code = read_request(ctx, args, count, arena, 1, FAULT_NO_NAME, &wanted, out);
    if (code) return code;
    htable_clear(wanted.table);
    return rpc_done(out, "Ok. Htable flushed.");
}

typedef struct dump {
    kl_arena *arena;
    kl_item **tail, **slot_tail;
    kl_value *size; /* of the slot being filled; NULL before the first */
    uint32_t slot;
    bool good;
} dump;

static bool open_slot(dump *all, uint32_t slot)
{
    kl_item **inner;
    kl_value *items;
    if (all->size && all->slot == slot) return true;
    if (!rpc_add_struct(all->arena, &all->tail, NULL, &inner) || !rpc_add_number(all->arena, &inner, "entry", slot))
        return false;
    all->slot = slot;
    all->size = rpc_add(all->arena, &inner, "size");
    items = all->size ? rpc_add(all->arena, &inner, "slot") : NULL;
    if (!items) return false;
    value_long(all->size, 0);
    *items = (kl_value){.type = KL_TYPE_ARRAY};
    all->slot_tail = &items->items;
    return true;
}

static htable_verdict dump_item(void *with, const htable_item *item)
{
    dump *all = with;
    kl_item **inner;
    all->good = open_slot(all, item->place.slot) && rpc_add_struct(all->arena, &all->slot_tail, NULL, &inner) &&
                rpc_add_text(all->arena, &inner, "name", item->key) &&
                rpc_add_value(all->arena, &inner, "value", &item->value) &&
                rpc_add_text(all->arena, &inner, "type", item->value.type == KL_TYPE_STR ? SPAN("str") : SPAN("int"));
    if (all->good) all->size->i++;
    return all->good ? HTABLE_ON : HTABLE_STOP;
}

static int rpc_dump(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    request wanted;
    kl_item *items = NULL;
    dump all = {.arena = arena, .tail = &items, .good = true};
    (void)state;
    const int code = read_request(ctx, args, count, arena, 1, FAULT_NO_NAME, &wanted, out);
    if (code) return code;
    htable_visit(wanted.table, ctx->now, dump_item, &all);
    *out = (kl_value){.type = KL_TYPE_ARRAY, .items = items};
    return all.good ? 0 : rpc_no_memory(out);
}

static bool list_table(kl_arena *arena, kl_item ***tail, const core_htable *table)
{
    const htable_definition *def = htable_of(table);
    kl_item **inner;
    return rpc_add_struct(arena, tail, NULL, &inner) && rpc_add_text(arena, &inner, "name", def->name) &&
           rpc_add_text(arena, &inner, "dbtable", def->dbtable) &&
           rpc_add_number(arena, &inner, "dbmode", def->dbmode) &&
           rpc_add_number(arena, &inner, "expire", def->autoexpire) &&
           rpc_add_number(arena, &inner, "updateexpire", def->updateexpire) &&
           rpc_add_number(arena, &inner, "size", INT64_C(1) << htable_slots_log2(table)) &&
           rpc_add_number(arena, &inner, "dmqreplicate", def->dmqreplicate);
}

static int rpc_list(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    kl_item *items = NULL, **tail = &items;
    core_htable *table = htable_next(shared_htables(ctx->shared), NULL);
    (void)state, (void)args, (void)count;
    if (!table) return rpc_fault(out, 500, "No htables");
    for (; table; table = htable_next(shared_htables(ctx->shared), table))
        if (!list_table(arena, &tail, table)) return rpc_no_memory(out);
    *out = (kl_value){.type = KL_TYPE_ARRAY, .items = items};
    return 0;
}

/* How many items the fullest and the emptiest slot have. Items come in order of their slots. */
typedef struct census {
    int64_t all, here, most, least, slots;
    uint32_t slot;
} census;

static void close_slot(census *counted)
{
    if (counted->here == 0) return;
    if (counted->here > counted->most) counted->most = counted->here;
    if (counted->here < counted->least) counted->least = counted->here;
    counted->slots++;
    counted->here = 0;
}

static htable_verdict take_census(void *with, const htable_item *item)
{
    census *counted = with;
    if (item->place.slot != counted->slot) close_slot(counted);
    counted->slot = item->place.slot;
    counted->here++;
    counted->all++;
    return HTABLE_ON;
}

static bool count_table(kl_arena *arena, kl_item ***tail, core_htable *table, double now)
{
    const int64_t slots = INT64_C(1) << htable_slots_log2(table);
    census counted = {.least = INT64_MAX};
    kl_item **inner;
    htable_visit(table, now, take_census, &counted);
    close_slot(&counted);
    if (counted.slots < slots) counted.least = 0;
    return rpc_add_struct(arena, tail, NULL, &inner) && rpc_add_text(arena, &inner, "name", htable_of(table)->name) &&
           rpc_add_number(arena, &inner, "slots", slots) && rpc_add_number(arena, &inner, "all", counted.all) &&
           rpc_add_number(arena, &inner, "min", counted.least) && rpc_add_number(arena, &inner, "max", counted.most);
}

static int rpc_stats(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    kl_item *items = NULL, **tail = &items;
    core_htable *table = htable_next(shared_htables(ctx->shared), NULL);
    (void)state, (void)args, (void)count;
    if (!table) return rpc_fault(out, 500, "No htables");
    for (; table; table = htable_next(shared_htables(ctx->shared), table))
        if (!count_table(arena, &tail, table, ctx->now)) return rpc_no_memory(out);
    *out = (kl_value){.type = KL_TYPE_ARRAY, .items = items};
    return 0;
}

/* As in a Kamailio whose htable has no db_url. */
static int rpc_database(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)ctx, (void)state, (void)args, (void)count, (void)arena;
    return rpc_fault(out, 500, "No htable db_url");
}

#define NO_DATABASE "A fault: tables come from modparams here, and there is no db_url."

const module_command htable_commands[] = {
    MODULE_COMMAND("htable.delete", rpc_delete, "TABLE KEY", "Remove an item."),
    MODULE_COMMAND("htable.dump", rpc_dump, "TABLE",
                   "The slots that hold items, each with its number, its size, and name, value and type of its items."),
    MODULE_COMMAND("htable.flush", rpc_flush, "TABLE", "Remove all items."),
    MODULE_COMMAND("htable.get", rpc_get, "TABLE KEY", "An item: its name and its value."),
    MODULE_COMMAND("htable.listTables", rpc_list, "", "Every table with its parameters."),
    MODULE_COMMAND("htable.reload", rpc_database, "TABLE", NO_DATABASE),
    MODULE_COMMAND("htable.setex", rpc_setex, "TABLE KEY SECONDS", "Let an item expire so many seconds from now."),
    MODULE_COMMAND("htable.seti", rpc_seti, "TABLE KEY NUMBER", "Set an item to a number."),
    MODULE_COMMAND("htable.sets", rpc_sets, "TABLE KEY TEXT", "Set an item to a text."),
    MODULE_COMMAND("htable.setxi", rpc_setxi, "TABLE KEY NUMBER SECONDS",
                   "Set an item to a number that expires so many seconds from now."),
    MODULE_COMMAND("htable.setxs", rpc_setxs, "TABLE KEY TEXT SECONDS",
                   "Set an item to a text that expires so many seconds from now."),
    MODULE_COMMAND(
        "htable.stats", rpc_stats, "",
        "Every table with the number of its slots and items, and of those in its fullest and emptiest slot."),
    MODULE_COMMAND("htable.store", rpc_database, "TABLE", NO_DATABASE),
    {0},
};
