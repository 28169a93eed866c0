/* effects.h: what a run did, in order. Bytes live in the list's own arena until the next clear. */
#ifndef KL_CORE_EFFECTS_H
#define KL_CORE_EFFECTS_H

#include "base/arena.h"

typedef struct kl_effects {
    /* its limit is that of effects and bytes together, 0 for none; log lines take at most half of it, so that who wrote
     * too many can answer */
    kl_arena arena;
    kl_effect *items;
    size_t count, cap;             /* one item more than count is always there, for the line about a loss */
    size_t log_bytes;              /* of log lines */
    size_t lost_logs, lost_others; /* because memory ended, or at a limit; the engine reports it */
    unsigned told;                 /* limit.h: kinds of memory whose end has its line in this list */
    size_t noted;                  /* the place behind the line about losses, 0 when there is none */
    char note[160];
    uint32_t clears; /* how often it was emptied */
} kl_effects;

static inline bool effects_lost(const kl_effects *effects) { return effects->lost_logs + effects->lost_others > 0; }

void effects_init(kl_effects *effects);
void effects_clear(kl_effects *effects);
void effects_done(kl_effects *effects);
/* Copies all spans of `effect`. */
bool effects_add(kl_effects *effects, const kl_effect *effect);
/* Copies all spans but data, which must be of the list's arena already (or constant). */
bool effects_adopt(kl_effects *effects, const kl_effect *effect);
/* For copies in one block: the bytes of its texts, and what moves them there. */
size_t effect_size(const kl_effect *effect);
void effect_move(kl_effect *effect, char *room);
/* The Drop of a message that ends here. */
static inline void effects_drop(kl_effects *effects, const char *reason)
{
    effects_add(effects, &(kl_effect){.kind = KL_EFFECT_DROP, .conid = -1, .data = span_text(reason)});
}

/* After a loss: a Log at the end of the list says so, and grows with further ones. False when there is no list at all.
 */
bool effects_note_loss(kl_effects *effects);

#endif
