#include "paths_in_lua.h"

#include <ltable.h>

static const TValue nowhere = {.tt_ = LUA_VEMPTY};

void luaW_forget(lua_State *L)
{
    vm_paths *paths = &vm_of(L)->paths;
    paths->at = &nowhere;
    if (!paths->learnt) return;
    paths->learnt = false;
    for (size_t i = 0; i < VM_PATHS; i++) paths->path[i].module = NULL;
}

static bool is_marked(const TValue *value) { return ttistable(value) && hvalue(value)->flags & PATHS_MARK; }

/* The place of KSR among the globals, while it is the table that was marked: another one may lie where that lay. */
static bool find_root(vm_paths *paths, Table *globals)
{
    const TValue *root = luaH_getshortstr(globals, (TString *)paths->key);
    if (!is_marked(root) || hvalue(root) != paths->table) return false;
    paths->at = root;
    return true;
}

/* One that lies where the new one goes moves to its other place, and what lies there to its own. With a third of the
 * places taken nearly all paths find one; the last to move is forgotten when they do not. */
static void put(vm_paths *paths, vm_path path)
{
    vm_path *place = paths_other_place(paths, path.module, path.name);
    if (place->module != path.module || place->name != path.name) place = paths_place(paths, path.module, path.name);
    for (int moves = 0; moves < 8; moves++) {
        const vm_path moved = *place;
        *place = path;
        if (!moved.module) return;
        path = moved;
        vm_path *first = paths_place(paths, path.module, path.name);
        place = place == first ? paths_other_place(paths, path.module, path.name) : first;
    }
}

__attribute__((noinline)) void luaW_learn(lua_State *L, const TValue *module, const TValue *name)
{
    vm_paths *paths = &vm_of(L)->paths;
    const TValue *globals = luaH_getint(hvalue(&G(L)->l_registry), LUA_RIDX_GLOBALS);
    if (!is_marked(globals) || hvalue(globals) != paths->globals || !find_root(paths, hvalue(globals))) return;
    const TValue *module_at = luaH_getshortstr((Table *)paths->table, tsvalue(module)), *name_at = NULL;
    if (isempty(module_at)) return;
    if (name) {
        if (!is_marked(module_at)) return;
        name_at = luaH_getshortstr(hvalue(module_at), tsvalue(name));
        if (isempty(name_at)) return;
    }
    paths->learnt = true;
    put(paths, (vm_path){
                   .module = tsvalue(module),
                   .name = name ? tsvalue(name) : NULL,
                   .table = name ? hvalue(module_at) : NULL,
                   .module_at = module_at,
                   .name_at = name_at,
               });
}

void paths_mark(lua_State *L, const char *name)
{
    Table *table = hvalue(s2v(L->top.p - 1));
    table->flags |= PATHS_MARK;
    if (!name) return;
    vm_paths *paths = &vm_of(L)->paths;
    Table *globals = hvalue(luaH_getint(hvalue(&G(L)->l_registry), LUA_RIDX_GLOBALS));
    globals->flags |= PATHS_MARK;
    luaW_forget(L);
    lua_pushstring(L, name);
    paths->key = tsvalue(s2v(L->top.p - 1));
    lua_pop(L, 1);
    paths->globals = globals;
    paths->table = table;
}
