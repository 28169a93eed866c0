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

bool engine_is_due(kl_engine *engine)
{
    return timer_soonest(&engine->timers) <= engine->monotonic ||
           shared_timers_are_due(shared_timers_of(engine->shared), engine->monotonic);
}

void engine_run_due(kl_engine *engine)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    timer_run(&engine->timers, engine->monotonic, &ctx);
    shared_timers_run(shared_timers_of(engine->shared), engine->number, engine->monotonic, &ctx);
    engine_ctx_end(engine, &ctx);
}

static double sooner(kl_engine *engine, int64_t own)
{
    int64_t when = own, shared;
    if (shared_timers_next(shared_timers_of(engine->shared), engine->number, &shared) && shared < own) when = shared;
    return when == INT64_MAX ? HUGE_VAL : clock_seconds(when);
}

double kl_engine_next_timer(kl_engine *engine)
{
    int64_t own;
    return sooner(engine, timer_next(&engine->timers, &own) ? own : INT64_MAX);
}

double engine_soonest_timer(kl_engine *engine) { return sooner(engine, timer_soonest(&engine->timers)); }
