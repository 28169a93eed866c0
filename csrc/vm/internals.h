/* internals.h: the few things that Lua's public headers do not tell. Only internals.c, native.c and origin.c include
 * Lua's private ones; they are bound to the release that vendor/lua/pin.json names. */
#ifndef KL_VM_INTERNALS_H
#define KL_VM_INTERNALS_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* The Lua functions on the stack look at their next instruction (work.h). */
void internals_stop(lua_State *L);
/* Raises the value that the registry has for a key, past message handlers; allocates nothing, and needs no free slot.
 */
_Noreturn void internals_throw(lua_State *L, const void *key);
/* Whether block is L's stack: while that moves, L cannot be asked where it is. */
bool internals_is_stack(const lua_State *L, const void *block);
/* lua_pcall of a C body in the frame that is running, without a frame of its own: [-0, +results] body may leave
 * results; after an error the error value is on top. The message handler is what is on top at the start. */
int internals_pcall(lua_State *L, void (*body)(lua_State *L, void *request), void *request);
/* The same without a handler. [-0, +results] */
int internals_try(lua_State *L, void (*body)(lua_State *L, void *request), void *request);
/* Keeps the collector, and so every finalizer, from running by itself until release; when it is due stays as it was,
 * which lua_gc's stop and restart do not see to. Not to be nested across a Lua error. */
typedef struct internals_gc {
    unsigned char stopped;
    ptrdiff_t threshold;
} internals_gc;
internals_gc internals_gc_hold(lua_State *L);
void internals_gc_release(lua_State *L, internals_gc before);
void internals_collect_due(lua_State *L);
/* Whether `is` is true of the memory of any userdata that has the metatable on top. `all` false: of those with a
 * finalizer, which are few. [-0, +0, -] */
bool internals_any_userdata(lua_State *L, bool all, bool (*is)(const void *userdata));
int internals_levels(const lua_State *L); /* of the stack, as lua_getstack counts them */
/* the level around that of ar; false, when there is none */
bool internals_next_level(const lua_State *L, lua_Debug *ar);
int internals_c_left(const lua_State *L);    /* calls in C that Lua still lets nest */
int internals_lua_calls(const lua_State *L); /* Lua functions on the stack */

#endif
