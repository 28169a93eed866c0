/* Loading, and the reload that leaves nothing half done: all scripts are compiled, then what they can change is noted
 * down, then they run; a failure puts it back. */
#include "script.h"

#include "state.h"

#include <lauxlib.h>

/* its address is the registry's key of a reload's table: 1 the tables noted, 2 the compiled scripts */
static const char reload_key = 0;
enum { RELOAD_NOTES = 1, RELOAD_CHUNKS = 2 };

kl_span script_text(kl_span text)
{
    if (text.n >= 3 && memcmp(text.s, "\xEF\xBB\xBF", 3) == 0) text = span_from(text, 3);
    if (text.n && text.s[0] == '#') {
        const char *end = memchr(text.s, '\n', text.n);
        text = span_from(text, end ? (size_t)(end - text.s) : text.n);
    }
    return text;
}

static kl_status push_script(lua_State *L, const vm_script *script, kl_error *err)
{
    if (!script->text.s) return load_file(L, script->path, err);
    lua_pushlstring(L, script->path.s, script->path.n);
    const char *name = lua_pushfstring(L, "@%s", lua_tostring(L, -1));
    kl_status status = load_text(L, script_text(script->text), name, err);
    if (status == KL_OK) lua_replace(L, -3);
    lua_pop(L, status == KL_OK ? 1 : 2);
    return status;
}

typedef struct script_request {
    const vm_script *const *scripts;
    size_t count;
    kl_error *err;
    kl_status status; /* of loading */
} script_request;

static void load_body(lua_State *L, void *arg)
{
    script_request *request = arg;
    request->status = push_script(L, request->scripts[0], request->err);
    if (request->status == KL_OK) lua_call(L, 0, 0);
}

kl_status vm_script_load(kl_vm *vm, const vm_script *script, kl_error *err)
{
    script_request request = {.scripts = &script, .count = 1, .err = err};
    const vm_run run = {.body = load_body, .request = &request};
    kl_status status = run_protected(vm, &run, NULL, err);
    return status != KL_OK ? status : request.status;
}

/* ---- notes: {table, copy, metatable or false} each, in a list that `seen` keeps free of doubles */

static void copy_table(lua_State *L, int from)
{
    from = lua_absindex(L, from);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, from)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
}

/* [-0, +0] Notes the table at index. */
static void note_table(lua_State *L, int notes, int seen, int index)
{
    index = lua_absindex(L, index);
    lua_pushvalue(L, index);
    if (lua_rawget(L, seen) != LUA_TNIL) return lua_pop(L, 1);
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_pushboolean(L, 1);
    lua_rawset(L, seen);
    lua_createtable(L, 3, 0);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, 1);
    copy_table(L, index);
    lua_rawseti(L, -2, 2);
    if (!lua_getmetatable(L, index)) lua_pushboolean(L, 0);
    lua_rawseti(L, -2, 3);
    lua_rawseti(L, notes, (lua_Integer)lua_rawlen(L, notes) + 1);
}

/* [-1, +0] Notes the value on top, where it is a table, and the tables directly in it. */
static void note_with_members(lua_State *L, int notes, int seen)
{
    const int table = lua_gettop(L);
    if (lua_istable(L, table)) {
        note_table(L, notes, seen, table);
        lua_pushnil(L);
        while (lua_next(L, table)) {
            if (lua_istable(L, -1)) note_table(L, notes, seen, -1);
            lua_pop(L, 1);
        }
    }
    lua_settop(L, table - 1);
}

/* Globals, KSR with its modules, and all that require knows (the libraries among them). */
static void push_notes(lua_State *L)
{
    luaL_checkstack(L, 20, NULL);
    lua_newtable(L);
    lua_newtable(L);
    const int seen = lua_gettop(L), notes = seen - 1;
    lua_pushglobaltable(L);
    note_table(L, notes, seen, -1);
    lua_pushliteral(L, "KSR");
    lua_rawget(L, -2);
    note_with_members(L, notes, seen);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    note_with_members(L, notes, seen);
    lua_settop(L, notes);
}

/* Table and copy on top. Keys that came go first, so that there is room for those that went. */
static void restore_members(lua_State *L)
{
    const int copy = lua_gettop(L), table = copy - 1;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, copy) == LUA_TNIL) {
            lua_pushvalue(L, -2);
            lua_pushnil(L);
            lua_rawset(L, table);
        }
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    while (lua_next(L, copy)) {
        lua_pushvalue(L, -2);
        lua_rawget(L, table);
        if (!lua_rawequal(L, -1, -2)) {
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -3);
            lua_rawset(L, table);
        }
        lua_pop(L, 2);
    }
}

static void restore_body(lua_State *L, void *arg)
{
    (void)arg;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &reload_key);
    lua_rawgeti(L, -1, RELOAD_NOTES);
    const int notes = lua_gettop(L);
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, notes); i > 0; i--) {
        lua_rawgeti(L, notes, i);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        restore_members(L);
        lua_pop(L, 1);
        lua_rawgeti(L, -2, 3);
        if (!lua_istable(L, -1)) {
            lua_pop(L, 1);
            lua_pushnil(L);
        }
        lua_setmetatable(L, -2);
        lua_settop(L, notes);
    }
}

/* ---- the three steps */

static void compile_body(lua_State *L, void *arg)
{
    script_request *request = arg;
    lua_createtable(L, 2, 0);
    lua_createtable(L, (int)request->count, 0);
    for (size_t i = 0; i < request->count; i++) {
        request->status = push_script(L, request->scripts[i], request->err);
        if (request->status != KL_OK) return;
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_rawseti(L, -2, RELOAD_CHUNKS);
    push_notes(L);
    lua_rawseti(L, -2, RELOAD_NOTES);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &reload_key);
}

static void execute_body(lua_State *L, void *arg)
{
    (void)arg;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &reload_key);
    lua_rawgeti(L, -1, RELOAD_CHUNKS);
    const int chunks = lua_gettop(L);
    const lua_Integer count = (lua_Integer)lua_rawlen(L, chunks);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, chunks, i);
        lua_call(L, 0, 0);
    }
}

static void forget_body(lua_State *L, void *arg)
{
    (void)arg;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &reload_key);
}

static kl_status step(kl_vm *vm, void (*body)(lua_State *L, void *request), void *request, kl_error *err)
{
    const vm_run run = {.body = body, .request = request};
    return run_protected(vm, &run, NULL, err);
}

/* The limit is lifted: what was there before fits. Only where the machine itself is out of memory may it take a second
 * attempt. */
static void restore(kl_vm *vm)
{
    const size_t limit = vm->limit;
    vm->limit = SIZE_MAX;
    for (int attempts = 0; attempts < 3 && step(vm, restore_body, NULL, NULL) != KL_OK; attempts++) continue;
    vm->limit = limit;
}

kl_status vm_script_reload(kl_vm *vm, const vm_script *const *scripts, size_t count, kl_error *err)
{
    script_request request = {.scripts = scripts, .count = count, .err = err};
    kl_status status = step(vm, compile_body, &request, err);
    if (status == KL_OK) status = request.status;
    if (status != KL_OK) return status;
    status = step(vm, execute_body, NULL, err);
    if (status != KL_OK) restore(vm);
    step(vm, forget_body, NULL, NULL);
    return status;
}
