/* paths_in_lua.h: paths.h for Lua's own lvm.c and ltable.c, which vendor/lua/kemilua.patch lets include it, and
 * paths.c. */
#ifndef KL_VM_PATHS_IN_LUA_H
#define KL_VM_PATHS_IN_LUA_H

#include <stddef.h>

#include <lstate.h>

#include "vm.h"

#define PATHS_MARK (1u << 6) /* of Table.flags, where Lua has no use for it */

/* A miss: remembered for the next time, where it can be. */
void luaW_learn(lua_State *L, const TValue *module, const TValue *name);
void luaW_forget(lua_State *L);

#define luaW_moves(L, t) ((t)->flags & PATHS_MARK ? luaW_forget(L) : (void)0)

static inline bool paths_is_table(const TValue *value, const void *table)
{
    return ttistable(value) && hvalue(value) == table;
}

/* The first of the two places that a path may lie at: cheap, as most calls ask for it alone. */
static inline vm_path *paths_place(vm_paths *paths, const void *module, const void *name)
{
    return &paths->path[(((uintptr_t)module >> 4) + ((uintptr_t)name >> 5)) % VM_PATHS];
}

/* The second, which no two paths share because they share the first. */
static inline vm_path *paths_other_place(vm_paths *paths, const void *module, const void *name)
{
    const uint64_t mixed = (((uintptr_t)module << 1) ^ (uintptr_t)name) * UINT64_C(0x9e3779b97f4a7c15);
    return &paths->path[(mixed >> 32) % VM_PATHS];
}

/* Whether global[key] is KSR, so that asking for a path is worth it. */
#define luaW_is_root(L, key) (vm_of(L)->paths.key == (const void *)(key))

/* Where the path of these names is remembered; NULL: nowhere. */
static inline const vm_path *paths_find(vm_paths *paths, const void *module, const void *name)
{
    const vm_path *path = paths_place(paths, module, name);
    if (KL_LIKELY(path->module == module && path->name == name)) return path;
    path = paths_other_place(paths, module, name);
    return path->module == module && path->name == name ? path : NULL;
}

static inline bool paths_hold(const vm_paths *paths, const TValue *globals)
{
    return paths_is_table(globals, paths->globals) && paths_is_table(paths->at, paths->table);
}

/* KSR.module.name; nothing unless all is as it was. */
static inline const TValue *luaW_path(lua_State *L, const TValue *globals, const TValue *module, const TValue *name)
{
    vm_paths *paths = &vm_of(L)->paths;
    const vm_path *path = paths_find(paths, tsvalue(module), tsvalue(name));
    if (KL_UNLIKELY(!path || !paths_hold(paths, globals) || !paths_is_table(path->module_at, path->table))) return NULL;
    return KL_UNLIKELY(isempty((const TValue *)path->name_at)) ? NULL : path->name_at;
}

/* KSR.name. */
static inline const TValue *luaW_path_short(lua_State *L, const TValue *globals, const TValue *name)
{
    vm_paths *paths = &vm_of(L)->paths;
    const vm_path *path = paths_find(paths, tsvalue(name), NULL);
    if (KL_UNLIKELY(!path || !paths_hold(paths, globals))) return NULL;
    return KL_UNLIKELY(isempty((const TValue *)path->module_at)) ? NULL : path->module_at;
}

#endif
