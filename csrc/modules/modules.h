/* modules.h: the C modules, their rows, parameters and per-engine state. */
#ifndef KL_MODULES_MODULES_H
#define KL_MODULES_MODULES_H

#include "row.h"

typedef enum module_id {
#define MODULE(id, module) MOD_##id,
#include "list.def"
#undef MODULE
    MOD_APP_LUA,
    MOD_COUNT
} module_id;

typedef struct module_param {
    const char *name;
    kl_type type;  /* INT or STR; repeatable ones have a setter */
    size_t offset; /* of an int or kl_span in the state; strings are copied into the server's arena */
    /* instead of offset, may be NULL */
    kl_status (*set)(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
} module_param;

/* An RPC command. 0: *out is the result, in `arena`; a kl_rpc_code; else the code of a fault, and out->s what it says.
 */
typedef int (*module_rpc)(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out);
typedef struct module_command {
    const char *name;
    module_rpc run;
    const char *params; /* their names, `[...]` around those that may be left out */
    const char *help;   /* one sentence: what it does and what its result is */
    kl_merge merge;
} module_command;
#define MODULE_COMMAND(called, function, parameters, sentence, ...)                                                    \
    {.name = called, .run = function, .params = parameters, .help = sentence, __VA_ARGS__}

#define MODULE_NEEDS 2
typedef struct kl_module {
    const char *name; /* "" for the core */
    const kl_row *rows;
    size_t row_count;
    const module_param *params;
    size_t param_count;
    size_t state_size; /* zeroed memory per engine, 0 for none */
    /* of it, the last bytes: what owns memory and is of no use from run to run. A rewind of the engine copies the rest
     * back as it is (engine/rewind.c), so nothing there may own any. */
    size_t scratch_size;
    void (*init)(void *state); /* defaults; may be NULL, as all below */
    void (*done)(void *state);
    /* when it is loaded: what it listens to (core/hooks.h), and what other rooms have of its state */
    void (*join)(kl_ctx *ctx, void *state);
    /* once the scripts have run; false: no memory */
    bool (*start)(kl_ctx *ctx, void *state);
    const module_command *commands;   /* the last has no name */
    const struct pv_table *variables; /* pseudo-variables that come with it (pv/pv.h) */
    /* loaded before it, as Kamailio wants them for it. MOD_CORE, which is always there, for none */
    module_id needs[MODULE_NEEDS];
} kl_module;

#define MODULE(id, module) extern const kl_module module;
#include "list.def"
#undef MODULE
extern const kl_module *const module_table[MOD_COUNT]; /* modules.c; NULL for app_lua, which is kemi's */
/* KL_ENOENT: no such parameter; KL_ECONFIG: wrong type or value. */
kl_status module_set_param(const kl_module *module, kl_ctx *ctx, void *state, kl_span name, const kl_value *value,
                           kl_error *err);
static inline void *module_state(kl_ctx *ctx, module_id id) { return ctx->modules[id]; }

#endif
