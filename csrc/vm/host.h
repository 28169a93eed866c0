/* host.h: what scripts and Lua's own files ask of the host: environment, locale, files. */
#ifndef KL_VM_HOST_H
#define KL_VM_HOST_H

#include <lua.h>

/* vendor/lua/CMakeLists.txt compiles loadlib.c and loslib.c with these names in place of libc's. libc's read and write
 * what belongs to the whole process, while the host's other threads do too. Likewise base/calendar.h for strftime and
 * mktime. */
char *host_getenv(const char *name);                  /* NULL: clib.c sets the paths, from the host's snapshot */
char *host_setlocale(int category, const char *name); /* there is one locale, "C" */

int host_os_getenv(lua_State *L); /* os.getenv out of the snapshot */
/* As luaL_loadfilex, of regular files alone: a FIFO, a terminal or a device could keep the process waiting. [-0, +1] */
int host_load(lua_State *L, const char *path, const char *mode);
/* loadfile, dofile, package.searchers[2] (upvalue 1 is package) */
int host_loadfile(lua_State *L);
int host_dofile(lua_State *L);
int host_searchpath(lua_State *L); /* package.searchpath */
int host_search_lua(lua_State *L);
/* io: the names of FIFOs and terminals are refused. [-0, +0, m] */
void host_open_io(lua_State *L);

#endif
