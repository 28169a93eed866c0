#include "engine.h"

#include "base/mem.h"

#define MAX_WORD  1022 /* bytes of a lua_run parameter, Kamailio's buffer */
#define MAX_CHUNK 1022 /* bytes of dostring's code or dofile's path */

/* Calls a global of LL on ctx. */
static kl_status call_named(kl_ctx *ctx, kl_span function, const kl_span *args, size_t count, kl_error *err)
{
    kl_vm *vm = ctx->engine->script_vm;
    const engine_tie before = engine_bind(ctx, vm);
    kl_status status = vm_call(vm, function, args, count, err);
    engine_unbind(ctx, vm, before);
    return status;
}

/* Where drop means something: everywhere but in the request route and tm's failure routes. */
static bool phase_has_action(kl_phase phase)
{
    return (phase & (KL_PHASE_REPLY | KL_PHASE_ONSEND | KL_PHASE_TM_ONREPLY | KL_PHASE_BRANCH | KL_PHASE_LOCAL |
                     KL_PHASE_EVENT)) != 0;
}

/* Kamailio says nothing of a callback that the script has not; one that somebody named in the configuration is meant to
 * be there. */
static void note_absence(kl_ctx *ctx, kl_span function)
{
    if (!span_eq(function, SPAN(SERVER_REPLY_ROUTE)) && !span_eq(function, SPAN(SERVER_ONSEND_ROUTE)))
        ctx_misuse(ctx, MISUSE_SILENT, NO_SUCH_FUNCTION, (int)function.n, function.s);
}

kl_status engine_callback(kl_ctx *ctx, kl_span function, kl_span event, kl_phase phase, const ctx_send *send,
                          bool *dropped)
{
    kl_engine *engine = ctx->engine;
    /* of events that have no callback of their own */
    if (span_empty(function) && event.s) function = engine->server.event_route;
    if (span_empty(function) || !engine->script_vm) return KL_ENOENT;
    kl_ctx inner;
    engine_ctx(engine, &inner, ctx->msg || phase != KL_PHASE_EVENT ? ctx->msg : engine_faked_message(engine), phase);
    inner.send = send;
    inner.has_action = phase_has_action(phase);
    engine_reload_if_asked(&inner);
    kl_error err;
    err.traceback.n = 0;
    kl_status status = call_named(&inner, function, &event, event.s ? 1 : 0, &err);
    if (status != KL_OK && status != KL_ENOENT) {
        engine_log_error(&inner, function, &err);
        failure_note(engine, &err);
    } else if (KL_UNLIKELY(status == KL_ENOENT) && phase != KL_PHASE_REQUEST) {
        note_absence(&inner, function);
    }
    if (dropped) *dropped = inner.dropped;
    engine_ctx_end(engine, &inner);
    return status;
}

kl_status engine_run_named(kl_ctx *ctx, const kl_span *words, size_t count, int *result, kl_error *err)
{
    *result = -1;
    if (!ctx->engine->script_vm) {
        ctx_misuse(ctx, KL_LOG_ERR, "no Lua script is loaded: cannot run %.*s", (int)words[0].n, words[0].s);
        return error_set(err, KL_ENOENT, "no Lua script is loaded");
    }
    if (span_empty(words[0])) return error_set(err, KL_EARG, "the name of the function is empty");
    engine_reload_if_asked(ctx);
    kl_status status = call_named(ctx, words[0], words + 1, count - 1, err);
    if (status == KL_OK) {
        *result = 1;
    } else if (status == KL_ENOENT) {
        ctx_misuse(ctx, KL_LOG_ERR, NO_SUCH_FUNCTION, (int)words[0].n, words[0].s);
        error_set(err, KL_ENOENT, NO_SUCH_FUNCTION, (int)words[0].n, words[0].s);
    } else {
        engine_log_error(ctx, words[0], err);
    }
    return status;
}

