/* failure.c: what went wrong in an entry. A callback that fails ends only itself, and misuse ends nothing: both are
 * noted here, and the host gets the first at the end. */
#include "engine.h"

#define TRACEBACK_ROOM 4096

void failure_begin(kl_engine *engine) { engine->failure.status = KL_OK; }

/* The effects' arena lives until the next call, the VM's traceback until the next error. */
void failure_note(kl_engine *engine, const kl_error *err)
{
    kl_error *kept = &engine->failure;
    if (kept->status != KL_OK && (kept->status != KL_EMISUSE || err->status == KL_EMISUSE)) return;
    *kept = *err;
    kept->traceback = arena_copy(&engine->effects.arena, err->traceback);
    if (!kept->traceback.s) kept->traceback = SPAN_NULL;
}

static kl_span without(kl_span text, kl_span prefix)
{
    return span_starts(text, prefix) ? span_from(text, prefix.n) : text;
}

/* The line without the name of the function it begins with, in whichever form: that goes in front of all. */
static kl_span without_name(kl_span text, const kl_row *row)
{
    kl_span rest = without(text, SPAN("KSR."));
    const kl_span module = without(rest, span_text(row->module));
    if (module.n < rest.n && row->module[0] && module.s[0] == '.') rest = span_from(module, 1);
    const kl_span name = without(rest, span_text(row->name));
    return name.n < rest.n && span_starts(name, SPAN(": ")) ? span_from(name, 2) : text;
}

static void describe(const kl_ctx *ctx, kl_span text, kl_error *err)
{
    const kl_row *row = ctx->row;
    if (row) text = without_name(text, row);
    const int n = (int)(text.n < sizeof err->text ? text.n : sizeof err->text);
    if (row)
        error_set(err, KL_EMISUSE, "KSR.%s%s%s: %.*s", row->module, row->module[0] ? "." : "", row->name, n, text.s);
    else error_set(err, KL_EMISUSE, "%.*s", n, text.s);
}

void failure_note_misuse(kl_ctx *ctx, kl_span text)
{
    char room[TRACEBACK_ROOM];
    kl_error err;
    describe(ctx, text, &err);
    log_print(ctx, KL_LOG_ERR, "misuse: %s", err.text);
    if (ctx->engine->failure.status != KL_OK) return;
    if (ctx->vm) vm_place_now(ctx->vm, &err, room, sizeof room);
    failure_note(ctx->engine, &err);
}

void failure_count(kl_engine *engine, const kl_error *err)
{
    engine->failures++;
    engine->last_failure = *err;
    engine->last_failure.traceback = SPAN_NULL;
}

void failure_end(kl_engine *engine, kl_error *err)
{
    if (err->status == KL_OK) *err = engine->failure;
    if (KL_UNLIKELY(err->status != KL_OK)) failure_count(engine, err);
}

uint64_t kl_engine_failures(const kl_engine *engine, kl_error *last)
{
    if (last) *last = engine->last_failure;
    return engine->failures;
}
