/* settings.c: what a script asks of its transaction, be it there or still to come: routes, times, flags. */
#include "tm.h"

/* ---- routes */

static int set_handler(kl_ctx *ctx, size_t offset, kl_span name)
{
    tm_note *note = note_of(ctx->msg);
    if (!note) return -1;
    tm_cell *cell = note->cell;
    const kl_span kept = name.n == 0 ? SPAN("") : arena_copy(cell ? &cell->request->arena : &ctx->msg->arena, name);
    if (!kept.s) return -1;
    char *handlers = (char *)(cell ? &cell->handlers : &note->pending);
    memcpy(handlers + offset, &kept, sizeof kept);
    return 1;
}

KSR_FN(tm_on_branch) { return set_handler(ctx, offsetof(tm_handlers, on_branch), args[0].s); }
KSR_FN(tm_on_failure) { return set_handler(ctx, offsetof(tm_handlers, on_failure), args[0].s); }
KSR_FN(tm_on_branch_failure) { return set_handler(ctx, offsetof(tm_handlers, on_branch_failure), args[0].s); }
KSR_FN(tm_on_reply) { return set_handler(ctx, offsetof(tm_handlers, on_reply), args[0].s); }

KSR_FN(tm_is_set)
{
    static const tm_handlers none;
    const tm_note *note = note_in(ctx->msg);
    const tm_handlers *handlers = !note ? &none : note->cell ? &note->cell->handlers : &note->pending;
    switch (args[0].s.n > 0 ? args[0].s.s[0] : '\0') {
    case 'b': return handlers->on_branch.n > 0 ? 1 : -1;
    case 'f': return handlers->on_failure.n > 0 ? 1 : -1;
    case 'o': return handlers->on_reply.n > 0 ? 1 : -1;
    default: return -1;
    }
}

/* ---- times */

static tm_timing *timing_of(kl_ctx *ctx)
{
    tm_note *note = note_of(ctx->msg);
    return !note ? NULL : note->cell ? &note->cell->timing : &note->timing;
}

static int set_fr(kl_ctx *ctx, int64_t fr_inv, int64_t fr)
{
    tm_timing *timing = timing_of(ctx);
    if (!timing) return -1;
    if (fr_inv > 0) timing->fr_inv = tm_ticks(fr_inv);
    else if (!note_cell(ctx->msg) && fr > 0) timing->fr_inv = 0;
    if (fr > 0) timing->fr = tm_ticks(fr);
    if (note_cell(ctx->msg)) timers_renew(ctx, note_cell(ctx->msg));
    return 1;
}

KSR_FN(tm_set_fr) { return set_fr(ctx, args[0].i, args[1].i); }

KSR_FN(tm_set_fr_inv)
{
    tm_timing *timing = timing_of(ctx);
    if (!timing) return -1;
    if (args[0].i > 0) timing->fr_inv = tm_ticks(args[0].i);
    if (note_cell(ctx->msg)) timers_renew(ctx, note_cell(ctx->msg));
    return 1;
}

KSR_FN(tm_reset_fr)
{
    const tm_settings *settings = &tm_of(ctx)->settings;
    return set_fr(ctx, settings->fr_inv_timer, settings->fr_timer);
}

#define LONGEST_REPEAT 65535 /* ms */

static int set_retr(kl_ctx *ctx, int64_t first, int64_t most)
{
    tm_timing *timing = timing_of(ctx);
    if (!timing || first > LONGEST_REPEAT || most > LONGEST_REPEAT) return -1;
    if (first > 0) timing->repeat_first = tm_ticks(first);
    if (most > 0) timing->repeat_most = tm_ticks(most);
    return 1;
}

KSR_FN(tm_set_retr) { return set_retr(ctx, args[0].i, args[1].i); }

KSR_FN(tm_reset_retr)
{
    const tm_settings *settings = &tm_of(ctx)->settings;
    return set_retr(ctx, settings->retr_timer1, settings->retr_timer2);
}

static int set_lifetime(kl_ctx *ctx, int64_t invite, int64_t other)
{
    tm_timing *timing = timing_of(ctx);
    tm_cell *cell = note_cell(ctx->msg);
    if (!timing) return -1;
    if (!cell) {
        if (invite > 0) timing->life_inv = tm_ticks(invite);
        if (other > 0) timing->life_noninv = tm_ticks(other);
        return 1;
    }
    timers_limit(ctx, cell, (cell_is(cell, TM_IS_INVITE) ? invite : other) * 1000);
    return 1;
}

KSR_FN(tm_set_max_lifetime) { return set_lifetime(ctx, args[0].i, args[1].i); }

KSR_FN(tm_reset_max_lifetime)
{
    const tm_settings *settings = &tm_of(ctx)->settings;
    return set_lifetime(ctx, settings->max_inv_lifetime, settings->max_noninv_lifetime);
}

/* ---- flags */

static int set_flag(kl_ctx *ctx, unsigned flag, bool on)
{
    tm_note *note = note_of(ctx->msg);
    if (!note) return -1;
    unsigned *flags = note->cell ? &note->cell->flags : &note->set;
    if (on) *flags |= flag;
    else *flags &= ~flag;
    if (!note->cell) note->cleared = on ? note->cleared & ~flag : note->cleared | flag;
    return 1;
}

KSR_FN(tm_set_auto_inv_100) { return set_flag(ctx, TM_AUTO_100, args[0].i != 0); }
KSR_FN(tm_set_disable_6xx) { return set_flag(ctx, TM_DISABLE_6XX, args[0].i != 0); }
KSR_FN(tm_set_disable_failover) { return set_flag(ctx, TM_DISABLE_FAILOVER, args[0].i != 0); }
KSR_FN(tm_set_disable_internal_reply) { return set_flag(ctx, TM_DISABLE_INTERNAL_REPLY, args[0].i != 0); }
KSR_FN(tm_set_no_auto_ack) { return set_flag(ctx, TM_NO_AUTO_ACK, args[0].i != 0); }
KSR_FN(tm_set_no_e2e_cancel_reason) { return set_flag(ctx, TM_NO_E2E_REASON, args[0].i != 0); }
