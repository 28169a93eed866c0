/* paths.h: where KSR.module.name led to. What a script calls it finds by three look-ups, each of which waits for the
 * one before; here all three are remembered by the names, and only looked at again: the global KSR, the module in it
 * and what the module has. A value may be set anew at any time, since it is read where it lies. When a place moves (a
 * key joins the table, or the table goes), all is forgotten.
 *
 * Only tables that are marked take part: the globals, KSR and its modules. vendor/lua/kemilua.patch asks here
 * (paths_in_lua.h). */
#ifndef KL_VM_PATHS_H
#define KL_VM_PATHS_H

#include <lua.h>
#include <stdbool.h>

#define VM_PATHS 64

/* all of Lua's own: TString, Table, TValue. They are compared; read is only what lies in a marked table */
typedef struct vm_path {
    const void *module, *name; /* the keys; name NULL: KSR.module is all */
    const void *table;         /* that the module was */
    const void *module_at, *name_at;
} vm_path;

typedef struct vm_paths {
    const void *key, *globals, *table, *at; /* the string "KSR", what it is a key of, the table it was, and where */
    bool learnt;                            /* whether there is anything to forget */
    vm_path path[VM_PATHS];
} vm_paths;

/* The table on top, which is the global `name` or, NULL, a table in it. [-0, +0, -] */
void paths_mark(lua_State *L, const char *name);

#endif
