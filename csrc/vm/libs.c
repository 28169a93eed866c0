/* The library sets. full is Lua's own, but os.exit raises an error; safe lacks what reaches beyond the state, knows no
 * files, and loads text only. */
#include "clib.h"
#include "host.h"
#include "state.h"

#include <lauxlib.h>
#include <lualib.h>

#define KSRVERSION "2.0"

const char *libs_mode(const kl_vm *vm) { return vm->config.libraries == KL_LIBS_SAFE ? "t" : NULL; }

static int no_exit(lua_State *L)
{
    return luaL_error(L, "os.exit is not available: ending the process is up to the host");
}

/* print(): one line with what tostring makes of the arguments, tabs between them. */
static int print_line(lua_State *L)
{
    const kl_vm *vm = vm_of(L);
    const int count = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&line, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    kl_span text;
    text.s = lua_tolstring(L, -1, &text.n);
    if (vm->config.print) vm->config.print(vm->config.print_arg, text);
    return 0;
}

/* ---- safe: text only. Upvalue 1 is Lua's own function. */

/* A call of its own: the function may be a wrapper too, with upvalues of its own. */
static int original(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* The mode argument becomes "t", or what Lua says to a caller who wants no text. */
static int text_only(lua_State *L, int mode)
{
    const char *wanted = luaL_optstring(L, mode, "t");
    if (!strchr(wanted, 't')) {
        luaL_pushfail(L);
        lua_pushliteral(L, "attempt to load bytecode: this library set loads text only");
        return 2;
    }
    if (lua_gettop(L) < mode) lua_settop(L, mode);
    lua_pushliteral(L, "t");
    lua_replace(L, mode);
    return original(L);
}

static int text_load(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING) luaL_checktype(L, 1, LUA_TFUNCTION);
    return text_only(L, 3);
}

static const struct absent {
    const char *library, *name;
} absent_in_safe[] = {
    {LUA_GNAME, "dofile"},        {LUA_GNAME, "loadfile"},      {LUA_LOADLIBNAME, "searchpath"},
    {LUA_OSLIBNAME, "execute"},   {LUA_OSLIBNAME, "getenv"},    {LUA_OSLIBNAME, "remove"},
    {LUA_OSLIBNAME, "rename"},    {LUA_OSLIBNAME, "setlocale"}, {LUA_OSLIBNAME, "tmpname"},
    {LUA_LOADLIBNAME, "loadlib"},
};

/* require knows package.preload, and what the host has loaded: whether a file is there is no business of a script's. */
static void restrict_package(lua_State *L)
{
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i > 1; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 2);
}

static void restrict_to_safe(lua_State *L)
{
    lua_getglobal(L, "load");
    lua_pushcclosure(L, text_load, 1);
    lua_setglobal(L, "load");
    for (size_t i = 0; i < sizeof absent_in_safe / sizeof absent_in_safe[0]; i++) {
        lua_getglobal(L, absent_in_safe[i].library);
        lua_pushnil(L);
        lua_setfield(L, -2, absent_in_safe[i].name);
        lua_pop(L, 1);
    }
    restrict_package(L);
}

/* ---- opening */

static const struct library {
    const char *name;
    lua_CFunction open;
    bool safe;
} libraries[] = {
    {LUA_GNAME, luaopen_base, true},          {LUA_LOADLIBNAME, luaopen_package, true},
    {LUA_COLIBNAME, luaopen_coroutine, true}, {LUA_TABLIBNAME, luaopen_table, true},
    {LUA_IOLIBNAME, luaopen_io, false},       {LUA_OSLIBNAME, luaopen_os, true},
    {LUA_STRLIBNAME, luaopen_string, true},   {LUA_MATHLIBNAME, luaopen_math, true},
    {LUA_UTF8LIBNAME, luaopen_utf8, true},    {LUA_DBLIBNAME, luaopen_debug, false},
};

static void set_function(lua_State *L, const char *library, const char *name, lua_CFunction function)
{
    lua_getglobal(L, library);
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void seed_random(lua_State *L, const uint64_t *seed)
{
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, (lua_Integer)seed[0]);
    lua_pushinteger(L, (lua_Integer)seed[1]);
    lua_call(L, 2, 0);
    lua_pop(L, 1);
}

static void open_extra(lua_State *L, const vm_openlib *library)
{
    const char *name = lua_pushlstring(L, library->name.s, library->name.n);
    luaL_requiref(L, name, library->open, 1);
    lua_pop(L, 2);
}

/* What reaches the host goes through ours. */
static void open_full(lua_State *L)
{
    harden_open(L);
    clib_open(L);
    set_function(L, LUA_OSLIBNAME, "getenv", host_os_getenv);
    set_function(L, LUA_GNAME, "loadfile", host_loadfile);
    set_function(L, LUA_GNAME, "dofile", host_dofile);
    host_open_io(L);
}

void libs_open(lua_State *L)
{
    const vm_config *config = &vm_of(L)->config;
    const bool safe = config->libraries == KL_LIBS_SAFE;
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        if (safe && !libraries[i].safe) continue;
        luaL_requiref(L, libraries[i].name, libraries[i].open, 1);
        lua_pop(L, 1);
    }
    set_function(L, LUA_OSLIBNAME, "exit", no_exit);
    set_function(L, LUA_LOADLIBNAME, "searchpath", host_searchpath);
    if (safe || config->print) lua_register(L, "print", print_line);
    budget_open(L);
    if (safe) restrict_to_safe(L);
    else open_full(L);
    if (config->seed) seed_random(L, config->seed);
    lua_pushliteral(L, KSRVERSION);
    lua_setglobal(L, "KSRVERSION");
    for (size_t i = 0; i < config->openlib_count; i++) open_extra(L, &config->openlibs[i]);
}
