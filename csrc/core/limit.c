/* limit.c: the one line about a kind of memory that is used up. */
#include "limit.h"

static const char *const lines[] = {
    [LIMIT_MESSAGE] = "the memory of the message is used up, or at its limit (Limits.message_memory): changes and "
                      "variables are refused from here on",
    [LIMIT_CALL] = "the memory of one call is used up, or at its limit (Limits.memory)",
    [LIMIT_VARS] = "the memory of $var and $vn is used up, or at its limit (Limits.memory): larger values and new "
                   "names are refused",
    [LIMIT_SHV] =
        "the memory of $shv is used up, or at its limit (Limits.memory): larger values and new names are refused",
    [LIMIT_HTABLE] = "the memory of hash tables is used up, or at its limit (Limits.memory): larger values and new "
                     "items are refused",
};

void limit_reached(kl_ctx *ctx, limit_kind kind)
{
    kl_effects *effects = ctx->effects;
    ctx->calm.call.told = true;
    if (effects->told & 1u << kind) return;
    effects->told |= 1u << kind;
    log_text(ctx, KL_LOG_ERR, span_text(lines[kind]));
}

bool limit_htable(kl_ctx *ctx, core_htable *table, bool done)
{
    if (!done && htable_refused(table)) limit_reached(ctx, LIMIT_HTABLE);
    return done;
}

static void ask(kl_ctx *ctx, kl_arena *arena, limit_kind kind)
{
    if (KL_LIKELY(arena->refused == 0)) return;
    arena->refused = 0;
    limit_reached(ctx, kind);
    arena->refused = 0; /* the line has a place, which wants memory too */
}

bool limit_told(kl_ctx *ctx)
{
    if (ctx->msg) ask(ctx, &ctx->msg->arena, LIMIT_MESSAGE);
    ask(ctx, ctx->scratch, LIMIT_CALL);
    const bool told = ctx->calm.call.told;
    ctx->calm.call.told = false;
    return told;
}
