/* state.h: what the files of vm/ know of each other. */
#ifndef KL_VM_STATE_H
#define KL_VM_STATE_H

#include "vm.h"

/* ---- memory.c */
void *memory_alloc(void *vm, void *block, size_t osize, size_t nsize); /* lua_Alloc */

/* ---- budget.c */
void budget_arm(kl_vm *vm);                            /* at the start of an outermost run */
void budget_open(lua_State *L);                        /* [-0, +0, m] once per state */
kl_status budget_fill(const kl_vm *vm, kl_error *err); /* what there is to say of a run that is over */

/* ---- harden.c: what no script may reach, for the set that has debug */
void harden_open(lua_State *L); /* [-0, +0, e] */

/* ---- libs.c */
void libs_open(lua_State *L);           /* [-0, +0, e] the set of vm->config, openlibs, KSRVERSION */
const char *libs_mode(const kl_vm *vm); /* lua_load's mode: safe takes no bytecode */

/* ---- error.c */
/* of every run: notes place and traceback; raises nothing, allocates nothing */
int error_handler(lua_State *L);
void error_note(kl_vm *vm, lua_State *L, int level); /* the same from elsewhere */
void error_open(lua_State *L);                       /* [-0, +0, m] what errors need is made beforehand */
bool error_is_exit(lua_State *L, int index);
/* Fills err from the error value at index and what was noted. */
kl_status error_fill(kl_vm *vm, int status, int index, kl_error *err);
/* For a chunk that did not load: [-0, +0, m] error value on top, lua_load's status. */
kl_status error_fill_load(kl_vm *vm, int status, const char *chunk, kl_error *err);

/* ---- native.c */
void native_open(lua_State *L); /* [-0, +0, m] */

/* ---- call.c */
void names_open(lua_State *L); /* [-0, +0, m] */
typedef struct vm_run {
    void (*body)(lua_State *L, void *request); /* finds a dozen free slots, and not an empty stack */
    void *request;
    bool keep;         /* results stay on the stack, else there are none */
    bool exit_is_good; /* KSR.x.exit is a good end */
} vm_run;
/* Needs nothing, leaves the stack as it was (but for results kept); *results may be NULL. */
kl_status run_protected(kl_vm *vm, const vm_run *run, int *results, kl_error *err);
/* Pushes a compiled chunk and returns KL_OK, or fills err. [-0, +1, e] path may be NULL for text. `name` as lua_load
 * takes it. */
kl_status load_text(lua_State *L, kl_span text, const char *name, kl_error *err);
kl_status load_file(lua_State *L, kl_span path, kl_error *err);

#endif
