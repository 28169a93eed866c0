/* engine.h: the whole: contexts L and LL, rows, modules, one run at a time. Private to engine/. */
#ifndef KL_ENGINE_ENGINE_H
#define KL_ENGINE_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/timer.h"
#include "core/clock.h"
#include "core/hooks.h"
#include "core/per_engine.h"
#include "core/shared.h"
#include "kemi/bridge.h"
#include "kemi/kemi.h"
#include "modules/modules.h"
#include "proxy/proxy.h"
#include "pv/pv.h"
#include "pv/store/store.h"
#include "vm/script.h"

#define ENGINE_MAX_DEPTH    16 /* runs nested in each other through Python or KSR.app_lua.run */
#define ENGINE_MAX_OPENLIBS 16
#define NO_SUCH_FUNCTION    "no such function [%.*s] in lua scripts"

typedef struct engine_mark engine_mark; /* rewind.c */

/* Registers of kemi's callbacks by phase live in kl_server (kemi.* parameters). */
struct kl_engine {
    kl_config config;
    kl_server server;
    kl_shared *shared;
    int number; /* among the engines of `shared`; -1 before it has come there */
    kl_inbox *inbox;
    kl_effects effects;
    kl_arena scratch;
    pv_vars *vars;
    pv_cache *pvs;
    kemi_table table;
    void *module_states[MOD_COUNT];
    bool module_loaded[MOD_COUNT];
    kl_vm *dostring_vm; /* L: made on first use */
    kl_vm *script_vm;   /* LL: made at start when there is a script, else on first eval */
    vm_openlib openlibs[ENGINE_MAX_OPENLIBS];
    size_t openlib_count;
    vm_script *scripts; /* in load order */
    size_t script_count, script_cap;
    unsigned long reload_seen;
    kl_msg msg;        /* recycled for receive */
    kl_msg *faked_msg; /* recycled for events, NULL before the first */
    kl_per_engine per_engine;
    core_hooks hooks;
    proxy_state proxy;
    timer_wheel timers; /* in microseconds */
    kl_value command_result;
    kl_ctx *current;        /* innermost run */
    kl_work idle;           /* of what is asked outside of runs: has no end */
    atomic_uintptr_t owner; /* thread inside, 0 for none: the one answer to who may use the engine now */
    int holds;              /* of that thread: one for each run, and those of the host around them */
    int depth;              /* runs nested in each other */
    bool started, trace;
    double now;        /* Unix time, as the host told it last */
    int64_t monotonic; /* what timers go by, in microseconds */
    uint32_t message_number;
    /* of the first callback that failed in this entry, else its first misuse; KL_OK: none */
    kl_error failure;
    uint64_t failures; /* entries that failed */
    kl_error last_failure;
    engine_mark *mark;  /* NULL: none */
    unsigned additions; /* exports and variables of the host so far */
    kl_buf received;    /* a datagram that a script has changed before it is parsed */
    kl_buf text;        /* lua_run's evaluated words, joined */
    kl_value *eval_values;
    size_t eval_cap;
    kl_arena eval_arena;
    ctx_ops ops;
    bridge_host host;
    kl_value raised; /* what ctx->raised points to */
    kl_buf raised_text;
};

/* ---- context.c */
/* Takes the engine for this thread, counted; how often this thread has it now, 0 when another one does. */
static inline int engine_hold(kl_engine *engine)
{
    const uintptr_t me = (uintptr_t)pthread_self();
    uintptr_t nobody = 0;
    if (atomic_load_explicit(&engine->owner, memory_order_relaxed) != me &&
        !atomic_compare_exchange_strong_explicit(&engine->owner, &nobody, me, memory_order_acquire,
                                                 memory_order_relaxed))
        return 0;
    return ++engine->holds;
}
/* The other half: how often this thread has it still. */
static inline int engine_let(kl_engine *engine)
{
    const int left = --engine->holds;
    if (left == 0) atomic_store_explicit(&engine->owner, 0, memory_order_release);
    return left;
}
kl_status engine_enter(kl_engine *engine, kl_error *err); /* a hold, and a run ENGINE_MAX_DEPTH deep */
void engine_leave(kl_engine *engine);
void engine_ctx(kl_engine *engine, kl_ctx *ctx, kl_msg *msg, unsigned phase); /* fills *ctx and makes it current */
void engine_ctx_end(kl_engine *engine, kl_ctx *ctx);
/* What a context and a VM know of each other while the VM runs on it. */
typedef struct engine_tie {
    void *ctx, *vm; /* what they knew before */
    kl_work *work, *msg_work;
    const unsigned char *msg_secret;
    int64_t price;
} engine_tie;
engine_tie engine_bind(kl_ctx *ctx, kl_vm *vm);
void engine_unbind(kl_ctx *ctx, kl_vm *vm, engine_tie before);
void engine_log_error(kl_ctx *ctx, kl_span what, const kl_error *err);

