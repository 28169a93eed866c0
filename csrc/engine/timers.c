/* timers.c: when an engine wants to be called, and what happens then. */
#include "engine.h"

#include <math.h>

void engine_set_time(kl_engine *engine, double now, double monotonic)
{
    engine->now = now;
    engine->monotonic = clock_microseconds(engine->config.two_clocks ? monotonic : now);
}

void kl_engine_set_time(kl_engine *engine, double now, double monotonic) { engine_set_time(engine, now, monotonic); }

double kl_engine_now(const kl_engine *engine) { return engine->now; }

double kl_engine_monotonic(const kl_engine *engine) { return clock_seconds(engine->monotonic); }

void engine_run_due(kl_engine *engine)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    timer_run(&engine->timers, engine->monotonic, &ctx);
    engine_ctx_end(engine, &ctx);
}

double kl_engine_next_timer(kl_engine *engine)
{
    int64_t when;
    return timer_next(&engine->timers, &when) ? clock_seconds(when) : HUGE_VAL;
}

kl_status kl_engine_timer(kl_engine *engine, double now, double monotonic, kl_error *err)
{
    if (!engine->started) return error_set(err, KL_EARG, "the engine has not started");
    kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    if (engine->depth > 1) {
        engine_leave(engine);
        return error_set(err, KL_EBUSY, "timers cannot run within a run of a script");
    }
    effects_clear(&engine->effects);
    failure_begin(engine);
    engine_set_time(engine, now, monotonic);
    if (timer_is_due(&engine->timers, engine->monotonic)) engine_run_due(engine);
    err->status = KL_OK;
    failure_end(engine, err);
    engine_leave(engine);
    return KL_OK;
}
