/* yardstick.h: a Lua library of bare C closures: what the benchmarks measure KSR calls against, and what the tests of
 * openlibs open. */
#ifndef KL_VM_YARDSTICK_H
#define KL_VM_YARDSTICK_H

#include <lua.h>

/* yardstick.flag(b): a function that answers b. yardstick.text(s): one that answers s, made from its bytes on each
 * call. */
int yardstick_open(lua_State *L);

#endif
