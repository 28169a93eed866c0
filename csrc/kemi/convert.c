/* The tables "Argument conversion" and "Return conversion" of app_lua. Deliberately different: an empty array is an
 * empty table (there it is whatever lies on top of the stack), a long inside a dictionary is a number (there false), a
 * long parameter keeps all 64 bits of a Lua integer (there it goes through a double). */
#include "kemi.h"

#include <lauxlib.h>
#include <stdio.h>

#define MAX_DEPTH      32
#define BYTES_PER_UNIT 16

/* ---- arguments */

/* Numbers and numeric strings that are integral, "0x10" and "3.0" too; 0 for the rest. */
static int64_t integral(lua_State *L, int index)
{
    int is_integral;
    const lua_Integer i = lua_tointegerx(L, index, &is_integral);
    return is_integral ? (int64_t)i : 0;
}

/* The same with the fraction dropped, held within 64 bits. */
static int64_t whole(lua_State *L, int index)
{
    int good;
    const lua_Integer i = lua_tointegerx(L, index, &good);
    if (good) return (int64_t)i;
    const lua_Number number = lua_tonumberx(L, index, &good);
    if (!good || number != number) return 0;
    if (number >= 0x1p63) return INT64_MAX;
    return number < -0x1p63 ? INT64_MIN : (int64_t)number;
}

void convert_arg(lua_State *L, int index, kl_type type, kl_value *out)
{
    out->type = type;
    if (KL_LIKELY(type == KL_TYPE_STR)) {
        /* a number becomes its text in place; NULL and 0 for the rest: the null string */
        out->s.s = lua_tolstring(L, index, &out->s.n);
        if (KL_UNLIKELY(out->s.n >= CONVERT_LONG_TEXT)) vm_pay(vm_of(L), (int64_t)(out->s.n / BYTES_PER_UNIT));
        /* but for a caught exception of Python, which is text to scripts */
        if (KL_UNLIKELY(!out->s.s)) vm_python_error(L, index, &out->s, NULL);
    } else if (type == KL_TYPE_INT) {
        out->i = (int32_t)(uint32_t)(uint64_t)integral(L, index);
    } else {
        out->i = whole(L, index);
    }
}

/* ---- any value */

static bool copy_text(kl_arena *arena, kl_span text, kl_span *out)
{
    *out = arena_copy(arena, text);
    return out->s != NULL;
}

/* The text of a number as Lua writes it, without changing the value (lua_next needs its keys as they are). */
static kl_span number_text(lua_State *L, int index, char *place, size_t cap)
{
    const int n = lua_isinteger(L, index)
                      ? snprintf(place, cap, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index))
                      : snprintf(place, cap, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, index));
    return span_of(place, (size_t)n);
}

static bool read_key(lua_State *L, int index, kl_arena *arena, kl_span *key)
{
    char place[64];
    if (lua_type(L, index) != LUA_TSTRING) return copy_text(arena, number_text(L, index, place, sizeof place), key);
    size_t n;
    const char *s = lua_tolstring(L, index, &n);
    return copy_text(arena, span_of(s, n), key);
}

static bool read_value(lua_State *L, int index, kl_arena *arena, int depth, kl_value *out);

/* Keys 1..n and no other: its length is asked without metamethods and every other key counted. */
static bool is_list(lua_State *L, int table)
{
    const lua_Unsigned length = lua_rawlen(L, table);
    lua_Unsigned count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (++count > length || !lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 ||
            (lua_Unsigned)lua_tointeger(L, -2) > length) {
            lua_pop(L, 2);
            return false;
        }
    }
    return count == length;
}

static kl_item *add_item(kl_arena *arena, kl_item ***tail)
{
    kl_item *item = arena_zalloc(arena, sizeof *item);
    if (!item) return NULL;
    **tail = item;
    *tail = &item->next;
    return item;
}

static bool read_list(lua_State *L, int table, kl_arena *arena, int depth, kl_value *out)
{
    kl_item **tail = &out->items;
    const lua_Unsigned length = lua_rawlen(L, table);
    for (lua_Unsigned i = 1; i <= length; i++) {
        kl_item *item = add_item(arena, &tail);
        lua_rawgeti(L, table, (lua_Integer)i);
        const bool good = item && read_value(L, lua_gettop(L), arena, depth, &item->value);
        lua_pop(L, 1);
        if (!good) return false;
    }
    return true;
}

static bool read_dict(lua_State *L, int table, kl_arena *arena, int depth, kl_value *out)
{
    kl_item **tail = &out->items;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        const int type = lua_type(L, -2);
        if (type != LUA_TSTRING && type != LUA_TNUMBER) continue;
        kl_item *item = add_item(arena, &tail);
        if (!item || !read_key(L, -2, arena, &item->key) || !read_value(L, lua_gettop(L), arena, depth, &item->value)) {
            lua_pop(L, 2);
            return false;
        }
    }
    return true;
}

