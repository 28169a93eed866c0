/* native.h: the host's functions (kemi: KSR) as Lua calls them. A value that is one holds what the host knows it by and
 * nothing else, so a thousand of them take no memory (work.h has its tag, vendor/lua/kemilua.patch lets Lua's core know
 * it; to scripts it is a function in C). A script's call of one takes the short way where it
 * can: no frame of its own, arguments read from where the caller put them, the result put where the caller wants it.
 * Lua's own call, with a frame, is the long way; it is taken whenever the short one is refused, and by everything but a
 * plain call (tail calls, pcall, hooks). */
#ifndef KL_VM_NATIVE_H
#define KL_VM_NATIVE_H

#include <lua.h>

#include "vm.h"

#define NATIVE_REFUSED (-1)

/* Equal to any other of the same `what`, which is not NULL and outlives the state. [-0, +1, -] */
void native_push(lua_State *L, const void *what);
/* Strings given lately, in a table of the state's. */
#define NATIVE_HELD 64

/* In the short way, arguments lie at base + 1 ... base + count of the caller's frame, to be read by their index as
 * usual; base takes the result, by one of these, which overwrites the function. The Lua stack has no room to push
 * anything. */
void native_give_nil(lua_State *L, int base);
void native_give_boolean(lua_State *L, int base, bool b);
void native_give_integer(lua_State *L, int base, int64_t i);
/* May raise memory errors, and run finalizers. Scripts ask for the same text again and again, and comparing is much
 * cheaper than making the string anew (hashing it, looking for its twin), so the last one of each kind, by length and a
 * few bytes, is held in the table. */
void native_give_text(lua_State *L, int base, const char *s, size_t n);
/* Makes room to push, as lua_checkstack; then the value on top is the result. */
bool native_room(lua_State *L, int slots);
void native_give_top(lua_State *L, int base);
/* false: neither string nor number. A number becomes its text in place */
bool native_text(lua_State *L, int index, kl_span *out);
/* The long way for the same: [-0, +1, m] */
void native_push_text(lua_State *L, const char *s, size_t n);

#endif
