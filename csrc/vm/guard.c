/* Library functions whose work in C has no bound of its own. Each is wrapped: it pays for what it is about to do, then Lua's own function runs in the same frame. Only
 * where there is a budget. What allocates is paid for in memory.c and needs nothing here. */
#include "state.h"

#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>

#include "inside.h"

#define MAX_RESULTS 1000000     /* Lua's stack holds no more */
#define MAX_STRING INT_MAX        /* Lua refuses to repeat beyond */
#define BYTES_PER_STEP 16       /* scanned one by one */

static int original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

/* Elements first..last. */
static void pay_range(lua_State *L, lua_Integer first, lua_Integer last)
{
    if (last < first) return;
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
    budget_spend(L, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static int closed_length(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

/* The length of the table at 1. A __len is asked once only, or it could answer differently when the work starts: a stand-in with this length takes the table's place. */
static lua_Integer settled_length(lua_State *L)
{
    if (!lua_istable(L, 1)) return 0;       /* the function itself will complain */
    if (luaL_getmetafield(L, 1, "__len") == LUA_TNIL) return (lua_Integer)lua_rawlen(L, 1);
    lua_pop(L, 1);
    lua_Integer n = luaL_len(L, 1);
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, n);
    lua_pushcclosure(L, closed_length, 1);
    lua_setfield(L, -2, "__len");
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_replace(L, 1);
    return n;
}

static lua_Integer integer_or(lua_State *L, int index, lua_Integer otherwise)
{
    return lua_isnoneornil(L, index) ? otherwise : lua_tointeger(L, index);
}

/* insert and remove move what is behind the position; outside of the table they complain at once. */
static int shift_elements(lua_State *L)
{
    lua_Integer n = settled_length(L), from = lua_tointeger(L, 2);
    if (from >= 1) pay_range(L, from, n);
    return original(L);
}

static int table_insert(lua_State *L) { return lua_gettop(L) == 3 ? shift_elements(L) : original(L); }

static int table_remove(lua_State *L) { return lua_isnoneornil(L, 2) ? original(L) : shift_elements(L); }

/* Elements that are not there end it with an error, so a plain table's can be no more than memory has held. */
static int table_concat(lua_State *L)
{
    if (!lua_istable(L, 1)) return original(L);
    lua_settop(L, 4);
    lua_Integer n = settled_length(L), first = integer_or(L, 3, 1), last = integer_or(L, 4, n);
    lua_Integer most = (lua_Integer)(vm_of(L)->peak / 16);
    if (!lua_getmetatable(L, 1) && first <= last && (lua_Unsigned)last - (lua_Unsigned)first > (lua_Unsigned)most) last = first + most;
    lua_settop(L, 4);
    pay_range(L, first, last);
    return original(L);
}

static int table_unpack(lua_State *L)
{
    lua_Integer first = integer_or(L, 2, 1), last = lua_isnoneornil(L, 3) ? settled_length(L) : lua_tointeger(L, 3);
    if (first <= last && (lua_Unsigned)last - (lua_Unsigned)first < MAX_RESULTS) pay_range(L, first, last);
    return original(L);
}

/* Ranges that Lua refuses are left to it. */
static int table_move(lua_State *L)
{
    lua_Integer from = lua_tointeger(L, 2), to = lua_tointeger(L, 3), target = lua_tointeger(L, 4);
    bool counted = from <= to && (from > 0 || to < LUA_MAXINTEGER + from);
    if (counted && target <= LUA_MAXINTEGER - (to - from)) pay_range(L, from, to);
    return original(L);
}

static int table_sort(lua_State *L)
{
    lua_Integer n = settled_length(L);
    int depth = 1;
    while (depth < 31 && n >> depth) depth++;
    if (n > 1 && n < INT_MAX) budget_spend(L, n * depth);
    return original(L);
}

/* Lua's own goes round n times even when there is nothing to copy. */
static int string_rep(lua_State *L)
{
    size_t n = 0, separator = 0;
    luaL_checklstring(L, 1, &n);
    lua_Integer times = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &separator);
    if (n + separator == 0 || times <= 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((size_t)times < MAX_STRING / (n + separator)) budget_spend(L, times / 8 + times * (lua_Integer)((n + separator) / 64));
    return original(L);
}

/* One pass over a string: upvalue 2 says which argument, upvalue 3 what a byte costs in 1/BYTES_PER_STEP. */
static int over_string(lua_State *L)
{
    size_t n = 0;
    int at = (int)lua_tointeger(L, lua_upvalueindex(2));
    if (lua_type(L, at) == LUA_TSTRING) lua_tolstring(L, at, &n);
    if (n >= BYTES_PER_STEP) budget_spend(L, (int64_t)(n / BYTES_PER_STEP) * lua_tointeger(L, lua_upvalueindex(3)));
    return original(L);
}

/* load with a function: each piece is paid for when it comes. */
static int paid_piece(lua_State *L)
{
    size_t n = 0;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 0, 1);
    if (lua_type(L, -1) == LUA_TSTRING) lua_tolstring(L, -1, &n);
    budget_spend(L, (int64_t)(n * 4));
    return 1;
}

static int base_load(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TFUNCTION) {
        lua_pushvalue(L, 1);
        lua_pushcclosure(L, paid_piece, 1);
        lua_replace(L, 1);
    } else {
        size_t n = 0;
        if (lua_type(L, 1) == LUA_TSTRING) lua_tolstring(L, 1, &n);
        budget_spend(L, (int64_t)(n * 4));
    }
    return original(L);
}

