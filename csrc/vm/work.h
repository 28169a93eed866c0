/* work.h: how Lua's own C pays for what it does (base/work.h). vendor/lua/kemilua.patch puts the calls where the work
 * is; nothing but Lua's sources and budget.c includes this.
 *
 * Instructions are paid where control goes another way than forward: a call of a Lua function pays all instructions of
 * the function, a jump back those it goes back over, a jump forward gets back those it leaps. So no more instructions
 * run than were paid, and a loop pays what it runs; what a function that returns early has left is paid too. */
#ifndef KL_VM_WORK_H
#define KL_VM_WORK_H

#include <lua.h>

#include "base/work.h"

static inline kl_work *luaW_of(lua_State *L) { return *(kl_work **)lua_getextraspace(L); }

/* Both raise: when the run is over, and when the C stack is. */
void luaW_look(lua_State *L);
_Noreturn void luaW_overflow(lua_State *L);

#define luaW_spent(L)      (luaW_of(L)->left < 0)
#define luaW_pay(L, units) (luaW_of(L)->left -= (int64_t)(units))
/* What the collector and the order of keys cause, which is not the same each time: it hastens the next look, and costs
 * nothing. */
#define luaW_free(L, units) (luaW_of(L)->left -= (int64_t)(units), luaW_of(L)->free += (int64_t)(units))
#define luaW_deep(L)        work_deep(luaW_of(L))

/* native.h: the tag of a function of the host, whose value is a pointer that Lua does not look into. What Lua's core
 * calls where it wants a frame, and a call of the one at `at` without a frame: false, nothing was done. */
#define LUA_VHOST makevariant(LUA_TFUNCTION, 3)
int native_function(lua_State *L);
bool luaW_native(lua_State *L, void *at, int wanted);

/* Only where an error may be raised. */
static inline void luaW_work(lua_State *L, size_t units)
{
    if (__builtin_expect(luaW_pay(L, units) < 0, 0)) luaW_look(L);
}

/* `trap` brings the next instruction to luaG_traceexec, which looks. lvm.c reads it after each jump but in generic for
 * loops, whose next call does. */
#define luaW_jump(L, ci, by) ((void)((luaW_of(L)->left += (by)) < 0 && ((ci)->u.l.trap = 1)))
#define luaW_call(L, ci)     luaW_work(L, (size_t)ci_func(ci)->p->sizecode)

#endif
