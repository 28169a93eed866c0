/* explain.c: what a script wanted of KSR that is not there. Python has the names of Kamailio's exports, and makes the
 * sentence. */
#include "bridge.h"
#include "kemi.h"

#include <stdio.h>

/* The key of the sub-table of KSR, which is on top, that has this address; NULL: none. */
static const char *module_at(lua_State *L, const void *address)
{
    const char *found = NULL;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (!lua_istable(L, -1) || lua_topointer(L, -1) != address || lua_type(L, -2) != LUA_TSTRING) continue;
        found = lua_tostring(L, -2);
        lua_pop(L, 2);
        break;
    }
    return found;
}

/* "KSR.hdr.apend" in `out`; false: it is not in KSR. KSR is on top. */
static bool full_path(lua_State *L, const vm_origin *origin, char *out, size_t cap)
{
    const char *module = NULL;
    if (!origin->root) {
        snprintf(out, cap, "%s%s", origin->is_local ? "?" : "", origin->path);
        return origin->is_local || strncmp(out, "KSR.", 4) == 0;
    }
    if (origin->root != lua_topointer(L, -1) && !(module = module_at(L, origin->root))) return false;
    snprintf(out, cap, "KSR%s%s%s", module ? "." : "", module ? module : "", origin->path);
    return true;
}

size_t kemi_explain(void *host, lua_State *L, const vm_origin *origin, char *out, size_t cap)
{
    char path[2 * sizeof origin->path];
    const int top = lua_gettop(L);
    if (!lua_checkstack(L, 4) || !kemi_push_ksr(L)) return 0;
    const bool ours = full_path(L, origin, path, sizeof path);
    lua_settop(L, top);
    return ours ? kl_py_explain(((const bridge_host *)host)->handle, path, out, cap) : 0;
}
