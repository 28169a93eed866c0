/* dynlib.h: libraries in C that were built for Lua 5.4, opened so that they call this Lua and no other. */
#ifndef KL_VM_DYNLIB_H
#define KL_VM_DYNLIB_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dynlib_refusal {
    char text[512];
} dynlib_refusal;

/* The library of a file, for dlsym; NULL and the reason. It stays open for good: its code may be anywhere. `global`:
 * its own names become visible to the process, too. */
void *dynlib_open(const char *path, bool global, dynlib_refusal *refusal);

/* ---- dynlib_needs.c */
/* false: the file's own name tells another Lua */
bool dynlib_path_fits(const char *path, dynlib_refusal *refusal);
/* Whether an opened library was built for Lua 5.4; else the reason. `own` is what dlsym finds this Lua's functions in.
 */
bool dynlib_fits(void *library, void *own, const char *path, dynlib_refusal *refusal);
/* The digit behind "5." where a file name ("liblua5.1-cjson.so.0", "liblua.so.5.4", "libluajit-5.1.so.2") tells a Lua,
 * else 0. */
char dynlib_release(const char *name);

/* ---- dynlib_pair.c, where the dynamic linker is one of ELF */
/* Opens the library with this Lua beside it. NULL: dlerror knows. */
void *dynlib_open_beside(const char *own, const void *image, const char *path);

#endif
