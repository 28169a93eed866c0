#include "htable_iterator.h"

#include "per_engine.h"

htable_iterator *htable_iterator_named(kl_per_engine *local, kl_span name)
{
    for (int i = 0; i < HTABLE_ITERATORS && name.n > 0; i++)
        if (span_eq(name, span_text(local->iterators[i].name))) return &local->iterators[i];
    return NULL;
}

bool htable_iterator_item(kl_ctx *ctx, const htable_iterator *it, htable_item *out)
{
    return it && it->on && htable_at(it->table, &it->place, ctx->now, ctx->scratch, out);
}
