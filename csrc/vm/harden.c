/* What no script may reach, in the set that has debug: C trusts what it keeps in its own closures, stack frames,
 * userdata and registry, so one written over by debug would bring the host down. And bytecode: Lua runs it unchecked,
 * so `load` takes what string.dump made in this very state, and no other. */
#include "state.h"

#include <lauxlib.h>
#include <lualib.h>

#include "base/digest.h"

static const char dumps_key = 0; /* its address is the registry key of the digests of what string.dump made */

/* ---- debug. Upvalue 1 is Lua's own function, called in this frame: levels count from it. */

static int in_place(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

/* getupvalue, setupvalue, upvalueid: a C function has none to show. */
static int debug_upvalue(lua_State *L)
{
    if (!lua_iscfunction(L, 1)) return in_place(L);
    luaL_pushfail(L);
    return 1;
}

static lua_State *thread_of(lua_State *L, int *at)
{
    lua_State *thread = lua_tothread(L, 1);
    *at = thread ? 1 : 0;
    return thread ? thread : L;
}

/* Whether the level that argument `at` names is one of a C function. Levels that are not there, functions and wrong
 * types are left to Lua. */
static bool is_c_level(lua_State *L, lua_State *of, int at, lua_Debug *ar)
{
    int number;
    const lua_Integer level = lua_tointegerx(L, at, &number);
    if (!number || level < 0 || level > INT32_MAX || !lua_getstack(of, (int)level, ar)) return false;
    return lua_getinfo(of, "S", ar) && *ar->what == 'C';
}

static int debug_getlocal(lua_State *L)
{
    int at;
    lua_Debug ar;
    lua_State *of = thread_of(L, &at);
    if (!is_c_level(L, of, at + 1, &ar)) return in_place(L);
    luaL_pushfail(L);
    return 1;
}

/* The name of a variable, or NULL for what has none: temporaries and the state of loops, whose types the compiled code
 * relies on. */
static const char *local_name(lua_State *of, const lua_Debug *ar, int n)
{
    luaL_checkstack(of, 1, NULL);
    const char *name = lua_getlocal(of, ar, n);
    if (name) lua_pop(of, 1);
    return name && (n < 0 || *name != '(') ? name : NULL;
}

static int debug_setlocal(lua_State *L)
{
    int at;
    lua_Debug ar;
    lua_State *of = thread_of(L, &at);
    const lua_Integer level = luaL_checkinteger(L, at + 1), n = luaL_checkinteger(L, at + 2);
    luaL_checkany(L, at + 3);
    const bool there = level >= 0 && level <= INT32_MAX && lua_getstack(of, (int)level, &ar);
    luaL_argcheck(L, there, at + 1, "level out of range");
    if (n >= INT32_MIN && n <= INT32_MAX && lua_getinfo(of, "S", &ar) && *ar.what != 'C' && local_name(of, &ar, (int)n))
        return in_place(L);
    luaL_pushfail(L);
    return 1;
}

static int debug_setmetatable(lua_State *L)
{
    if (lua_isuserdata(L, 1)) return luaL_argerror(L, 1, "userdata keeps its metatable");
    return in_place(L);
}

static int debug_getregistry(lua_State *L)
{
    return luaL_error(L, "debug.getregistry is not available: it holds what the host trusts");
}

/* ---- bytecode */

static void push_digest(lua_State *L, int index)
{
    uint8_t digest[SHA256_SIZE];
    kl_span code;
    code.s = lua_tolstring(L, index, &code.n);
    if (vm_pay(vm_of(L), (int64_t)code.n / 2)) vm_look(L);
    digest_sha256(code, digest);
    lua_pushlstring(L, (const char *)digest, sizeof digest);
}

static int string_dump(lua_State *L)
{
    const int results = in_place(L);
    if (results != 1 || lua_type(L, -1) != LUA_TSTRING) return results;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &dumps_key);
    push_digest(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return 1;
}

static bool is_own_dump(lua_State *L, int index)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &dumps_key);
    push_digest(L, index);
    const bool own = lua_rawget(L, -2) == LUA_TBOOLEAN;
    lua_pop(L, 2);
    return own;
}

static bool is_bytecode(lua_State *L, int index)
{
    size_t n;
    if (lua_type(L, index) != LUA_TSTRING) return false;
    const char *text = lua_tolstring(L, index, &n);
    return n && text[0] == LUA_SIGNATURE[0];
}

/* Upvalue 1 is Lua's own. Pieces of a function are text. */
static int base_load(lua_State *L)
{
    const bool pieces = lua_type(L, 1) != LUA_TSTRING;
    if (pieces) luaL_checktype(L, 1, LUA_TFUNCTION);
    const char *mode = luaL_optstring(L, 3, "bt");
    if (is_bytecode(L, 1) ? strchr(mode, 'b') && !is_own_dump(L, 1) : pieces && !strchr(mode, 't')) {
        luaL_pushfail(L);
        lua_pushliteral(L, "attempt to load bytecode that string.dump did not make here");
        return 2;
    }
    if (pieces) {
        if (lua_gettop(L) < 3) lua_settop(L, 3);
        lua_pushliteral(L, "t");
        lua_replace(L, 3);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static const struct hardened {
    const char *library, *name;
    lua_CFunction wrapper;
} hardened[] = {
    {LUA_GNAME, "load", base_load},
    {LUA_DBLIBNAME, "getlocal", debug_getlocal},
    {LUA_DBLIBNAME, "getregistry", debug_getregistry},
    {LUA_DBLIBNAME, "getupvalue", debug_upvalue},
    {LUA_DBLIBNAME, "setlocal", debug_setlocal},
    {LUA_DBLIBNAME, "setmetatable", debug_setmetatable},
    {LUA_DBLIBNAME, "setupvalue", debug_upvalue},
    {LUA_DBLIBNAME, "upvalueid", debug_upvalue},
    {LUA_STRLIBNAME, "dump", string_dump},
};

void harden_open(lua_State *L)
{
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &dumps_key);
    for (size_t i = 0; i < sizeof hardened / sizeof hardened[0]; i++) {
        lua_getglobal(L, hardened[i].library);
        lua_getfield(L, -1, hardened[i].name);
        lua_pushcclosure(L, hardened[i].wrapper, 1);
        lua_setfield(L, -2, hardened[i].name);
        lua_pop(L, 1);
    }
}
