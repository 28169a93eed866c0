/* rewind.c: an engine back to what it was at its mark, so that a test begins anew without a new engine. What is linked
 * is copied by its room, Lua states by theirs (vm/rewind.c); the rest is flat, and copied here. */
#include "engine.h"

#include "base/mem.h"
#include "core/tickets.h"
#include "tm/tm.h"

/* What has memory of its own. */
typedef struct stores {
    kl_shared *shared;
    pv_vars *vars;
    kl_lookups lookups;
} stores;

struct engine_mark {
    stores stores;
    shared_timers_copy *shared_timers;
    timer_wheel timers;
    void *module_states[MOD_COUNT]; /* without their scratch */
    kl_server server;
    kl_per_engine per_engine;
    proxy_state proxy;
    bool has_dostring_vm, has_script_vm;
    int log_level;
    double now;
    int64_t monotonic;
    uint32_t message_number;
    int64_t last_ticket;
    uint64_t failures;
    kl_error last_failure;
    unsigned additions;
    unsigned long reloads;
};

/* ---- stores */

static stores stores_of(const kl_engine *engine)
{
    return (stores){engine->shared, engine->vars, engine->server.lookups};
}

static void free_stores(stores *gone)
{
    kl_shared_free(gone->shared);
    vars_free(gone->vars);
    lookups_done(&gone->lookups);
    *gone = (stores){.shared = NULL};
}

static bool copy_stores(const stores *from, stores *to)
{
    *to = (stores){.shared = NULL};
    to->shared = shared_copy(from->shared);
    to->vars = vars_copy(from->vars);
    if (to->shared && to->vars && lookups_copy(&from->lookups, &to->lookups)) return true;
    free_stores(to);
    return false;
}

static void swap_stores(kl_engine *engine, stores *with)
{
    const stores now = stores_of(engine);
    shared_swap(engine->shared, with->shared);
    engine->vars = with->vars;
    engine->server.lookups = with->lookups;
    *with = (stores){with->shared, now.vars, now.lookups};
}

/* ---- what is flat */

static size_t plain_size(module_id id)
{
    const kl_module *module = engine_module(id);
    return module->state_size - module->scratch_size;
}

static bool save_modules(const kl_engine *engine, engine_mark *mark)
{
    for (module_id id = 0; id < MOD_COUNT; id++) {
        if (!engine->module_states[id]) continue;
        mark->module_states[id] = kl_malloc(plain_size(id));
        if (!mark->module_states[id]) return false;
        memcpy(mark->module_states[id], engine->module_states[id], plain_size(id));
    }
    return true;
}

static void save_flat(const kl_engine *engine, engine_mark *mark)
{
    mark->server = engine->server;
    mark->per_engine = engine->per_engine;
    mark->proxy = engine->proxy;
    mark->has_dostring_vm = engine->dostring_vm != NULL;
    mark->has_script_vm = engine->script_vm != NULL;
    mark->log_level = engine->config.log_level;
    mark->now = engine->now;
    mark->monotonic = engine->monotonic;
    mark->message_number = engine->message_number;
    mark->last_ticket = shared_tickets_of(engine->shared)->last;
    mark->failures = engine->failures;
    mark->last_failure = engine->last_failure;
    mark->additions = engine->additions;
    mark->reloads = shared_reload_any(engine->shared);
}

/* Structs as they were, but for the memory they have now. */
static void restore_flat(kl_engine *engine, const engine_mark *mark)
{
    kl_server server = mark->server;
    server.arena = engine->server.arena;
    server.lookups = engine->server.lookups;
    engine->server = server;
    proxy_state proxy = mark->proxy;
    proxy.out = engine->proxy.out;
    proxy.token = engine->proxy.token;
    engine->proxy = proxy;
    kept_memory *const kept = engine->per_engine.kept;
    engine->per_engine = mark->per_engine;
    engine->per_engine.kept = kept;
    engine->config.log_level = mark->log_level;
    engine->now = mark->now;
    engine->monotonic = mark->monotonic;
    engine->message_number = mark->message_number;
    engine->failures = mark->failures;
    engine->last_failure = mark->last_failure;
    for (module_id id = 0; id < MOD_COUNT; id++)
        if (engine->module_states[id]) memcpy(engine->module_states[id], mark->module_states[id], plain_size(id));
}

/* ---- transactions: they have memory and timers, and end with what began since the mark */

static size_t transactions_of(const kl_engine *engine)
{
    return engine->per_engine.tm ? engine->per_engine.tm->count : 0;
}

static void end_transactions(kl_engine *engine)
{
    kl_ctx ctx;
    if (transactions_of(engine) == 0) return;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    tm_end_all(&ctx, engine->per_engine.tm);
    engine_ctx_end(engine, &ctx);
}

/* ---- Lua states */

static kl_status mark_vms(kl_engine *engine, kl_error *err)
{
    kl_status status = engine->script_vm ? vm_mark(engine->script_vm, err) : KL_OK;
    if (status == KL_OK && engine->dostring_vm) status = vm_mark(engine->dostring_vm, err);
    return status;
}

static kl_status check_vms(const kl_engine *engine, const engine_mark *mark, kl_error *err)
{
    kl_status status = mark->has_script_vm ? vm_check_rewind(engine->script_vm, err) : KL_OK;
    if (status == KL_OK && mark->has_dostring_vm) status = vm_check_rewind(engine->dostring_vm, err);
    return status;
}

