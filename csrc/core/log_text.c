/* log_text.c: a line becomes an effect. */
#include "ctx.h"

void log_text(kl_ctx *ctx, int level, kl_span text)
{
    if (!log_enabled(ctx, level)) return;
    const kl_span where = ctx->position ? ctx->position(ctx) : SPAN_NULL;
    effects_add(ctx->effects,
                &(kl_effect){.kind = KL_EFFECT_LOG, .level = level, .conid = -1, .data = text, .where = where});
}