static bool read_table(lua_State *L, int table, kl_arena *arena, int depth, kl_value *out)
{
    if (depth >= MAX_DEPTH || !lua_checkstack(L, 4)) return false;
    out->items = NULL;
    if (is_list(L, table)) {
        out->type = KL_TYPE_ARRAY;
        return read_list(L, table, arena, depth + 1, out);
    }
    out->type = KL_TYPE_DICT;
    return read_dict(L, table, arena, depth + 1, out);
}

static void read_number(lua_State *L, int index, kl_value *out)
{
    if (lua_isinteger(L, index)) {
        out->i = lua_tointeger(L, index);
        out->type = out->i >= INT32_MIN && out->i <= INT32_MAX ? KL_TYPE_INT : KL_TYPE_LONG;
    } else {
        out->type = KL_TYPE_FLOAT;
        out->f = lua_tonumber(L, index);
    }
}

/* index is absolute. */
static bool read_value(lua_State *L, int index, kl_arena *arena, int depth, kl_value *out)
{
    size_t n;
    const char *s;
    switch (lua_type(L, index)) {
    case LUA_TNIL: out->type = KL_TYPE_NULL; return true;
    case LUA_TBOOLEAN:
        out->type = KL_TYPE_BOOL;
        out->i = lua_toboolean(L, index);
        return true;
    case LUA_TNUMBER: read_number(L, index, out); return true;
    case LUA_TSTRING:
        s = lua_tolstring(L, index, &n);
        out->type = KL_TYPE_STR;
        return copy_text(arena, span_of(s, n), &out->s);
    case LUA_TTABLE: return read_table(L, index, arena, depth, out);
    default: out->type = KL_TYPE_NONE; return true;
    }
}

bool convert_any(lua_State *L, int index, kl_arena *arena, kl_value *out)
{
    return read_value(L, lua_absindex(L, index), arena, 0, out);
}

/* ---- results */

static void push_items(lua_State *L, const kl_value *value)
{
    luaL_checkstack(L, 4, "a result nested too deeply");
    lua_newtable(L);
    lua_Integer number = 0;
    for (const kl_item *item = value->items; item; item = item->next) {
        if (value->type == KL_TYPE_DICT) lua_pushlstring(L, item->key.s ? item->key.s : "", item->key.n);
        else lua_pushinteger(L, ++number);
        if (convert_push_value(L, &item->value) == 0) lua_pushnil(L);
        lua_rawset(L, -3);
    }
}

/* Building it makes Lua collect, and a finalizer may call what frees the values still to come: it has to wait. */
static void push_table(lua_State *L, const kl_value *value)
{
    const bool held = vm_gc_hold(L);
    push_items(L, value);
    if (held) vm_gc_release(L);
}

int convert_push_value(lua_State *L, const kl_value *value)
{
    switch (value->type) {
    case KL_TYPE_STR: lua_pushlstring(L, value->s.s ? value->s.s : "", value->s.n); return 1;
    case KL_TYPE_INT: lua_pushinteger(L, value->i); return 1;
    case KL_TYPE_NULL: lua_pushnil(L); return 1;
    case KL_TYPE_NONE: return 0;
    case KL_TYPE_BOOL: lua_pushboolean(L, value->i != 0); return 1;
    case KL_TYPE_LONG: lua_pushnumber(L, (lua_Number)value->i); return 1;
    case KL_TYPE_FLOAT: lua_pushnumber(L, value->f); return 1;
    case KL_TYPE_ARRAY:
    case KL_TYPE_DICT: push_table(L, value); return 1;
    default: lua_pushboolean(L, 0); return 1;
    }
}

/* bool: everything but 0 is true, -1 too. none: 0 with parameters, false without. */
int convert_push(lua_State *L, const kl_row *row, int result, const kl_value *value)
{
    switch (row->returns) {
    case KL_TYPE_BOOL: lua_pushboolean(L, result != 0); return 1;
    case KL_TYPE_INT: lua_pushinteger(L, result); return 1;
    case KL_TYPE_XVAL: return convert_push_value(L, value);
    default:
        if (row->nparams > 0) lua_pushinteger(L, 0);
        else lua_pushboolean(L, 0);
        return 1;
    }
}

void convert_result(const kl_row *row, int result, kl_value *value)
{
    switch (row->returns) {
    case KL_TYPE_XVAL: return;
    case KL_TYPE_BOOL: *value = (kl_value){.type = KL_TYPE_BOOL, .i = result != 0}; return;
    case KL_TYPE_INT: *value = (kl_value){.type = KL_TYPE_INT, .i = result}; return;
    default: *value = (kl_value){.type = row->nparams > 0 ? KL_TYPE_INT : KL_TYPE_BOOL}; return;
    }
}
