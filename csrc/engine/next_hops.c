/* next_hops.c: addresses of names that transactions go on to (RFC 3263): asked of the host at once, or told later. */
#include "engine.h"
#include "tm/tm.h"

int engine_next_hops(kl_ctx *ctx, const kl_effect *question, kl_target *targets, int cap)
{
    kl_value raised = {.type = KL_TYPE_STR};
    bridge_enter(ctx->host);
    const int count = kl_py_next_hops(ctx->engine->host.handle, question, targets, cap, &raised);
    if (count >= -1) return count;
    kl_error err;
    error_set(&err, KL_EPYTHON, "next_hops: %.*s", (int)(raised.s.n > 400 ? 400 : raised.s.n), raised.s.s);
    err.token = raised.i;
    log_print(ctx, KL_LOG_ERR, "%s", err.text);
    failure_note(ctx->engine, &err);
    if (ctx->host->lane) ctx->host->lane->kept(ctx->host->lane);
    return 0;
}

void engine_resolved(kl_engine *engine, int64_t ticket, const kl_target *targets, size_t count)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    tm_resolved(&ctx, ticket, targets, count);
    engine_ctx_end(engine, &ctx);
}

void engine_send_failed(kl_engine *engine, const kl_packet *packet)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    tm_send_failed(&ctx, packet);
    engine_ctx_end(engine, &ctx);
}
