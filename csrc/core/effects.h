/* effects.h: what a run did, in order. Bytes live in the list's own arena until the next clear. */
#ifndef KL_CORE_EFFECTS_H
#define KL_CORE_EFFECTS_H

#include "base/arena.h"

typedef struct kl_effects {
    kl_arena arena;
    kl_effect *items;
    size_t count, cap;
    bool failed;                /* one was lost because memory ended; the engine reports it */
} kl_effects;

void effects_init(kl_effects *effects);
void effects_clear(kl_effects *effects);
void effects_done(kl_effects *effects);
/* Copies all spans of `effect`. */
bool effects_add(kl_effects *effects, const kl_effect *effect);
/* Copies all spans but data, which must be of the list's arena already (or constant). */
bool effects_adopt(kl_effects *effects, const kl_effect *effect);

/* After a failure: the list ends with a Log that says so (in place of the last one when there is no room). False when there is no room at all. */
bool effects_note_loss(kl_effects *effects);

#endif