/* ---- run.c: calls by name, chunks, what the host calls */
/* A kemi callback on ctx's message, in a context of its own: script flags zeroed, errors logged. KL_ENOENT when the
 * name is empty or the script has none. */
kl_status engine_callback(kl_ctx *ctx, kl_span function, kl_span event, kl_phase phase, const ctx_send *send,
                          bool *dropped);
/* lua_run and KSR.app_lua.run*: words evaluated already, *result 1 or -1, failures logged. */
kl_status engine_run_named(kl_ctx *ctx, const kl_span *words, size_t count, int *result, kl_error *err);
typedef enum engine_chunk { CHUNK_DOSTRING, CHUNK_DOFILE, CHUNK_RUNSTRING } engine_chunk;
kl_status engine_run_chunk(kl_ctx *ctx, engine_chunk kind, kl_span code, int *result, kl_error *err);

/* ---- failure.c: what an entry has to tell its host, and how many failed. Kept aside until the entry ends, as the run
 * itself may go on. */
/* the first error, or the first misuse as long as there is no error */
void failure_note(kl_engine *engine, const kl_error *err);
void failure_note_misuse(kl_ctx *ctx, kl_span text); /* ctx_ops.note_misuse */
void failure_begin(kl_engine *engine);               /* at the start of an outermost entry */
/* At its end: *err becomes what was noted, where the entry has nothing to tell itself. */
void failure_end(kl_engine *engine, kl_error *err);
void failure_count(kl_engine *engine, const kl_error *err); /* one more entry that failed, of whatever kind */

/* ---- scripts.c: states, load order, reload */
kl_vm *engine_script_vm(kl_engine *engine, kl_error *err);   /* LL, made when there is none */
kl_vm *engine_dostring_vm(kl_engine *engine, kl_error *err); /* L */
kl_status engine_load_scripts(kl_engine *engine, kl_error *err);
void engine_reload_if_asked(kl_ctx *ctx); /* at the start of every run by name */

/* ---- modules.c */
const kl_module *engine_module(module_id id);
const kl_module *engine_loaded_module(const kl_engine *engine, module_id id); /* NULL: not loaded */
kl_status engine_load_module(kl_engine *engine, module_id id, kl_error *err); /* after those that it requires */
bool engine_modules_start(kl_engine *engine);                                 /* false: no memory */

/* ---- faked.c: what events of modules run on, as Kamailio makes up a request too; NULL when memory ended */
kl_msg *engine_faked_message(kl_engine *engine);

/* ---- timers.c */
void engine_run_due(kl_engine *engine); /* all timers that are due */
bool engine_is_due(kl_engine *engine);  /* one of them is, or was until it was stopped */
/* Known at once: none goes off before it. HUGE_VAL: there is none. */
double engine_soonest_timer(kl_engine *engine);
/* The time that came with an input. */
void engine_set_time(kl_engine *engine, double now, double monotonic);

/* ---- receive.c: the whole way of a packet, its effects behind those that there are */
void engine_receive(kl_engine *engine, const kl_packet *packet);

/* ---- next_hops.c */
int engine_next_hops(kl_ctx *ctx, const kl_effect *question, kl_target *targets, int cap); /* ctx_ops.next_hops */
void engine_resolved(kl_engine *engine, int64_t ticket, const kl_target *targets, size_t count);
void engine_send_failed(kl_engine *engine, const kl_packet *packet);

/* ---- rpc.c */
void engine_answer(const bridge_host *host, int64_t number, int code, const kl_value *value); /* ctx_ops.answer */

/* ---- stores.c */
void engine_stored(kl_engine *engine, const inbox_input *input);

/* ---- rewind.c */
void engine_unmark(kl_engine *engine); /* forgets the mark */

/* ---- settings.c */
bool engine_get_setting(kl_ctx *ctx, kl_span module, kl_span name, int *value);
bool engine_set_setting(kl_ctx *ctx, kl_span module, kl_span name, int64_t value);

/* ---- signals.c */
bool engine_interrupted(void *engine); /* vm_config.interrupted */

/* ---- variables.c */
bool engine_host_variable(kl_ctx *ctx, intptr_t which, kl_span inner, const kl_value *index, const kl_value *written,
                          kl_value *out);

/* What a variable of the host program raised while no KSR call was there to raise it: *err filled and KL_EPYTHON; else
 * status. */
kl_status engine_take_raised(kl_ctx *ctx, kl_status status, kl_error *err);

/* ---- app_lua.c */
extern const kl_module app_lua_module;

#endif
