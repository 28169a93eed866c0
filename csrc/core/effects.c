#include "effects.h"

#include "base/mem.h"

void effects_init(kl_effects *effects)
{
    *effects = (kl_effects){.items = NULL};
    arena_init(&effects->arena, 0);
}

void effects_clear(kl_effects *effects)
{
    arena_reset(&effects->arena);
    effects->count = 0;
    effects->failed = false;
}

void effects_done(kl_effects *effects)
{
    arena_free(&effects->arena);
    kl_free(effects->items);
    effects->items = NULL;
    effects->count = effects->cap = 0;
}

static bool lost(kl_effects *effects)
{
    effects->failed = true;
    return false;
}

static bool grow(kl_effects *effects)
{
    const size_t cap = effects->cap ? effects->cap * 2 : 8;
    kl_effect *items = kl_realloc(effects->items, cap * sizeof *items);
    if (!items) return false;
    effects->items = items;
    effects->cap = cap;
    return true;
}

static char *keep(char *at, kl_span *text)
{
    if (text->n == 0) return at;
    memcpy(at, text->s, text->n);
    text->s = at;
    return at + text->n;
}

static bool add(kl_effects *effects, const kl_effect *effect, bool with_data)
{
    if (effects->count == effects->cap && !grow(effects)) return lost(effects);
    kl_effect *item = &effects->items[effects->count];
    *item = *effect;
    char *at = arena_alloc(&effects->arena, item->host.n + item->local_host.n + item->where.n + (with_data ? item->data.n : 0) + 1);
    if (!at) return lost(effects);
    at = keep(at, &item->host);
    at = keep(at, &item->local_host);
    at = keep(at, &item->where);
    if (with_data) keep(at, &item->data);
    effects->count++;
    return true;
}

bool effects_add(kl_effects *effects, const kl_effect *effect) { return add(effects, effect, true); }
bool effects_adopt(kl_effects *effects, const kl_effect *effect) { return add(effects, effect, false); }

bool effects_note_loss(kl_effects *effects)
{
    if (effects->cap == 0) return false;
    const size_t at = effects->count < effects->cap ? effects->count++ : effects->count - 1;
    effects->items[at] = (kl_effect){.kind = KL_EFFECT_LOG, .level = KL_LOG_ERR, .conid = -1,
                                     .data = SPAN("effects were lost: their memory is used up, or at its limit")};
    effects->failed = false;
    return true;
}
