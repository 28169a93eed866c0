/* iterator.c: walks over tables by name, at most four at a time. Kamailio holds the slot of the current item locked;
 * here a place stays good whatever others do to the table. */
#include "htable.h"

static htable_iterator *free_one(kl_per_engine *local)
{
    for (int i = 0; i < HTABLE_ITERATORS; i++)
        if (!local->iterators[i].name[0]) return &local->iterators[i];
    return NULL;
}

static bool name_good(kl_span name)
{
    return name.n > 0 && name.n < HTABLE_ITERATOR_NAME && !memchr(name.s, '\0', name.n);
}

KSR_FN(htable_iterator_start)
{
    const kl_span name = args[0].s;
    htable_iterator *it = name_good(name) ? htable_iterator_named(ctx->per_engine, name) : NULL;
    if (!it && name_good(name)) it = free_one(ctx->per_engine);
    if (!it) {
        ctx_misuse(ctx, KL_LOG_ERR, "sht_iterator_start: no further name is free, or it is not 1 to %d bytes",
                   HTABLE_ITERATOR_NAME - 1);
        return -1;
    }
    *it = (htable_iterator){.table = htable_named(ctx, args[1].s)};
    memcpy(it->name, name.s, name.n);
    return it->table ? 1 : -1;
}

/* Behind the last item it starts over. */
static bool step(htable_iterator *it)
{
    it->on = it->table && htable_step(it->table, &it->place);
    if (!it->on) it->place = (htable_place){0, 0, 0};
    return it->on;
}

KSR_FN(htable_iterator_next)
{
    htable_iterator *it = htable_iterator_named(ctx->per_engine, args[0].s);
    return it && step(it) ? 1 : -1;
}

KSR_FN(htable_iterator_end)
{
    htable_iterator *it = htable_iterator_named(ctx->per_engine, args[0].s);
    if (!it) return -1;
    *it = (htable_iterator){.table = NULL};
    return 1;
}

/* NULL: it stands on no item. */
static htable_iterator *standing(kl_ctx *ctx, kl_span name)
{
    htable_iterator *it = htable_iterator_named(ctx->per_engine, name);
    return it && it->on ? it : NULL;
}

KSR_FN(htable_iterator_rm)
{
    htable_iterator *it = standing(ctx, args[0].s);
    if (!it) return -1;
    htable_remove_at(it->table, &it->place);
    return step(it) ? 1 : -2;
}

KSR_FN(htable_iterator_set)
{
    const htable_iterator *it = standing(ctx, args[0].s);
    kl_value value = args[1];
    if (value.type == KL_TYPE_STR && !value.s.s) value.s = SPAN("");
    return it && limit_htable(ctx, it->table, htable_set_at(it->table, &it->place, &value, ctx->now)) ? 1 : -1;
}

KSR_FN(htable_iterator_setex)
{
    const htable_iterator *it = standing(ctx, args[0].s);
    return it && htable_set_expire_at(it->table, &it->place, args[1].i, ctx->now) ? 1 : -1;
}
