/* KSR.cfgutils.*: chance, locks, hashes, and what a script may ask of its process. */
#include "cfgutils.h"

#include "base/corehash.h"
#include "core/clock.h"
#include "core/per_engine.h"
#include "core/random.h"

/* ---- chance: a probability in percent, which engines share */

static KSR_FN(rand_set_prob)
{
    shared_number_set(ctx->shared, SHARED_PROBABILITY, (int32_t)args[0].i);
    return 1;
}

static KSR_FN(rand_reset_prob)
{
    shared_number_set(ctx->shared, SHARED_PROBABILITY, cfgutils_state_of(ctx)->initial_probability);
    return 1;
}

static int probability(kl_ctx *ctx)
{
    return shared_number_get(ctx->shared, SHARED_PROBABILITY, cfgutils_state_of(ctx)->initial_probability);
}

static KSR_FN(rand_get_prob) { return probability(ctx); }

static KSR_FN(rand_event)
{
    return (int64_t)random_next(ctx) * 100 < (int64_t)probability(ctx) * ((int64_t)1 << 31) ? 1 : -1;
}

/* ---- locks, by hash of one or two keys in any case */

enum { LOCK, UNLOCK, TRYLOCK };

static bool lock_key(kl_ctx *ctx, const kl_value *args, locks_key *key)
{
    const int size = cfgutils_state_of(ctx)->lock_set_size;
    const kl_span second = ctx->row->nparams > 1 ? args[1].s : SPAN("");
    if (size == 0) ctx_misuse(ctx, KL_LOG_ERR, "cfgutils.%s: there are no locks: lock_set_size is 0", ctx->row->name);
    if (size == 0 || !args[0].s.s || !second.s) return false;
    *key = (locks_key){NULL, corehash_fold(args[0].s, second) & ((1u << size) - 1)};
    return true;
}

static KSR_FN(lock)
{
    locks_key key;
    if (!lock_key(ctx, args, &key)) return -1;
    if (ctx->row->data == UNLOCK) {
        locks_release(shared_locks(ctx->shared), &ctx->per_engine->locks, key);
        return 1;
    }
    const bool wait = ctx->row->data == LOCK;
    if (locks_take(shared_locks(ctx->shared), &ctx->per_engine->locks, key, false, wait) == LOCKS_TAKEN) return 1;
    if (wait)
        log_print(ctx, KL_LOG_ERR, "cfgutils.%s: taken already, and to wait for it could take for ever",
                  ctx->row->name);
    return -1;
}

/* ---- hashes */

/* 1 to 2 to the n. A shift counts modulo 32, as the processor does it that Kamailio runs on. */
static KSR_FN(core_hash)
{
    const uint32_t size = args[2].i <= 0 ? 2 : 1u << (args[2].i & 31);
    if (!args[0].s.s) return -1;
    return (int)((corehash(args[0].s, args[1].s.n > 0 ? args[1].s : SPAN_NULL) & (size - 1)) + 1);
}

/* ---- route blocks: there is no native script to have any */

static KSR_FN(no_route) { return -1; }

/* ---- the process */

/* The host may serve others in this thread: nothing stands still, the time of the run moves on. data: units per second.
 */
static KSR_FN(pass_time)
{
    const double seconds = args[0].i > 0 ? (double)args[0].i / (double)ctx->row->data : 0;
    for (kl_ctx *run = ctx; run; run = run->outer) {
        run->now += seconds;
        run->monotonic += clock_microseconds(seconds);
    }
    return 1;
}

static KSR_FN(refuse_abort)
{
    log_print(ctx, KL_LOG_CRIT, "cfgutils.abort: the script wants the process to end, which is the host's");
    return -1;
}

static KSR_FN(private_memory)
{
    log_print(ctx, KL_LOG_INFO, "%s: %zu bytes of the message, %zu of the engine's set-up", ctx->row->name,
              ctx->msg ? ctx->msg->arena.used : 0, ctx->server->arena.used);
    return 1;
}

static KSR_FN(shared_memory)
{
    log_print(ctx, KL_LOG_INFO, "%s: %zu bytes of hash tables", ctx->row->name,
              htable_memory(shared_htables(ctx->shared)));
    return 1;
}

#define MODULE_ROWS "modules/cfgutils/rows.def"
#include "modules/rows.h"

/* ---- parameters */

#define MOST_LOCKS 14 /* Kamailio takes it for what is more, or negative */

static kl_status take_int(const kl_value *value, int64_t most, int *place, const char *name, kl_error *err)
{
    if (value->type != KL_TYPE_INT && value->type != KL_TYPE_LONG)
        return error_set(err, KL_ECONFIG, "modparam cfgutils.%s wants an integer", name);
    if (value->i > most || value->i < INT32_MIN)
        return error_set(err, KL_ECONFIG, "modparam cfgutils.%s is at most %lld", name, (long long)most);
    *place = (int)value->i;
    return KL_OK;
}

static kl_status set_probability(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx;
    return take_int(value, 100, &((cfgutils_state *)state)->initial_probability, "initial_probability", err);
}

static kl_status set_locks(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    int *size = &((cfgutils_state *)state)->lock_set_size;
    (void)ctx;
    const kl_status status = take_int(value, INT32_MAX, size, "lock_set_size", err);
    if (*size < 0 || *size > MOST_LOCKS) *size = MOST_LOCKS;
    return status;
}

static kl_status set_hash_file(kl_ctx *ctx, void *opaque, const kl_value *value, kl_error *err)
{
    cfgutils_state *state = opaque;
    if (value->type != KL_TYPE_STR || value->s.n == 0 || memchr(value->s.s, '\0', value->s.n))
        return error_set(err, KL_ECONFIG, "modparam cfgutils.hash_file is the path of a file");
    state->hash_file = arena_copy(&ctx->server->arena, value->s);
    if (!state->hash_file.s) return error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
    if (cfgutils_hash_file(state->hash_file.s, state->hash)) return KL_OK;
    return error_set(err, KL_ECONFIG, "modparam cfgutils.hash_file: %.200s cannot be read", state->hash_file.s);
}

static const module_param params[] = {
    {"initial_probability", KL_TYPE_INT, 0, set_probability},
    {"initial_gflags", KL_TYPE_INT, offsetof(cfgutils_state, initial_gflags), NULL},
    {"lock_set_size", KL_TYPE_INT, 0, set_locks},
    {"hash_file", KL_TYPE_STR, 0, set_hash_file},
};

static void init(void *state) { ((cfgutils_state *)state)->initial_probability = 10; }

const kl_module cfgutils_module = {.name = "cfgutils",
                                   .rows = rows,
                                   .row_count = sizeof rows / sizeof *rows,
                                   .params = params,
                                   .param_count = sizeof params / sizeof *params,
                                   .state_size = sizeof(cfgutils_state),
                                   .init = init,
                                   .commands = cfgutils_commands};