static int base_collectgarbage(lua_State *L)
{
    const char *what = lua_isnoneornil(L, 1) ? "collect" : lua_tostring(L, 1);
    if (what && (strcmp(what, "collect") == 0 || strcmp(what, "step") == 0)) budget_spend(L, (int64_t)(vm_memory(vm_of(L)) / 64));
    return original(L);
}

/* A coroutine counts its own instructions, so one that ends within its first tick would be free. It inherits the length of a tick. */
static int coroutine_new(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    budget_spend(L, BUDGET_TICK);
    const int tick = lua_gethookcount(L);
    if (tick > BUDGET_TICK) inside_set_tick(L, BUDGET_TICK);
    const int results = original(L);
    inside_set_tick(L, tick);
    return results;
}

static const struct guard {
    const char *library, *name;
    lua_CFunction wrapper;
    int argument, price;        /* of over_string */
    const char *beside;         /* in place of argument: another function of the library, before it is wrapped */
} guards[] = {
    {LUA_GNAME, "load", base_load, 0, 0, NULL},
    {LUA_GNAME, "collectgarbage", base_collectgarbage, 0, 0, NULL},
    {LUA_GNAME, "tonumber", over_string, 1, 4, NULL},
    {LUA_COLIBNAME, "create", coroutine_new, 0, 0, NULL},
    {LUA_COLIBNAME, "wrap", coroutine_new, 0, 0, NULL},
    {LUA_TABLIBNAME, "concat", table_concat, 0, 0, NULL},
    {LUA_TABLIBNAME, "insert", table_insert, 0, 0, NULL},
    {LUA_TABLIBNAME, "move", table_move, 0, 0, NULL},
    {LUA_TABLIBNAME, "remove", table_remove, 0, 0, NULL},
    {LUA_TABLIBNAME, "sort", table_sort, 0, 0, NULL},
    {LUA_TABLIBNAME, "unpack", table_unpack, 0, 0, NULL},
    {LUA_STRLIBNAME, "byte", over_string, 1, 1, NULL},
    {LUA_STRLIBNAME, "find", pattern_find, 0, 0, NULL},
    {LUA_STRLIBNAME, "gmatch", pattern_gmatch, 0, 0, "match"},
    {LUA_STRLIBNAME, "gsub", pattern_gsub, 0, 0, NULL},
    {LUA_STRLIBNAME, "match", pattern_match, 0, 0, NULL},
    {LUA_STRLIBNAME, "packsize", over_string, 1, 16, NULL},
    {LUA_STRLIBNAME, "rep", string_rep, 0, 0, NULL},
    {LUA_STRLIBNAME, "unpack", over_string, 1, 16, NULL},
    {LUA_UTF8LIBNAME, "codepoint", over_string, 1, 8, NULL},
    {LUA_UTF8LIBNAME, "len", over_string, 1, 8, NULL},
    {LUA_UTF8LIBNAME, "offset", over_string, 1, 8, NULL},
    {LUA_LOADLIBNAME, "searchpath", over_string, 2, 1000, NULL},
};

void guard_open(lua_State *L)
{
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
        const struct guard *row = &guards[i];
        const int top = lua_gettop(L);
        luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lua_getfield(L, -1, row->library);
        if (lua_getfield(L, -1, row->name) == LUA_TFUNCTION) {
            if (row->beside) lua_getfield(L, -2, row->beside);
            else lua_pushinteger(L, row->argument);
            lua_pushinteger(L, row->price);
            lua_pushcclosure(L, row->wrapper, 3);
            lua_setfield(L, -2, row->name);
        }
        lua_settop(L, top);
    }
}
