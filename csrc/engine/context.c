/* context.c: who is inside an engine, and what a run of its scripts sees. */
#include "engine.h"

#include <pthread.h>

#include "core/limit.h"

#define CALL_PRICE    8   /* of a KSR call, in work (base/work.h) */
#define MESSAGE_BYTES 128 /* of the message it works on, for a unit more */

kl_status engine_enter(kl_engine *engine, kl_error *err)
{
    if (KL_UNLIKELY(!engine_hold(engine))) return error_set(err, KL_EBUSY, "the engine is in use by another thread");
    if (KL_UNLIKELY(engine->depth == ENGINE_MAX_DEPTH)) {
        engine_let(engine);
        return error_set(err, KL_EDEPTH, "runs nested more than %d deep", ENGINE_MAX_DEPTH);
    }
    engine->depth++;
    return KL_OK;
}

static void end_outermost(kl_engine *engine)
{
    if (KL_UNLIKELY(engine->per_engine.locks.count > 0))
        locks_release_all(shared_locks(engine->shared), &engine->per_engine.locks);
    if (KL_UNLIKELY(effects_lost(&engine->effects))) effects_note_loss(&engine->effects);
    arena_reset(&engine->scratch);
    pv_cache_trim(engine->pvs); /* nobody holds a parsed name now */
}

void engine_leave(kl_engine *engine)
{
    if (--engine->depth == 0) end_outermost(engine);
    engine_let(engine);
}

static kl_span script_position(kl_ctx *ctx)
{
    kl_vm *vm = ctx->vm;
    char place[256];
    size_t n = vm ? vm_position(vm->L, place, sizeof place, NULL, NULL) : 0;
    return n ? arena_copy(ctx->scratch, span_of(place, n)) : SPAN_NULL;
}

/* A message that the host parsed has met no sockets yet. */
static void find_socket(kl_engine *engine, kl_msg *msg)
{
    if (KL_LIKELY(msg->recv_socket != SIP_SOCKET_UNKNOWN)) return;
    msg->recv_socket = msg->local_host.n ? socket_at(&engine->server, msg->proto, msg->local_host, msg->local_port)
                                         : -1;
}

void engine_ctx(kl_engine *engine, kl_ctx *ctx, kl_msg *msg, unsigned phase)
{
    kl_ctx *outer = engine->current;
    if (msg) find_socket(engine, msg);
    *ctx = (kl_ctx){
        .engine = engine,
        .server = &engine->server,
        .shared = engine->shared,
        .msg = msg,
        .effects = &engine->effects,
        .scratch = &engine->scratch,
        .vars = engine->vars,
        .pvs = engine->pvs,
        .per_engine = &engine->per_engine,
        .modules = engine->module_states,
        .timers = &engine->timers,
        .ops = &engine->ops,
        .outer = outer,
        .received = outer ? outer->received : NULL,
        .host = &engine->host,
        .now = engine->now,
        .monotonic = engine->monotonic,
        .phase = phase,
        .number = engine->number,
        .message_number = engine->message_number,
        .log_level = engine->config.log_level,
        .position = script_position,
        .work = outer ? outer->work : &engine->idle,
    };
    engine->current = ctx;
}

/* Where no KSR call can raise it (words of lua_run, parameters of events), what a variable of the host program raised
 * is a line. */
/* What a run waits for holds until the message is done with; a timer and the like goes from one thing to the next. */
static bool ends_waiting(const kl_ctx *ctx)
{
    const kl_ctx *outer = ctx->outer;
    return !outer || (!outer->outer && outer->phase == KL_PHASE_EVENT && !outer->vm);
}

void engine_ctx_end(kl_engine *engine, kl_ctx *ctx)
{
    if (KL_UNLIKELY(engine->per_engine.after != 0) && ends_waiting(ctx)) engine->per_engine.after = 0;
    if (KL_UNLIKELY(ctx->raised != NULL))
        log_print(ctx, KL_LOG_ERR, "a pseudo-variable failed: %.*s", (int)ctx->raised->s.n, ctx->raised->s.s);
    limit_told(ctx);
    engine->current = ctx->outer;
}

/* What a KSR function costs whatever it does, and what those cost that look at all of the message. */
static int64_t price_of(const kl_msg *msg) { return CALL_PRICE + (msg ? (int64_t)(msg->len / MESSAGE_BYTES) : 0); }

engine_tie engine_bind(kl_ctx *ctx, kl_vm *vm)
{
    const engine_tie before = {.ctx = vm->ctx,
                               .vm = ctx->vm,
                               .work = ctx->work,
                               .price = vm->price,
                               .msg_work = ctx->msg ? ctx->msg->work : NULL,
                               .msg_secret = ctx->msg ? ctx->msg->secret : NULL};
    vm->ctx = ctx;
    ctx->vm = vm;
    ctx->work = &vm->work;
    ctx->plain = ctx->msg && !vm->slow ? ctx->phase : 0;
    if (ctx->msg) {
        ctx->msg->work = &vm->work;
        ctx->msg->secret = ctx->server->secret;
    }
    vm->price = price_of(ctx->msg);
    return before;
}

void engine_unbind(kl_ctx *ctx, kl_vm *vm, engine_tie before)
{
    vm->ctx = before.ctx;
    ctx->vm = before.vm;
    ctx->work = before.work;
    vm->price = before.price;
    if (!ctx->msg) return;
    ctx->msg->work = before.msg_work;
    ctx->msg->secret = before.msg_secret;
}

void engine_log_error(kl_ctx *ctx, kl_span what, const kl_error *err)
{
    if (!log_enabled(ctx, KL_LOG_ERR)) return;
    kl_buf line;
    buf_init(&line);
    buf_add(&line, SPAN("error executing "));
    buf_add(&line, what);
    buf_add(&line, SPAN(": "));
    buf_add(&line, span_text(err->text));
    if (err->traceback.n) {
        buf_addc(&line, '\n');
        buf_add(&line, err->traceback);
    }
    if (!line.failed) log_text(ctx, KL_LOG_ERR, buf_span(&line));
    buf_free(&line);
}