/* One that was made since the mark goes; its finalizers find no host. */
static void rewind_vm(kl_engine *engine, kl_vm **place, bool is_marked)
{
    if (is_marked) {
        vm_rewind_checked(*place);
        return;
    }
    const bridge_host host = engine->host;
    engine->host = (bridge_host){.handle = NULL};
    vm_free(*place);
    *place = NULL;
    engine->host = host;
}

/* ---- marking */

static kl_status begin(kl_engine *engine, kl_error *err)
{
    error_clear(err);
    if (!engine->started) return error_set(err, KL_EARG, "the engine has not started");
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    if (engine->depth > 1) status = error_set(err, KL_EBUSY, "a script is running");
    else if (kl_shared_engines(engine->shared) > 1)
        status = error_set(err, KL_EBUSY, "the state of several engines cannot be copied");
    else if (!inbox_is_empty(engine->inbox)) status = error_set(err, KL_EBUSY, "inputs wait in the engine's inbox");
    if (status != KL_OK) engine_leave(engine);
    return status;
}

/* What a run leaves behind for the next one's speed, and what it left for the host. */
static void forget_last_run(kl_engine *engine)
{
    effects_clear(&engine->effects);
    failure_begin(engine);
    pv_cache_clear(engine->pvs); /* it has places of $var, too */
    regex_cache_free(engine->per_engine.regexes);
    engine->per_engine.regexes = NULL;
}

void engine_unmark(kl_engine *engine)
{
    engine_mark *mark = engine->mark;
    engine->mark = NULL;
    if (engine->script_vm) vm_unmark(engine->script_vm);
    if (engine->dostring_vm) vm_unmark(engine->dostring_vm);
    if (!mark) return;
    free_stores(&mark->stores);
    shared_timers_copy_free(mark->shared_timers);
    timer_copy_free(&mark->timers);
    for (module_id id = 0; id < MOD_COUNT; id++) kl_free(mark->module_states[id]);
    kl_free(mark);
}

static bool save(kl_engine *engine)
{
    const stores now = stores_of(engine);
    engine_mark *mark = engine->mark = kl_calloc(1, sizeof *mark);
    if (!mark) return false;
    save_flat(engine, mark);
    mark->shared_timers = shared_timers_save(shared_timers_of(engine->shared));
    return mark->shared_timers && timer_copy(&engine->timers, &mark->timers) && save_modules(engine, mark) &&
           copy_stores(&now, &mark->stores);
}

static kl_status mark_all(kl_engine *engine, kl_error *err)
{
    const size_t open = transactions_of(engine);
    if (open > 0) return error_set(err, KL_EBUSY, "%zu transactions have not ended and cannot be copied", open);
    if (shared_tickets_any(shared_tickets_of(engine->shared)))
        return error_set(err, KL_EBUSY, "nobody has told what became of Store %lld: what waits for it cannot be copied",
                         (long long)kl_shared_oldest_store(engine->shared));
    engine_unmark(engine);
    forget_last_run(engine);
    kl_status status = mark_vms(engine, err);
    if (status == KL_OK && !save(engine)) status = error_set(err, KL_ENOMEM, "out of memory for the copy of an engine");
    if (status != KL_OK) engine_unmark(engine);
    return status;
}

kl_status kl_engine_mark(kl_engine *engine, kl_error *err)
{
    kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    status = mark_all(engine, err);
    engine_leave(engine);
    return status;
}

/* ---- rewinding */

static kl_status check(const kl_engine *engine, const engine_mark *mark, kl_error *err)
{
    if (!mark) return error_set(err, KL_EARG, "the engine has not been marked");
    if (engine->additions != mark->additions)
        return error_set(err, KL_EBUSY,
                         "functions or variables were added since the mark: a new engine has to be made");
    if (shared_reload_any(engine->shared) != mark->reloads)
        return error_set(err, KL_EBUSY, "scripts were reloaded since the mark: a new engine has to be made");
    return check_vms(engine, mark, err);
}

/* The mark needs stores for the next time: these are made first, and nothing fails afterwards. */
static kl_status rewind_all(kl_engine *engine, engine_mark *mark, kl_error *err)
{
    stores again;
    if (!copy_stores(&mark->stores, &again)) return error_set(err, KL_ENOMEM, "out of memory rewinding an engine");
    tickets_leave(engine->shared, engine->number);
    shared_tickets_rewind(shared_tickets_of(engine->shared), mark->last_ticket);
    end_transactions(engine);
    rewind_vm(engine, &engine->script_vm, mark->has_script_vm);
    rewind_vm(engine, &engine->dostring_vm, mark->has_dostring_vm);
    forget_last_run(engine);
    swap_stores(engine, &mark->stores);
    free_stores(&mark->stores);
    mark->stores = again;
    restore_flat(engine, mark);
    timer_rewind(&engine->timers, &mark->timers);
    shared_timers_rewind(shared_timers_of(engine->shared), mark->shared_timers);
    return KL_OK;
}

kl_status kl_engine_rewind(kl_engine *engine, kl_error *err)
{
    kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    status = check(engine, engine->mark, err);
    if (status == KL_OK) status = rewind_all(engine, engine->mark, err);
    engine_leave(engine);
    return status;
}
