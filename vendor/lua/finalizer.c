/* finalizer.c: finalizers run with hooks on.
 *
 * Lua turns hooks off while a finalizer (__gc) runs, so no instruction budget would reach an endless loop in one. lgc.c is compiled with luaD_callnoyield renamed to
 * the function below, which is its one use there: the source stays as released, the call takes this way round. GCTM, the caller, restores the flag. */
#include "lprefix.h"

#include "lua.h"

#include "ldo.h"
#include "lstate.h"

LUAI_FUNC void luaD_callfinalizer(lua_State *L, StkId func, int nresults);

void luaD_callfinalizer(lua_State *L, StkId func, int nresults) {
    L->allowhook = 1;
    luaD_callnoyield(L, func, nresults);
}
