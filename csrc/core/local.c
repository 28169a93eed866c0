#include "local.h"

#include "base/siphash.h"
#include "shared.h"

void local_init(ctx_local *local) { *local = (ctx_local){.random_count = 0}; }

void local_done(ctx_local *local, kl_shared *shared)
{
    if (local->locks.count > 0) locks_release_all(shared_locks(shared), &local->locks);
    regex_cache_free(local->regexes);
}

local_iterator *local_iterator_named(ctx_local *local, kl_span name)
{
    for (int i = 0; i < LOCAL_ITERATORS && name.n > 0; i++)
        if (span_eq(name, span_text(local->iterators[i].name))) return &local->iterators[i];
    return NULL;
}

bool local_iterator_item(kl_ctx *ctx, const local_iterator *it, htable_item *out)
{
    return it && it->on && htable_at(it->table, &it->place, ctx->now, ctx->scratch, out);
}

int32_t local_random(kl_ctx *ctx)
{
    siphash hash;
    const uint64_t count = ctx->local->random_count++;
    siphash_begin(&hash, ctx->world->secret + 8);
    siphash_add(&hash, span_of((const char *)&count, sizeof count));
    return (int32_t)(siphash_end(&hash) & 0x7fffffff);
}