static kl_vm *chunk_vm(kl_ctx *ctx, engine_chunk kind, kl_error *err)
{
    if (kind != CHUNK_RUNSTRING) return engine_dostring_vm(ctx->engine, err);
    if (!ctx->engine->script_vm || ctx->engine->script_count == 0) {
        error_set(err, KL_ENOENT, "no Lua script is loaded");
        return NULL;
    }
    return ctx->engine->script_vm;
}

static const char *const chunk_names[] = {"=dostring", "=dofile", "=runstring"};

kl_status engine_run_chunk(kl_ctx *ctx, engine_chunk kind, kl_span code, int *result, kl_error *err)
{
    *result = -1;
    if (!code.s || code.n > MAX_CHUNK) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: the argument is missing or longer than %d bytes", chunk_names[kind] + 1,
                   MAX_CHUNK);
        return error_set(err, KL_ETOOBIG, "%s: the argument is missing or longer than %d bytes", chunk_names[kind] + 1,
                         MAX_CHUNK);
    }
    code.n = strnlen(code.s, code.n); /* Kamailio's copy stops at a NUL */
    kl_vm *vm = chunk_vm(ctx, kind, err);
    if (!vm) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: %s", chunk_names[kind] + 1, err->text);
        return err->status;
    }
    const engine_tie before = engine_bind(ctx, vm);
    kl_status status = kind == CHUNK_DOFILE ? vm_run_file(vm, code, err)
                                            : vm_run_string(vm, code, chunk_names[kind], false, NULL, err);
    engine_unbind(ctx, vm, before);
    if (status == KL_OK) *result = 1;
    else engine_log_error(ctx, span_text(chunk_names[kind] + 1), err);
    return status;
}

static unsigned phase_of(const kl_msg *msg)
{
    return !msg ? KL_PHASE_EVENT : msg->is_request ? KL_PHASE_REQUEST : KL_PHASE_REPLY;
}

/* What a lua_* call from the host is wrapped in. */
static kl_status begin(kl_engine *engine, kl_ctx *ctx, kl_msg *msg, int *result, kl_error *err)
{
    if (result) *result = -1;
    if (KL_UNLIKELY(!engine->started)) {
        error_set(err, KL_EARG, "the engine has not started");
        return KL_EARG;
    }
    kl_status status = engine_enter(engine, err);
    if (KL_UNLIKELY(status != KL_OK)) return status;
    err->status = KL_OK;
    err->traceback.n = 0;
    if (engine->depth == 1) failure_begin(engine);
    engine_ctx(engine, ctx, msg, phase_of(msg));
    return KL_OK;
}

static void end(kl_engine *engine, kl_ctx *ctx, kl_error *err)
{
    engine_ctx_end(engine, ctx);
    if (engine->depth == 1) failure_end(engine, err);
    engine_leave(engine);
}

/* The word itself when there is no $ in it, else its value, copied to scratch. */
static bool evaluate_word(kl_ctx *ctx, kl_span *word)
{
    if (memchr(word->s, '$', word->n)) {
        kl_buf *text = &ctx->engine->text;
        buf_clear(text);
        if (!pv_format(ctx, *word, text) || ctx->raised) return false;
        *word = arena_copy(ctx->scratch, buf_span(text));
        if (!word->s) return false;
    }
    return word->n <= MAX_WORD;
}

kl_status kl_engine_lua_run(kl_engine *engine, kl_msg *msg, const kl_span *words, size_t count, int *result,
                            kl_error *err)
{
    kl_ctx ctx;
    if (count < 1 || count > 4) return error_set(err, KL_EARG, "lua_run takes a function and up to three parameters");
    kl_status status = begin(engine, &ctx, msg, result, err);
    if (status != KL_OK) return status;
    kl_span values[4];
    for (size_t i = 0; i < count && status == KL_OK; i++) {
        values[i] = words[i];
        if (KL_LIKELY(evaluate_word(&ctx, &values[i]))) continue;
        status = error_set(err, KL_EARG, "lua_run: word %zu cannot be evaluated, or is longer than %d bytes", i + 1,
                           MAX_WORD);
        status = engine_take_raised(&ctx, status, err);
        log_text(&ctx, KL_LOG_ERR, span_text(err->text));
    }
    if (status == KL_OK) status = engine_run_named(&ctx, values, count, result, err);
    end(engine, &ctx, err);
    return status;
}

