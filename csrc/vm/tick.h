/* tick.h: included in front of Lua's lvm.c and ldo.c by vendor/lua/CMakeLists.txt, and by nothing else. The sources stay as released.
 *
 * The instruction budget keeps Lua's count hook set all the time, and Lua's core then takes the long way before every single instruction. A count hook alone is served without that:
 * instructions are counted where control goes another way than forward. A call of a Lua function is charged with all instructions of the function, a jump back with those it
 * goes back over; a jump forward gives back those it leaps. So no more instructions run than are charged, and a loop is charged with what it runs; what a function that returns
 * early has left is charged too. When the count is over `trap` brings the next instruction to tick(), which hands the count hook all was charged.
 *
 * With any other hook (hook.c sets HOOK_EXACT for one that counts, too) nothing of this happens, and Lua counts one by one. */
#ifndef KL_VM_TICK_H
#define KL_VM_TICK_H

#define LUA_CORE

#include <lprefix.h>

#include <ldebug.h>
#include <ldo.h>
#include <lopcodes.h>
#include <lstate.h>
#include <lvm.h>

_Static_assert(LUA_VERSION_RELEASE_NUM == 50408, "compare with luaG_traceexec, with lvm.c's calls and jumps, and with what both files do with hookmask, in the new release");

/* A function that starts, not one that goes on after a coroutine yielded in it. */
static inline CallInfo *tick_function(lua_State *L, CallInfo *ci)
{
    const Proto *p = ci_func(ci)->p;
    if (L->hookmask == LUA_MASKCOUNT && ci->u.l.savedpc == p->code) L->hookcount -= p->sizecode;
    return ci;
}

#ifdef KL_TICK_EXECUTE      /* lvm.c */

/* pc goes on by so many. lvm.c reads `trap` after each jump, but in generic for loops, whose next call does. */
static inline int tick_jump(lua_State *L, CallInfo *ci, int by)
{
    if (L->hookmask == LUA_MASKCOUNT && (L->hookcount += by) <= 0) ci->u.l.trap = 1;
    return by;
}

/* Two of those instructions jump back by Bx. */
static inline int tick_bx(lua_State *L, CallInfo *ci, Instruction i)
{
    const int bx = GETARG_Bx(i);
    if (GET_OPCODE(i) == OP_FORLOOP || GET_OPCODE(i) == OP_TFORLOOP) tick_jump(L, ci, -bx);
    return bx;
}

static inline int tick_sj(lua_State *L, CallInfo *ci, Instruction i) { return tick_jump(L, ci, GETARG_sJ(i)); }

static inline CallInfo *tick_call(lua_State *L, CallInfo *ci) { return ci ? tick_function(L, ci) : NULL; }

static inline int tick_tailcall(lua_State *L, CallInfo *ci, int n)
{
    if (n < 0) tick_function(L, ci);
    return n;
}

/* Before an instruction, when `trap` says so. Lua calls the hook when it has counted down to 0, and the hook asks how many there were. */
static __attribute__((noinline)) int tick(lua_State *L, const Instruction *pc)
{
    if (L->hookmask == LUA_MASKCOUNT) {
        if (L->hookcount > 0) {
            L->ci->u.l.trap = 0;
            return 0;
        }
        L->basehookcount -= L->hookcount;
        L->hookcount = 1;
    }
    return luaG_traceexec(L, pc);
}

#define luaG_traceexec tick
#define luaD_precall(L, func, nresults) tick_call(L, luaD_precall(L, func, nresults))
#define luaD_pretailcall(L, ci, func, narg1, delta) tick_tailcall(L, ci, luaD_pretailcall(L, ci, func, narg1, delta))
#undef GETARG_Bx
#define GETARG_Bx(i) tick_bx(L, ci, i)
#undef GETARG_sJ
#define GETARG_sJ(i) tick_sj(L, ci, i)
#define hookmask hookmask & (L->hookcount > 0 ? ~LUA_MASKCOUNT : ~0)

#else                       /* ldo.c */

#define luaV_execute(L, ci) luaV_execute(L, tick_function(L, ci))
#define hookmask hookmask & ~LUA_MASKCOUNT

#endif

#endif
