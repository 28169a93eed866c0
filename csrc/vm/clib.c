/* C libraries for scripts of the full set: package.loadlib and the two searchers that look for them, in the place of
 * Lua's own, which would open anything; and where modules are looked for. */
#include "clib.h"

#include <dlfcn.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

#include "base/env.h"
#include "dynlib.h"
#include "host.h"
#include "state.h"

/* ---- a function out of a library: [-0, +1] it is pushed, or the reason why not */
typedef enum found { FOUND, NO_LIBRARY, NO_FUNCTION } found;

static lua_CFunction function_in(void *library, const char *name)
{
    lua_CFunction function;
    void *address = dlsym(library, name);
    memcpy(&function, &address, sizeof function); /* ISO C has no cast between the two */
    return function;
}

lua_CFunction vm_library_function(const char *path, const char *name, char *why, size_t size)
{
    dynlib_refusal refusal;
    void *library = dynlib_open(path, false, &refusal);
    const lua_CFunction function = library ? function_in(library, name) : NULL;
    if (!library) snprintf(why, size, "%s", refusal.text);
    else if (!function) snprintf(why, size, "%s has no function %s", path, name);
    return function;
}

static found push_function(lua_State *L, const char *path, const char *name)
{
    dynlib_refusal refusal;
    const bool global = *name == '*';
    void *library = dynlib_open(path, global, &refusal);
    if (!library) {
        lua_pushstring(L, refusal.text);
        return NO_LIBRARY;
    }
    vm_of(L)->has_clib = true;
    const lua_CFunction function = global ? NULL : function_in(library, name);
    if (global) lua_pushboolean(L, 1);
    else if (function) lua_pushcfunction(L, function);
    else lua_pushfstring(L, "%s has no function %s", path, name);
    return global || function ? FOUND : NO_FUNCTION;
}

static int package_loadlib(lua_State *L)
{
    const found result = push_function(L, luaL_checkstring(L, 1), luaL_checkstring(L, 2));
    if (result == FOUND) return 1;
    luaL_pushfail(L);
    lua_insert(L, -2);
    lua_pushstring(L, result == NO_LIBRARY ? "open" : "init");
    return 3;
}

/* ---- searchers. Upvalue 1 is package. */

/* [-0, +2] What package.searchpath says to a name: a file and nil, or nil and where it was looked for. */
static bool search(lua_State *L, const char *name, const char *path)
{
    lua_getfield(L, lua_upvalueindex(1), "searchpath");
    lua_pushstring(L, name);
    lua_pushstring(L, path);
    lua_call(L, 2, 2);
    return !lua_isnil(L, -2);
}

static const char *cpath_of(lua_State *L)
{
    if (lua_getfield(L, lua_upvalueindex(1), "cpath") != LUA_TSTRING) luaL_error(L, "'package.cpath' must be a string");
    return lua_tostring(L, -1);
}

/* [-0, +0] An error where this system has the library, but for another Lua. */
static void complain_of_another(lua_State *L, const char *name, const char *cpath)
{
    static const char *const others[] = {"5.3", "5.1", "5.2", "5.5"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *other = luaL_gsub(L, cpath, LUA_VERSION_MAJOR "." LUA_VERSION_MINOR, others[i]);
        if (strcmp(other, cpath) == 0) return lua_pop(L, 1);
        if (search(L, name, other))
            luaL_error(L, "module '%s' is installed for Lua %s (%s), but not for Lua 5.4, which this is", name,
                       others[i], lua_tostring(L, -2));
        lua_pop(L, 3);
    }
}

/* luaopen_a_b for "v-a.b", and for what older releases call so: what stands before the mark. */
static found push_opener(lua_State *L, const char *file, const char *name)
{
    const char *mark = strchr(name, *LUA_IGMARK), *flat = luaL_gsub(L, name, ".", "_");
    if (mark) {
        const char *front = lua_pushlstring(L, flat, (size_t)(mark - name));
        const found result = push_function(L, file, lua_pushfstring(L, "luaopen_%s", front));
        if (result != NO_FUNCTION) return result;
        flat += mark - name + 1;
    }
    return push_function(L, file, lua_pushfstring(L, "luaopen_%s", flat));
}

static int broken(lua_State *L, const char *name, const char *file)
{
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file, lua_tostring(L, -1));
}

static int search_c(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1), *cpath = cpath_of(L);
    if (!search(L, name, cpath)) {
        complain_of_another(L, name, cpath);
        return 1;
    }
    const char *file = lua_tostring(L, -2);
    if (push_opener(L, file, name) != FOUND) return broken(L, name, file);
    lua_pushstring(L, file);
    return 2;
}

