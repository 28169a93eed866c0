/* rpc.c: the commands of cfgutils. Flags are masks, not numbers of bits. */
#include <stdio.h>

#include "cfgutils.h"

static int fault(kl_value *out, const char *text)
{
    value_str(out, span_text(text));
    return 500;
}

/* A number, or text that is one. */
static bool number_of(const kl_value *args, size_t count, int32_t *out)
{
    int64_t number = 0;
    if (count == 0) return false;
    if (args[0].type == KL_TYPE_STR) {
        if (args[0].s.n == 0 || span_int_prefix(args[0].s, &number) != args[0].s.n) return false;
    } else if (args[0].type == KL_TYPE_INT || args[0].type == KL_TYPE_LONG) {
        number = args[0].i;
    } else {
        return false;
    }
    *out = (int32_t)number;
    return number >= INT32_MIN && number <= UINT32_MAX;
}

/* printf's result as a text in the arena. */
static int answer(kl_arena *arena, kl_value *out, const char *text, int n)
{
    const kl_span copy = arena_copy(arena, span_of(text, n > 0 ? (size_t)n : 0));
    if (!copy.s) return fault(out, "Internal error");
    value_str(out, copy);
    return 0;
}

#define COMMAND(name)                                                                                                  \
    static int name(kl_ctx *ctx, void *opaque, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
#define STATE                                                                                                          \
    const cfgutils_state *state = opaque;                                                                              \
    (void)args, (void)count, (void)arena

COMMAND(rand_set_prob)
{
    STATE;
    int32_t percent;
    (void)state;
    if (!number_of(args, count, &percent)) return fault(out, "Invalid Parameters");
    if (percent > 100) return fault(out, "Invalid Percent");
    shared_number_set(ctx->shared, SHARED_PROBABILITY, percent);
    return 0;
}

COMMAND(rand_reset_prob)
{
    STATE;
    (void)out;
    shared_number_set(ctx->shared, SHARED_PROBABILITY, state->initial_probability);
    return 0;
}

COMMAND(rand_get_prob)
{
    STATE;
    char text[64];
    const int percent = shared_number_get(ctx->shared, SHARED_PROBABILITY, state->initial_probability);
    return answer(arena, out, text, snprintf(text, sizeof text, "actual probability: %d percent", percent));
}

COMMAND(set_gflag)
{
    STATE;
    int32_t mask;
    if (!number_of(args, count, &mask)) return fault(out, "Invalid Parameters");
    shared_number_bits(ctx->shared, SHARED_GLOBAL_FLAGS, state->initial_gflags, (uint32_t)mask, 0);
    return 0;
}

COMMAND(reset_gflag)
{
    STATE;
    int32_t mask;
    if (!number_of(args, count, &mask)) return fault(out, "Invalid Parameters");
    shared_number_bits(ctx->shared, SHARED_GLOBAL_FLAGS, state->initial_gflags, 0, (uint32_t)mask);
    return 0;
}

COMMAND(is_gflag)
{
    STATE;
    int32_t mask;
    if (!number_of(args, count, &mask)) return fault(out, "Invalid Parameters");
    const int32_t flags = shared_number_get(ctx->shared, SHARED_GLOBAL_FLAGS, state->initial_gflags);
    value_str(out, (flags & mask) == mask ? SPAN("TRUE") : SPAN("FALSE"));
    return 0;
}

COMMAND(get_gflags)
{
    STATE;
    char text[64];
    const unsigned flags = (unsigned)shared_number_get(ctx->shared, SHARED_GLOBAL_FLAGS, state->initial_gflags);
    return answer(arena, out, text, snprintf(text, sizeof text, "0x%X (%u)", flags, flags));
}

COMMAND(get_config_hash)
{
    STATE;
    (void)ctx;
    return answer(arena, out, state->hash, state->hash_file.s ? CFGUTILS_HASH : 0);
}

COMMAND(check_config_hash)
{
    STATE;
    char now[CFGUTILS_HASH];
    (void)ctx;
    if (!state->hash_file.s) return fault(out, "No hash file");
    if (!cfgutils_hash_file(state->hash_file.s, now)) return fault(out, "Failed to hash the file");
    value_str(out, memcmp(now, state->hash, sizeof now) == 0 ? SPAN("Identical hash") : SPAN("Different hash"));
    return 0;
}

const module_command cfgutils_commands[] = {
    MODULE_COMMAND("cfgutils.rand_set_prob", rand_set_prob, "PERCENT", "Set the probability of rand_event, up to 100."),
    MODULE_COMMAND("cfgutils.rand_reset_prob", rand_reset_prob, "",
                   "Set the probability of rand_event to what the parameter initial_probability says."),
    MODULE_COMMAND("cfgutils.rand_get_prob", rand_get_prob, "", "The probability of rand_event, as a sentence."),
    MODULE_COMMAND("cfgutils.set_gflag", set_gflag, "MASK", "Set global flags; the mask holds their bits."),
    MODULE_COMMAND("cfgutils.reset_gflag", reset_gflag, "MASK", "Reset global flags."),
    MODULE_COMMAND("cfgutils.is_gflag", is_gflag, "MASK", "TRUE when all of these global flags are set, else FALSE."),
    MODULE_COMMAND("cfgutils.get_gflags", get_gflags, "",
                   "The global flags, as text: hexadecimal, and decimal in brackets."),
    MODULE_COMMAND("cfgutils.get_config_hash", get_config_hash, "",
                   "The hash of hash_file as it was at the start, empty without that parameter."),
    MODULE_COMMAND("cfgutils.check_config_hash", check_config_hash, "",
                   "Whether hash_file is as it was: Identical hash, or Different hash."),
    {0},
};
