#include "internals.h"

#include <lstate.h>

#include <ldo.h>
#include <lgc.h>
#include <ltable.h>
#include <string.h>

_Static_assert(LUA_VERSION_RELEASE_NUM == 50408, "check every line of this file against the new release");

void internals_stop(lua_State *L)
{
    for (CallInfo *ci = L->ci; ci; ci = ci->previous)
        if (isLua(ci)) ci->u.l.trap = 1;
}

void internals_throw(lua_State *L, const void *key)
{
    TValue at;
    setpvalue(&at, (void *)(uintptr_t)key);
    setobj2s(L, L->top.p, luaH_get(hvalue(&G(L)->l_registry), &at));
    L->top.p++;
    luaD_throw(L, LUA_ERRRUN);
}

bool internals_is_stack(const lua_State *L, const void *block) { return block == (const void *)L->stack.p; }

int internals_pcall(lua_State *L, void (*body)(lua_State *L, void *request), void *request)
{
    return luaD_pcall(L, body, request, savestack(L, L->top.p), savestack(L, L->top.p - 1));
}

int internals_try(lua_State *L, void (*body)(lua_State *L, void *request), void *request)
{
    return luaD_pcall(L, body, request, savestack(L, L->top.p), 0);
}

/* The collector runs once more bytes are in use than `totalbytes`; what is in use is that and GCdebt. */
internals_gc internals_gc_hold(lua_State *L)
{
    global_State *g = G(L);
    const internals_gc before = {g->gcstp, (ptrdiff_t)g->totalbytes};
    g->gcstp |= GCSTPUSR;
    return before;
}

void internals_gc_release(lua_State *L, internals_gc before)
{
    global_State *g = G(L);
    g->gcstp = before.stopped;
    luaE_setdebt(g, (l_mem)gettotalbytes(g) - (l_mem)before.threshold);
}

void internals_collect_due(lua_State *L) { luaC_checkGC(L); }

static bool any_in(GCObject *list, const Table *metatable, bool (*is)(const void *userdata))
{
    for (; list; list = list->next)
        if (list->tt == LUA_VUSERDATA && gco2u(list)->metatable == metatable && is(getudatamem(gco2u(list))))
            return true;
    return false;
}

bool internals_any_userdata(lua_State *L, bool all, bool (*is)(const void *userdata))
{
    const global_State *g = G(L);
    const Table *metatable = hvalue(s2v(L->top.p - 1));
    return any_in(g->finobj, metatable, is) || any_in(g->tobefnz, metatable, is) ||
           (all && any_in(g->allgc, metatable, is));
}

int internals_lua_calls(const lua_State *L)
{
    int count = 0;
    for (const CallInfo *ci = L->ci; ci != &L->base_ci; ci = ci->previous)
        if (isLua(ci)) count++;
    return count;
}

int internals_levels(const lua_State *L)
{
    int count = 0;
    for (const CallInfo *ci = L->ci; ci != &L->base_ci; ci = ci->previous) count++;
    return count;
}

bool internals_next_level(const lua_State *L, lua_Debug *ar)
{
    ar->i_ci = ar->i_ci->previous;
    return ar->i_ci != &L->base_ci;
}

int internals_c_left(const lua_State *L) { return LUAI_MAXCCALLS - (int)getCcalls(L); }
