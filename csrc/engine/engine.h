/* engine.h: the whole: contexts L and LL, rows, modules, one run at a time. Private to engine/. */
#ifndef KL_ENGINE_ENGINE_H
#define KL_ENGINE_ENGINE_H

#include <stdatomic.h>

#include "../core/shared.h"
#include "../kemi/bridge.h"
#include "../kemi/kemi.h"
#include "../modules/modules.h"
#include "../pv/pv.h"
#include "../pv/store.h"
#include "../vm/script.h"

#define ENGINE_MAX_DEPTH 16         /* runs nested in each other through Python or KSR.app_lua.run */
#define ENGINE_MAX_OPENLIBS 16

/* Registers of kemi's callbacks by phase live in world (kemi.* parameters). */
struct kl_engine {
    kl_config config;
    kl_world world;
    kl_shared *shared;
    kl_effects effects;
    kl_arena scratch;
    pv_vars *vars;
    pv_cache *pvs;
    kemi_table table;
    void *module_states[MOD_COUNT];
    bool module_loaded[MOD_COUNT];
    kl_vm *dostring_vm;             /* L: made on first use */
    kl_vm *script_vm;               /* LL: made at start when there is a script, else on first eval */
    vm_openlib openlibs[ENGINE_MAX_OPENLIBS];
    size_t openlib_count;
    vm_script *scripts;             /* in load order */
    size_t script_count, script_cap;
    unsigned long reload_seen;
    kl_msg msg;                     /* recycled for receive */
    kl_msg *spare[ENGINE_MAX_DEPTH]; /* receive called from within a run; made on first use */
    kl_ctx *current;                /* innermost run */
    int depth;
    atomic_uintptr_t owner;         /* thread inside, 0 for none */
    bool started;
    double now;
    uint32_t message_number;
    kl_buf text;                    /* lua_run's evaluated words, joined */
    kl_value *eval_values;
    size_t eval_cap;
    kl_arena eval_arena;
    bridge_python python;
};

#endif