static kl_status run_text(kl_engine *engine, kl_msg *msg, engine_chunk kind, kl_span text, int *result, kl_error *err)
{
    kl_ctx ctx;
    kl_status status = begin(engine, &ctx, msg, result, err);
    if (status != KL_OK) return status;
    if (text.s && memchr(text.s, '$', text.n)) {
        buf_clear(&engine->text);
        if (pv_format(&ctx, text, &engine->text)) text = arena_copy(ctx.scratch, buf_span(&engine->text));
        else
            status = error_set(err, KL_EARG, "%s: a pseudo-variable in the argument cannot be evaluated",
                               chunk_names[kind] + 1);
    }
    status = engine_take_raised(&ctx, status, err);
    if (status == KL_OK) status = engine_run_chunk(&ctx, kind, text, result, err);
    else log_text(&ctx, KL_LOG_ERR, span_text(err->text));
    end(engine, &ctx, err);
    return status;
}

kl_status kl_engine_lua_dofile(kl_engine *engine, kl_msg *msg, kl_span path, int *result, kl_error *err)
{
    return run_text(engine, msg, CHUNK_DOFILE, path, result, err);
}

kl_status kl_engine_lua_dostring(kl_engine *engine, kl_msg *msg, kl_span code, int *result, kl_error *err)
{
    return run_text(engine, msg, CHUNK_DOSTRING, code, result, err);
}

kl_status kl_engine_lua_runstring(kl_engine *engine, kl_msg *msg, kl_span code, int *result, kl_error *err)
{
    return run_text(engine, msg, CHUNK_RUNSTRING, code, result, err);
}

/* The results as values in the engine's own arena; the Lua stack is popped by the caller. */
static kl_status read_results(kl_engine *engine, lua_State *L, int count, kl_error *err)
{
    arena_reset(&engine->eval_arena);
    if ((size_t)count > engine->eval_cap) {
        kl_value *grown = kl_realloc(engine->eval_values, (size_t)count * sizeof *grown);
        if (!grown) return error_set(err, KL_ENOMEM, "out of memory for %d results", count);
        engine->eval_values = grown;
        engine->eval_cap = (size_t)count;
    }
    for (int i = 0; i < count; i++)
        if (!convert_any(L, lua_gettop(L) - count + 1 + i, &engine->eval_arena, &engine->eval_values[i]))
            return error_set(err, KL_ETOOBIG, "result %d is too deep or too large", i + 1);
    return KL_OK;
}

kl_status kl_engine_eval(kl_engine *engine, kl_msg *msg, kl_span code, const kl_value **values, size_t *count,
                         kl_error *err)
{
    kl_ctx ctx;
    kl_status status = begin(engine, &ctx, msg, NULL, err);
    if (status != KL_OK) return status;
    kl_vm *vm = engine_script_vm(engine, err);
    if (!vm) {
        end(engine, &ctx, err);
        return err->status;
    }
    engine_reload_if_asked(&ctx);
    const engine_tie before = engine_bind(&ctx, vm);
    int results = 0;
    status = vm_run_string(vm, code, "=eval", true, &results, err);
    if (status == KL_OK) {
        status = read_results(engine, vm->L, results, err);
        vm_pop(vm, results);
    }
    engine_unbind(&ctx, vm, before);
    if (status == KL_OK) {
        *values = engine->eval_values;
        *count = (size_t)results;
    }
    end(engine, &ctx, err);
    return status;
}
