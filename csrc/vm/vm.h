/* vm.h: one Lua state with its limits. Knows no SIP. Lua errors are raised only in vm/ and kemi/, and every function
 * here that runs Lua catches them.
 *
 * A Lua state finds its kl_vm through Lua's extra space (coroutines inherit it), so there are no globals. */
#ifndef KL_VM_VM_H
#define KL_VM_VM_H

#include <lua.h>

#include "base/buf.h"
#include "base/region/region.h"
#include "base/work.h"
#include "base/status.h"
#include "internals.h"
#include "origin.h"
#include "paths.h"

typedef struct vm_openlib { /* Kamailio's openlibs_register */
    kl_span name;
    lua_CFunction open;
} vm_openlib;

typedef struct vm_config {
    int64_t instructions; /* per run, 0 for no limit */
    int64_t cpu;          /* nanoseconds of the thread's CPU time per run, 0 for no limit */
    /* asked every so often while Lua runs: true ends the run. Nothing in there may run in this state. NULL: never */
    bool (*interrupted)(void *arg);
    void *interrupted_arg;
    size_t memory; /* bytes, 0 for none; counted from a baseline taken after set-up */
    kl_libraries libraries;
    const vm_openlib *openlibs;
    size_t openlib_count;
    /* where print() goes, without the newline; NULL: full writes to stdout, safe drops it */
    void (*print)(void *arg, kl_span line);
    void *print_arg;
    kl_span environment; /* what os.getenv and package see of it (base/env.h); outlives the state */
    /* What a script ought to know of a nil that it indexed or called: a sentence in `out`, its length; 0 for nothing.
     * Called once the error is over; raises nothing. */
    size_t (*explain)(void *arg, lua_State *L, const vm_origin *origin, char *out, size_t cap);
    void *explain_arg;
    const uint64_t *seed; /* two words for math.random; NULL: Lua's own */
} vm_config;

typedef struct vm_place { /* where an error was raised */
    char where[256];
    int line;
} vm_place;

#define VM_NAMES 8
/* of a function called lately, kept as a Lua string in the registry so that it is not hashed again */
typedef struct vm_name {
    char text[40];
    size_t n;
    int ref;
} vm_name;

/* Why a run is over before its end. */
typedef enum vm_over { VM_GOES_ON, VM_OVER_INSTRUCTIONS, VM_OVER_CPU, VM_OVER_INTERRUPT, VM_OVER_COUNT } vm_over;

typedef struct kl_vm {
    kl_work work; /* first: Lua's own C finds it here (work.h) */
    lua_State *L;
    int64_t price;    /* of a call by dispatch, in work */
    void *held_table; /* native.c: the strings given lately; the registry has it */
    void *held;       /* its array, which stays where it is */
    /* The host's functions (native.h), by what native_push was given: the short way, results or NATIVE_REFUSED, and the
     * long way, a lua_CFunction else. */
    int (*native_short)(lua_State *L, const void *what, int base, int count);
    int (*native_long)(lua_State *L, const void *what);
    /* the run in progress (kemi: kl_ctx), NULL when there is none: at top level of a script */
    void *ctx;
    unsigned slow; /* VM_SLOW_*: dispatch takes the long way for trace or latency */
    int depth;     /* runs in progress in this state */
    /* -- private part: vm/ only */
    kl_region *region; /* all of the state lies in it, this too */
    vm_config config;
    int64_t budget, granted; /* instructions left of the outermost run, and how many of these `work` was given */
    int64_t cpu_end, ask_at, ticked; /* nanoseconds of three clocks: budget.c */
    vm_over over;
    bool stopped;                /* it has been raised */
    bool asking;                 /* config.interrupted runs */
    size_t used, baseline, peak; /* bytes */
    size_t limit;                /* of used */
    bool out_of_memory;
    kl_buf traceback; /* reserved before scripts run */
    vm_name names[VM_NAMES];
    vm_place place;       /* of the error that `traceback` belongs to */
    vm_origin origin;     /* of the nil that caused it; .n 0: none */
    void *reserved_error; /* error.c: a value of the registry */
    const void *raising;  /* error.c: the exception that is becoming an error value */
    bool gc_held;
    internals_gc gc_before;
    bool has_clib;  /* a library in C was opened for a script */
    bool noting;    /* the run in progress was given a kl_error to fill */
    vm_paths paths; /* last, since it is large */
} kl_vm;

/* What KSR functions and others that Lua calls take: `units` of work (base/work.h). True: vm_look is due, which raises
 * when the run is over. */
static inline bool vm_pay(kl_vm *vm, int64_t units) { return (vm->work.left -= units) < 0; }
void vm_look(lua_State *L);
/* A long call that was not ours has returned: when it took milliseconds, the next instruction looks. */
void vm_tick(kl_vm *vm);
/* The run in progress ends, whatever its script does; without one nothing happens. Call it in the thread that runs. */
void vm_interrupt(kl_vm *vm);

