#include "kemi.h"

#include "base/mem.h"

static const char ksr_key; /* its address is the registry key of KSR */

void kemi_init(kemi_table *table)
{
    *table = (kemi_table){0};
    runs_init(&table->rows, sizeof(kl_row));
    arena_init_small(&table->arena, 0, 512);
}

void kemi_done(kemi_table *table)
{
    runs_free(&table->rows);
    kl_free(table->index);
    arena_free(&table->arena);
    *table = (kemi_table){0};
}

/* ---- looking up */

static size_t hash(kl_span module, kl_span name)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < module.n; i++) h = (h ^ (unsigned char)module.s[i]) * 16777619u;
    h = (h ^ '.') * 16777619u;
    for (size_t i = 0; i < name.n; i++) h = (h ^ (unsigned char)name.s[i]) * 16777619u;
    return h;
}

static bool is_row(const kl_row *row, kl_span module, kl_span name)
{
    return span_eq(span_text(row->name), name) && span_eq(span_text(row->module), module);
}

/* The place of a row in the index, or the empty one where it belongs. */
static size_t place_of(const kemi_table *table, kl_span module, kl_span name)
{
    size_t at = hash(module, name) & (table->index_cap - 1);
    while (table->index[at] && !is_row(kemi_row(table, table->index[at] - 1u), module, name))
        at = (at + 1) & (table->index_cap - 1);
    return at;
}

static size_t place_for(const kemi_table *table, const kl_row *row)
{
    return place_of(table, span_text(row->module), span_text(row->name));
}

const kl_row *kemi_find(const kemi_table *table, kl_span module, kl_span name)
{
    if (table->rows.count == 0) return NULL;
    const size_t number = table->index[place_of(table, module, name)];
    return number ? kemi_row(table, number - 1) : NULL;
}

/* ---- adding */

static bool is_identifier(const char *name)
{
    if (!name || !(char_is(*name, SPAN_ALPHA) || *name == '_')) return false;
    while (char_is(*name, SPAN_ALPHA | SPAN_DIGIT) || *name == '_') name++;
    return *name == '\0';
}

static const char *const x_names[] = {"exit", "drop", "probe", "modf"};

/* KSR.x is no part of the table, but its names are taken. */
static bool is_taken_by_x(const kl_row *row)
{
    if (strcmp(row->module, "x") != 0) return row->module[0] == '\0' && strcmp(row->name, "x") == 0;
    for (size_t i = 0; i < sizeof x_names / sizeof *x_names; i++)
        if (strcmp(row->name, x_names[i]) == 0) return true;
    return false;
}

/* KSR.name can be a function or the table of a module. */
static bool is_both(const kemi_table *table, const kl_row *row)
{
    if (row->module[0]) return kemi_find(table, SPAN(""), span_text(row->module)) != NULL;
    for (size_t i = 0; i < table->rows.count; i++)
        if (strcmp(kemi_row(table, i)->module, row->name) == 0) return true;
    return false;
}

static bool is_param_type(const kl_row *row, kl_type type)
{
    return type == KL_TYPE_STR || type == KL_TYPE_INT || type == KL_TYPE_LONG || (type == KL_TYPE_XVAL && !row->fn);
}

static bool is_return_type(kl_type type)
{
    return type == KL_TYPE_NONE || type == KL_TYPE_BOOL || type == KL_TYPE_INT || type == KL_TYPE_XVAL;
}

static kl_status check_row(const kemi_table *table, const kl_row *row, kl_error *err)
{
    if (!row->module || (row->module[0] && !is_identifier(row->module)) || !is_identifier(row->name))
        return error_set(err, KL_EROW, "KSR.%s.%s: not a name that a script could write",
                         row->module ? row->module : "", row->name ? row->name : "");
    const char *dot = row->module[0] ? "." : "";
    const int most = row->fn ? KL_MAX_PARAMS : KL_EXPORT_MAX_PARAMS, types = (int)row_type_count(row);
    if (row->nparams > most)
        return error_set(err, KL_EROW, "KSR.%s%s%s: more than %d parameters", row->module, dot, row->name, most);
    for (int i = 0; i < types; i++)
        if (!is_param_type(row, row_types(row)[i]))
            return error_set(err, KL_EROW, "KSR.%s%s%s: parameter %d has a type that cannot be", row->module, dot,
                             row->name, i + 1);
    if (!is_return_type(row->returns))
        return error_set(err, KL_EROW, "KSR.%s%s%s: the result has a type that cannot be", row->module, dot, row->name);
    if (is_taken_by_x(row))
        return error_set(err, KL_EROW, "KSR.%s%s%s is there already, and cannot be replaced", row->module, dot,
                         row->name);
    if (!(row->flags & KL_EXPORT_OVERRIDE) && kemi_find(table, span_text(row->module), span_text(row->name)))
        return error_set(err, KL_EROW, "KSR.%s%s%s is there already; override=True replaces it", row->module, dot,
                         row->name);
    if (is_both(table, row))
        return error_set(err, KL_EROW, "KSR.%s cannot be a function and a module",
                         row->module[0] ? row->module : row->name);
    if (table->rows.count == KEMI_MAX_ROWS) return error_set(err, KL_EROW, "more than %d KSR functions", KEMI_MAX_ROWS);
    return KL_OK;
}

