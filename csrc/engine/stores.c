/* stores.c: Stores of the host's own, and what became of any. */
#include "engine.h"

#include "core/columns.h"
#include "core/tickets.h"

void engine_stored(kl_engine *engine, const inbox_input *input)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    if (input->stored.is_wait) tickets_wait_told(&ctx, (ticket_wait *)(uintptr_t)input);
    else tickets_told(&ctx, input->stored.ticket, input->stored.error);
    engine_ctx_end(engine, &ctx);
}

/* ticket_listener.told */
static void tell_host(kl_ctx *ctx, void *with, int64_t ticket, kl_span error)
{
    kl_value raised = {.type = KL_TYPE_STR};
    (void)with;
    bridge_enter(ctx->host);
    if (kl_py_stored(ctx->engine->host.handle, ticket, error, &raised) == 0) return;
    kl_error err;
    error_set(&err, KL_EPYTHON, "on_stored: %.*s", (int)(raised.s.n > 400 ? 400 : raised.s.n), raised.s.s);
    err.token = raised.i;
    log_print(ctx, KL_LOG_ERR, "%s", err.text);
    failure_note(ctx->engine, &err);
    if (ctx->host->lane) ctx->host->lane->kept(ctx->host->lane);
}

static kl_status running(kl_engine *engine, kl_error *err)
{
    error_clear(err);
    if (engine->current) return KL_OK;
    return error_set(err, KL_EARG, "a Store is left by a function that a script calls, while it runs");
}

kl_status kl_engine_store(kl_engine *engine, const kl_store *store, int64_t *ticket, kl_error *err)
{
    const kl_status status = running(engine, err);
    const char *wrong = columns_wrong(store);
    if (status != KL_OK) return status;
    if (wrong) return error_set(err, KL_EARG, "a Store cannot be: %s", wrong);
    *ticket = tickets_store(engine->current, store, store->is_told ? &(ticket_listener){.told = tell_host} : NULL);
    return *ticket ? KL_OK : error_set(err, KL_ENOMEM, "out of memory for a Store");
}

kl_status kl_engine_store_about(kl_engine *engine, kl_span about, int64_t *ticket, kl_error *err)
{
    bool failed;
    const kl_status status = running(engine, err);
    if (status != KL_OK) return status;
    *ticket = tickets_about(engine->current, about, &failed);
    return failed ? error_set(err, KL_ENOMEM, "out of memory waiting for a Store") : KL_OK;
}
