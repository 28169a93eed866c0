#include "effects.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/status.h"

void effects_init(kl_effects *effects)
{
    *effects = (kl_effects){.items = NULL};
    arena_init(&effects->arena, 0);
}

void effects_clear(kl_effects *effects)
{
    arena_reset(&effects->arena);
    effects->count = effects->log_bytes = effects->lost_logs = effects->lost_others = effects->noted = 0;
    effects->told = 0;
    effects->clears++;
}

void effects_done(kl_effects *effects)
{
    arena_free(&effects->arena);
    kl_free(effects->items);
    effects->items = NULL;
    effects->count = effects->cap = 0;
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

/* Whether `bytes` more fit, with their item. */
static bool within_limit(const kl_effects *effects, bool is_log, size_t bytes)
{
    const size_t limit = effects->arena.limit, items = (effects->count + 1) * sizeof *effects->items;
    if (limit == 0) return true;
    if (is_log && effects->log_bytes + bytes > limit / 2) return false;
    return items <= limit && bytes <= limit - items && effects->arena.used <= limit - items - bytes;
}

static bool put(kl_effects *effects, const kl_effect *effect, bool with_data)
{
    const bool is_log = effect->kind == KL_EFFECT_LOG;
    const size_t bytes = effect->host.n + effect->local_host.n + effect->where.n + (with_data ? effect->data.n : 0) + 1;
    if (!within_limit(effects, is_log, sizeof *effect + bytes)) return false;
    if (effects->count + 1 >= effects->cap && !grow(effects)) return false;
    char *at = arena_alloc(&effects->arena, bytes);
    if (!at) return false;
    kl_effect *item = &effects->items[effects->count++];
    *item = *effect;
    at = keep(at, &item->host);
    at = keep(at, &item->local_host);
    at = keep(at, &item->where);
    if (with_data) keep(at, &item->data);
    if (is_log) effects->log_bytes += sizeof *effect + bytes;
    return true;
}

static bool add(kl_effects *effects, const kl_effect *effect, bool with_data)
{
    if (KL_LIKELY(put(effects, effect, with_data))) return true;
    if (effect->kind == KL_EFFECT_LOG) effects->lost_logs++;
    else effects->lost_others++;
    return false;
}

size_t effect_size(const kl_effect *effect)
{
    return effect->host.n + effect->local_host.n + effect->data.n + effect->where.n;
}

void effect_move(kl_effect *effect, char *room)
{
    kl_span *const texts[] = {&effect->host, &effect->local_host, &effect->data, &effect->where};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->n == 0) continue;
        texts[i]->s = memcpy(room, texts[i]->s, texts[i]->n);
        room += texts[i]->n;
    }
}

bool effects_add(kl_effects *effects, const kl_effect *effect) { return add(effects, effect, true); }
bool effects_adopt(kl_effects *effects, const kl_effect *effect) { return add(effects, effect, false); }

bool effects_note_loss(kl_effects *effects)
{
    if (effects->cap == 0) return false;
    const int n = snprintf(effects->note, sizeof effects->note,
                           "effects were lost, as their memory is used up or at its limit: %zu log lines, %zu others",
                           effects->lost_logs, effects->lost_others);
    if (effects->noted == 0) effects->noted = ++effects->count;
    effects->items[effects->noted - 1] = (kl_effect){
        .kind = KL_EFFECT_LOG, .level = KL_LOG_ERR, .conid = -1, .data = span_of(effects->note, (size_t)n)};
    return true;
}