/* At most three quarters full. */
static bool grow_index(kemi_table *table)
{
    if (4 * (table->rows.count + 1) <= 3 * table->index_cap) return true;
    const size_t cap = table->index_cap ? table->index_cap * 2 : 128;
    uint16_t *grown = kl_calloc(cap, sizeof *grown);
    if (!grown) return false;
    kl_free(table->index);
    table->index = grown;
    table->index_cap = cap;
    for (size_t i = 0; i < table->rows.count; i++) grown[place_for(table, kemi_row(table, i))] = (uint16_t)(i + 1);
    return true;
}

/* A row of the same name gives up its place. */
static kl_status add(kemi_table *table, const kl_row *row, kl_error *err)
{
    const size_t before = table->rows.count ? table->index[place_for(table, row)] : 0;
    const bool added = before ? runs_replace(&table->rows, before - 1, row)
                              : grow_index(table) && runs_add(&table->rows, row);
    if (!added) return error_set(err, KL_ENOMEM, "out of memory adding KSR functions");
    if (!before) table->index[place_for(table, row)] = (uint16_t)table->rows.count;
    return KL_OK;
}

kl_status kemi_add(kemi_table *table, const kl_row *row, kl_error *err)
{
    kl_status status = check_row(table, row, err);
    return status == KL_OK ? add(table, row, err) : status;
}

/* Everything a row of Python points to, in the arena of the table; false: memory ended. */
static bool own_texts(kl_arena *arena, kl_row *own)
{
    const size_t count = row_type_count(own);
    own->module = arena_copy(arena, span_text(own->module)).s;
    own->name = arena_copy(arena, span_text(own->name)).s;
    own->marks = (const unsigned char *)arena_copy(arena, span_of((const char *)own->marks, count)).s;
    kl_type *types = arena_alloc(arena, (count + 1) * sizeof *types);
    if (!own->module || !own->name || !own->marks || !types) return false;
    if (count) memcpy(types, own->types, count * sizeof *types);
    own->types = types;
    return true;
}

kl_status kemi_add_copy(kemi_table *table, const kl_row *row, const kl_row **added, kl_error *err)
{
    kl_status status = check_row(table, row, err);
    if (status != KL_OK) return status;
    kl_row *own = arena_alloc(&table->arena, sizeof *own);
    if (own) *own = *row;
    if (!own || !own_texts(&table->arena, own)) return error_set(err, KL_ENOMEM, "out of memory adding KSR functions");
    status = add(table, own, err);
    if (status == KL_OK) *added = own;
    return status;
}

/* ---- building KSR */

/* Pushes t[name] of the table on top, made with that much room when it is none (+1). */
static void push_sub_table(lua_State *L, const char *name, int room)
{
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_createtable(L, 0, room);
    paths_mark(L, NULL);
    lua_pushstring(L, name);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
}

/* Adds the function of a row to KSR, which is on top. Uses 5 slots, +0. */
static void set_row(lua_State *L, const kl_row *row, int room)
{
    const int top = lua_gettop(L);
    if (row->module[0]) push_sub_table(L, row->module, room);
    lua_pushstring(L, row->name);
    kemi_push_function(L, row);
    lua_rawset(L, -3);
    lua_settop(L, top);
}

/* The rows of a module stand together: how many there are from this one on. */
static size_t run_of(const kemi_table *table, size_t from)
{
    size_t end = from + 1;
    while (end < table->rows.count && strcmp(kemi_row(table, end)->module, kemi_row(table, from)->module) == 0) end++;
    return end - from;
}

/* Tables that grow are larger than they need be, and leave behind what they grew out of. */
static int names_in_ksr(const kemi_table *table)
{
    size_t names = 1; /* x */
    for (size_t i = 0, n; i < table->rows.count; i += n) {
        n = run_of(table, i);
        names += kemi_row(table, i)->module[0] ? 1 : n;
    }
    return (int)names;
}

void kemi_open(lua_State *L, void *arg)
{
    const kemi_table *table = arg;
    if (!lua_checkstack(L, 12)) return; /* only where nothing works any more: a new state has room */
    lua_createtable(L, 0, names_in_ksr(table));
    for (size_t i = 0, end = 0; i < table->rows.count; i++) {
        if (i == end) end += run_of(table, i);
        set_row(L, kemi_row(table, i), (int)(end - i));
    }
    lua_pushliteral(L, "x");
    kemi_push_x(L, table);
    paths_mark(L, NULL);
    lua_rawset(L, -3);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ksr_key);
    lua_pushvalue(L, -1);
    lua_setglobal(L, "KSR");
    paths_mark(L, "KSR");
    lua_pop(L, 1);
}

void kemi_open_row(lua_State *L, void *row)
{
    if (!lua_checkstack(L, 8)) return;
    if (!kemi_push_ksr(L)) return;
    set_row(L, row, 1);
    lua_pop(L, 1);
}

bool kemi_push_ksr(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ksr_key) == LUA_TTABLE) return true;
    lua_pop(L, 1);
    return false;
}
