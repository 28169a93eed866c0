/* clib.h: Lua libraries in C, for scripts (package) and for hosts (openlibs). */
#ifndef KL_VM_CLIB_H
#define KL_VM_CLIB_H

#include <lua.h>
#include <stddef.h>

/* package of the full set: paths as the system's own Lua has them, and libraries that call this Lua. [-0, +0, e] */
void clib_open(lua_State *L);
/* A function of a library in a file; NULL and why. */
lua_CFunction vm_library_function(const char *path, const char *name, char *why, size_t size);

#endif
