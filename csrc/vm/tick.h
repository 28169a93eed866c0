/* tick.h: included in front of Lua's lvm.c and ldo.c by vendor/lua/CMakeLists.txt, and by nothing else. The sources stay as released.
 *
 * The instruction budget keeps Lua's count hook set all the time, and Lua's core takes any hook for a reason to go the long way. A count hook alone has nothing to say but
 * when the count is over: so counting is done in place, and returning from a function keeps no books for line hooks that are not there (as Lua itself without a hook). */
#ifndef KL_VM_TICK_H
#define KL_VM_TICK_H

#define LUA_CORE

#include <lprefix.h>

#include <ldebug.h>
#include <lstate.h>

_Static_assert(LUA_VERSION_RELEASE_NUM == 50408, "compare with luaG_traceexec, and with what ldo.c does with hookmask, in the new release");

#ifdef KL_TICK_EXECUTE      /* lvm.c: before every instruction while a hook is set */
static inline __attribute__((always_inline)) int tick(lua_State *L, const Instruction *pc)
{
    if (l_likely(L->hookmask == LUA_MASKCOUNT && L->hookcount > 1)) {
        L->hookcount--;
        return 1;
    }
    return luaG_traceexec(L, pc);
}
#define luaG_traceexec tick
#else                       /* ldo.c, which only reads it */
#define hookmask hookmask & ~LUA_MASKCOUNT
#endif

#endif
