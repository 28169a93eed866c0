#include "random.h"

#include "base/siphash.h"
#include "per_engine.h"

int32_t random_next(kl_ctx *ctx)
{
    siphash hash;
    const uint64_t count = ctx->per_engine->random_count++;
    siphash_begin(&hash, ctx->server->secret + 8);
    siphash_add(&hash, span_of((const char *)&count, sizeof count));
    return (int32_t)(siphash_end(&hash) & 0x7fffffff);
}
