/* timer.c: what happens without a call: the event at the start, and expired items leaving, each with its event. */
#include "htable.h"

#include "core/clock.h"

#define MAX_EVENT 256

static bool has_expiring(const kl_ctx *ctx)
{
    for (const core_htable *table = htable_next(shared_htables(ctx->shared), NULL); table;
         table = htable_next(shared_htables(ctx->shared), table))
        if (htable_of(table)->autoexpire > 0) return true;
    return false;
}

static htable_verdict drop_expired(void *with, const htable_item *item)
{
    (void)with;
    return item->expired ? HTABLE_DROP : HTABLE_ON;
}

/* The callback may let it live on. */
static void tell(kl_ctx *ctx, const htable_state *state, core_htable *table, const htable_place *place)
{
    char event[MAX_EVENT] = "htable:expired:";
    const arena_mark mark = arena_save(ctx->scratch);
    const kl_span name = htable_of(table)->name;
    const size_t n = strlen(event);
    htable_item item;
    if (name.n < sizeof event - n && htable_at(table, place, ctx->now, ctx->scratch, &item)) {
        memcpy(event + n, name.s, name.n);
        ctx->per_engine->expired = &item;
        ctx->ops->run_callback(ctx, state->event_callback, span_of(event, n + name.n), KL_PHASE_EVENT, NULL, NULL);
        ctx->per_engine->expired = NULL;
    }
    arena_rewind(ctx->scratch, mark);
}

static void purge(kl_ctx *ctx, const htable_state *state, core_htable *table)
{
    htable_place place = {0, 0, 0};
    if (!server_hears(ctx->server, state->event_callback)) {
        htable_visit(table, ctx->now, drop_expired, NULL);
        return;
    }
    while (htable_step_expired(table, &place, ctx->now)) {
        tell(ctx, state, table, &place);
        htable_remove_expired_at(table, &place, ctx->now);
    }
}

static void tick(kl_ctx *ctx, shared_timer *timer);

static bool set_tick(kl_ctx *ctx, const htable_state *state, shared_timer *timer)
{
    return shared_set_timer(ctx->shared, ctx->number, timer, MOD_HTABLE, tick,
                            ctx->monotonic + state->timer_interval * CLOCK_SECOND);
}

static void tick(kl_ctx *ctx, shared_timer *timer)
{
    const htable_state *state = module_state(ctx, MOD_HTABLE);
    set_tick(ctx, state, timer); /* takes the place that has just become free */
    for (core_htable *table = htable_next(shared_htables(ctx->shared), NULL); table;
         table = htable_next(shared_htables(ctx->shared), table))
        if (htable_of(table)->autoexpire > 0) purge(ctx, state, table);
}

/* ---- the start */

static void tell_start(kl_ctx *ctx, const htable_state *state)
{
    if (span_empty(state->event_callback) && span_empty(ctx->server->event_route)) return;
    if (!htable_first_start(shared_htables(ctx->shared))) return;
    if (state->event_callback_mode == 1)
        ctx->ops->run_callback(ctx, state->event_callback, SPAN("htable:mod-init"), KL_PHASE_EVENT, NULL, NULL);
    else if (!span_empty(state->event_callback)) /* in the main process of Kamailio, which has no Lua */
        ctx_misuse(ctx, KL_LOG_ERR, "htable: no event htable:mod-init without event_callback_mode 1");
}

/* The first engine that comes sets the timer, and its interval counts. */
static bool start_ticking(kl_ctx *ctx, const htable_state *state)
{
    shared_timers *timers = shared_timers_of(ctx->shared);
    shared_timer *timer = htable_expiry(shared_htables(ctx->shared));
    if (!shared_timers_join(timers, MOD_HTABLE, ctx->number)) return false;
    return shared_timer_is_set(timers, timer) || set_tick(ctx, state, timer);
}

bool htable_start(kl_ctx *ctx, void *opaque)
{
    tell_start(ctx, opaque);
    return !has_expiring(ctx) || start_ticking(ctx, opaque);
}
