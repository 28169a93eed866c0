#include "ruid.h"

#include "base/siphash.h"
#include "base/text.h"
#include "per_engine.h"

kl_span ruid_next(kl_ctx *ctx, kl_span prefix)
{
    const kl_span number = span_of((const char *)&ctx->number, sizeof ctx->number);
    const uint64_t engine = siphash_of(ctx->server->secret + 16, number);
    char *text = arena_alloc(ctx->scratch, prefix.n + (size_t)3 * (TEXT_HEX + 1)), *at = text;
    if (!text) return SPAN_NULL;
    at = text_put_hex(text_putc(text_put(at, prefix), '-'), (uint64_t)ctx->server->started);
    at = text_put_hex_digits(text_putc(at, '-'), engine, 8);
    return span_between(text, text_put_hex(text_putc(at, '-'), ++ctx->per_engine->unique_count));
}