enum { VM_SLOW_TRACE = 1, VM_SLOW_LATENCY = 2 };

/* Opens the libraries (full, or safe: without os.execute, os.exit, os.remove..., io, package.loadlib, debug; no
 * bytecode) and KSRVERSION. os.exit raises an error in both. `setup` (may be NULL) adds what the caller wants under
 * protection, e.g. KSR. */
kl_vm *vm_new(const vm_config *config, void (*setup)(lua_State *L, void *arg), void *arg, kl_error *err);
void vm_free(kl_vm *vm);
static inline kl_vm *vm_of(lua_State *L) { return *(kl_vm **)lua_getextraspace(L); }
/* Runs fn(L, arg) protected, outside of any budget: for adding a row to KSR and the like. */
kl_status vm_protect(kl_vm *vm, void (*fn)(lua_State *L, void *arg), void *arg, kl_error *err);

/* The error value of KSR.x.exit and KSR.x.drop: exactly this string without a position. */
#define VM_EXIT "~~ksr~exit~~"
/* Raised by a Python export: an error value (a userdata with __tostring and __concat) that carries a token, which an
 * uncaught one brings back in kl_error.token with status KL_EPYTHON. When memory is short one made beforehand takes its
 * place, the text cut at 511 bytes. For use within a C function that Lua called; never returns. */
_Noreturn void vm_raise_python(lua_State *L, kl_span text, int64_t token);
/* Whether the value is such an error; its text (borrowed from the value) and token where wanted. Never raises. */
bool vm_python_error(lua_State *L, int index, kl_span *text, int64_t *token);

/* Calls a global function by name (plain global lookup, no dots) with string arguments, results discarded. KL_OK also
 * for exit and drop. KL_ENOENT: no such function, nothing ran. Else KL_ERUN, KL_EBUDGET, KL_ECPU, KL_EMEMORY,
 * KL_EPYTHON with err->text as Lua gave it ("unknown" when it is neither string nor number), where/line of the error
 * and the traceback. The stack is as before. Nested calls share the budget of the outermost. */
kl_status vm_call(kl_vm *vm, kl_span function, const kl_span *args, size_t count, kl_error *err);
bool vm_has_function(kl_vm *vm, kl_span function);
/* All of these: KL_EDEPTH when a nested run finds the C stack used up too far. A run cut off by a limit is KL_EBUDGET
 * or KL_ECPU, one that was interrupted KL_EPYTHON without a token, even when the script caught the error.
 *
 * Compiles and runs a chunk. `keep` true: all results stay on the stack, *results of them, for vm_pop; exit is then a
 * good end without results too (eval); otherwise exit is an error (dostring, runstring). name as lua_load takes it
 * ("=dostring", "@file.lua"). KL_ESYNTAX does not run anything. */
kl_status vm_run_string(kl_vm *vm, kl_span code, const char *name, bool keep, int *results, kl_error *err);
kl_status vm_run_file(kl_vm *vm, kl_span path, kl_error *err); /* KL_EIO, KL_ESYNTAX, ... */
void vm_pop(kl_vm *vm, int results);
/* "script.lua:12" of the innermost Lua function, for log lines and latency alerts; empty when there is none. Needs no
 * memory beyond `out`. */
size_t vm_position(lua_State *L, char *out, size_t cap, int *line, const char **function);
/* Where the script is right now, as an error there would tell: where and line of *err, its traceback in `room`.
 * Allocates nothing, raises nothing. */
void vm_place_now(kl_vm *vm, kl_error *err, char *room, size_t size);
int vm_call_depth(lua_State *L); /* Lua functions on the stack, for --trace */
size_t vm_memory(const kl_vm *vm);
/* A copy of the state as it is, and the state back to that: globals, tables, coroutines, the collector's place, the
 * same values at the same addresses. Neither while a script runs (KL_EDEPTH). KL_EBUSY and a sentence where the state
 * has what cannot be copied, and only a new state helps: a file that is open, a library in C. Another mark takes the
 * place of the one before; vm_rewind without one is KL_EARG. */
kl_status vm_mark(kl_vm *vm, kl_error *err);
void vm_unmark(kl_vm *vm); /* forgets it */
kl_status vm_rewind(kl_vm *vm, kl_error *err);
/* vm_rewind in two steps, for who has more to rewind than one state: what it would say, and, once that was KL_OK, the
 * rest, which cannot fail. */
kl_status vm_check_rewind(kl_vm *vm, kl_error *err);
void vm_rewind_checked(kl_vm *vm);
/* No finalizer runs until release. True when this call stopped the collector, and has to start it again; after an error
 * in between the next run does. */
bool vm_gc_hold(lua_State *L);
void vm_gc_release(lua_State *L);
/* Collects when it is due: a script that makes nothing but what C builds, the collector held, would never come to it.
 * May run finalizers. */
static inline void vm_collect_due(lua_State *L) { internals_collect_due(L); }

#endif