/* a.b in the library of a. */
static int search_root(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1), *dot = strchr(name, '.');
    if (!dot) return 0;
    const char *root = lua_pushlstring(L, name, (size_t)(dot - name));
    if (!search(L, root, cpath_of(L))) return 1;
    const char *file = lua_tostring(L, -2);
    const found result = push_opener(L, file, name);
    if (result == NO_LIBRARY) return broken(L, name, file);
    if (result == FOUND) lua_pushstring(L, file);
    else lua_pushfstring(L, "no module '%s' in file '%s'", name, file);
    return result == FOUND ? 2 : 1;
}

/* ---- where modules are */

#if defined(__x86_64__)
#    define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#    define MULTIARCH "aarch64-linux-gnu"
#elif defined(__i386__)
#    define MULTIARCH "i386-linux-gnu"
#elif defined(__arm__)
#    define MULTIARCH "arm-linux-gnueabihf"
#elif defined(__riscv)
#    define MULTIARCH "riscv64-linux-gnu"
#elif defined(__powerpc64__)
#    define MULTIARCH "powerpc64le-linux-gnu"
#elif defined(__s390x__)
#    define MULTIARCH "s390x-linux-gnu"
#endif

/* As the Lua of the distributions looks: what was installed by hand first, then the system's. A wheel is built on one
 * and runs on all. */
static const char *const lua_folders[] = {
    "/usr/local/share/lua/5.4/",    "/usr/local/lib/lua/5.4/",
#ifdef __APPLE__
    "/opt/homebrew/share/lua/5.4/",
#endif
    "/usr/share/lua/5.4/",          "./",
};
static const char *const c_folders[] = {
    "/usr/local/lib/lua/5.4/",
#ifdef __APPLE__
    "/opt/homebrew/lib/lua/5.4/",
#endif
#if defined(MULTIARCH) && !defined(__APPLE__)
    ("/usr/lib/" MULTIARCH "/lua/5.4/"),
#endif
    "/usr/lib64/lua/5.4/",
    "/usr/lib/lua/5.4/",
    "./",
};

static void add_path(luaL_Buffer *path, const char *folder, const char *file)
{
    if (luaL_bufflen(path) > 0) luaL_addchar(path, *LUA_PATH_SEP);
    luaL_addstring(path, folder);
    luaL_addstring(path, file);
}

static void push_lua_path(lua_State *L)
{
    luaL_Buffer path;
    luaL_buffinit(L, &path);
    for (size_t i = 0; i < sizeof lua_folders / sizeof *lua_folders; i++) {
        add_path(&path, lua_folders[i], "?.lua");
        add_path(&path, lua_folders[i], "?/init.lua");
    }
    luaL_pushresult(&path);
}

static void push_c_path(lua_State *L)
{
    luaL_Buffer path;
    luaL_buffinit(L, &path);
    for (size_t i = 0; i < sizeof c_folders / sizeof *c_folders; i++) add_path(&path, c_folders[i], "?.so");
    luaL_pushresult(&path);
}

/* What the environment says in place of the system's own path, on top; ";;" in it stands for that. [-1, +1] */
static void apply_environment(lua_State *L, const char *versioned, const char *plain)
{
    const kl_span block = vm_of(L)->config.environment;
    kl_span value = env_find(block, span_text(versioned));
    if (!value.s) value = env_find(block, span_text(plain));
    if (!value.s) return;
    const char *own = lua_tostring(L, -1), *mark = span_search(value, SPAN(";;"));
    luaL_Buffer path;
    luaL_buffinit(L, &path);
    luaL_addlstring(&path, value.s, mark ? (size_t)(mark - value.s) : value.n);
    if (mark) {
        if (mark > value.s) luaL_addchar(&path, *LUA_PATH_SEP);
        luaL_addstring(&path, own);
        if (mark + 2 < span_end(value)) luaL_addchar(&path, *LUA_PATH_SEP);
        luaL_addlstring(&path, mark + 2, (size_t)(span_end(value) - mark - 2));
    }
    luaL_pushresult(&path);
    lua_replace(L, -2);
}

static void set_searcher(lua_State *L, int place, lua_CFunction searcher)
{
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, searcher, 1);
    lua_rawseti(L, -2, place);
}

void clib_open(lua_State *L)
{
    lua_getglobal(L, LUA_LOADLIBNAME);
    push_lua_path(L);
    apply_environment(L, "LUA_PATH_5_4", "LUA_PATH");
    lua_setfield(L, -2, "path");
    push_c_path(L);
    apply_environment(L, "LUA_CPATH_5_4", "LUA_CPATH");
    lua_setfield(L, -2, "cpath");
    lua_pushcfunction(L, package_loadlib);
    lua_setfield(L, -2, "loadlib");
    lua_getfield(L, -1, "searchers");
    set_searcher(L, 2, host_search_lua);
    set_searcher(L, 3, search_c);
    set_searcher(L, 4, search_root);
    lua_pop(L, 2);
}
