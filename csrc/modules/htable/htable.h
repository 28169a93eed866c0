/* htable.h: KSR.htable.*, in files by topic. Private to them. */
#ifndef KL_MODULES_HTABLE_H
#define KL_MODULES_HTABLE_H

#include "core/limit.h"
#include "core/per_engine.h"
#include "core/shared.h"
#include "modules/modules.h"

#define HTABLE_INTERVAL 20

typedef struct htable_state {
    kl_span *defined; /* names of this engine's tables, in the server's arena */
    size_t defined_count, defined_cap;
    int timer_interval, timer_procs, event_callback_mode;
    kl_span event_callback;
} htable_state;

/* Logs when there is no such table. */
core_htable *htable_named(kl_ctx *ctx, kl_span name);

/* htable/param.c */
kl_status htable_param_table(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status htable_param_interval(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);

/* htable/timer.c */
bool htable_start(kl_ctx *ctx, void *state);

/* htable/rpc.c */
extern const module_command htable_commands[]; /* the last has no name */

#endif
