/* flag.c: message, script and branch flags, whole ($mf decimal, $mF hexadecimal) and by bit ($Mf(3)). */
#include "variables.h"

#include "base/text.h"

enum { FLAGS_MESSAGE, FLAGS_SCRIPT, FLAGS_BRANCH };

static uint32_t *flags_of(kl_ctx *ctx, intptr_t which)
{
    return which == FLAGS_SCRIPT ? &ctx->sflags : which == FLAGS_BRANCH ? &ctx->msg->bflags : &ctx->msg->flags;
}

static bool get_decimal(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param;
    pv_int(out, *flags_of(ctx, data));
    return true;
}

static bool get_hex(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    uint32_t flags = *flags_of(ctx, data);
    char *text = arena_alloc(ctx->scratch, 8);
    (void)param;
    if (text == NULL) return false;
    text_put_hex_digits(text, flags, 8);
    pv_str_int(out, span_of(text, 8), flags);
    return true;
}

/* Text is not converted: an int or null. */
static bool set_whole(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    (void)param;
    if (!(value->flags & (PV_NULL | PV_INT))) return false;
    *flags_of(ctx, data) = value->flags & PV_NULL ? 0 : (uint32_t)value->i;
    return true;
}

/* ---- one bit. There are no flag names: they are declared in native configurations alone. */

static bool parse_bit(pv_cache *cache, pv_param *param)
{
    uint64_t bit;
    (void)cache;
    if (!span_uint(param->name, 31, &bit)) return false;
    param->key = (intptr_t)bit;
    return true;
}

static bool get_bit(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    pv_int(out, *flags_of(ctx, data) >> param->key & 1);
    return true;
}

/* Null clears them all, as there. */
static bool set_bit(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    uint32_t *flags = flags_of(ctx, data), bit = (uint32_t)1 << param->key;
    if (value->flags & PV_NULL) *flags = 0;
    else if (!(value->flags & PV_INT)) return false;
    else *flags = (int32_t)value->i ? *flags | bit : *flags & ~bit;
    return true;
}

static const pv_class classes[] = {
    {"mf", get_decimal, set_whole, NULL, 0, FLAGS_MESSAGE},
    {"mF", get_hex, set_whole, NULL, 0, FLAGS_MESSAGE},
    {"Mf", get_bit, set_bit, parse_bit, 0, FLAGS_MESSAGE},
    {"sf", get_decimal, set_whole, NULL, PV_CLASS_NO_MSG, FLAGS_SCRIPT},
    {"sF", get_hex, set_whole, NULL, PV_CLASS_NO_MSG, FLAGS_SCRIPT},
    {"Sf", get_bit, set_bit, parse_bit, PV_CLASS_NO_MSG, FLAGS_SCRIPT},
    {"bf", get_decimal, set_whole, NULL, PV_CLASS_LOCAL_NOOP, FLAGS_BRANCH},
    {"bF", get_hex, set_whole, NULL, PV_CLASS_LOCAL_NOOP, FLAGS_BRANCH},
    {"Bf", get_bit, set_bit, parse_bit, PV_CLASS_LOCAL_NOOP, FLAGS_BRANCH},
};

CLASS_TABLE(pv_flag_table);
