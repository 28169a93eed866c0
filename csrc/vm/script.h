/* script.h: the files of app_lua's "load" lines, and their reload. */
#ifndef KL_VM_SCRIPT_H
#define KL_VM_SCRIPT_H

#include "vm.h"

typedef struct vm_script {
    kl_span path;          /* also the chunk name */
    kl_span text;          /* .s NULL: read the file; a text of its own never changes on reload */
    unsigned long version; /* reload version it was last loaded at */
} vm_script;

/* luaL_loadfile's manners for text that stands for a file: no byte order mark, and a first line with # counts as empty.
 */
kl_span script_text(kl_span text);
/* Compiles and runs one script at top level. KL_EIO, KL_ESYNTAX (where, line), KL_ERUN ... */
kl_status vm_script_load(kl_vm *vm, const vm_script *script, kl_error *err);
/* Re-executes the chosen scripts in the existing state, in the order given; all are compiled before the first runs. All
 * or nothing: after a failure the globals are what they were before. */
kl_status vm_script_reload(kl_vm *vm, const vm_script *const *scripts, size_t count, kl_error *err);

#endif
