/* lookups.h: what a lookup found, for pseudo-variables of the form $class(id=>key[n]): $dns, $srvquery and their like.
 * Functions of Python put it here, and the variables read it. Kept per engine until the next lookup under that id. */
#ifndef KL_CORE_LOOKUPS_H
#define KL_CORE_LOOKUPS_H

#include "base/arena.h"
#include "base/status.h"

#define LOOKUPS_MAX 256 /* ids there may be; names made of data must not fill memory */

typedef struct kl_answer kl_answer;
typedef struct kl_lookups {
    kl_answer *first;
    size_t count;
} kl_lookups;

void lookups_done(kl_lookups *lookups);
bool lookups_copy(const kl_lookups *from, kl_lookups *to); /* to: empty, and so it stays when memory ended */
bool lookups_has(const kl_lookups *lookups, kl_span name, kl_span id);
/* Makes an empty one where there is none. False: memory ended, or there are LOOKUPS_MAX. */
bool lookups_touch(kl_lookups *lookups, kl_span name, kl_span id);
/* fields is a DICT of text, ints, null, and ARRAYs of such; copied. KL_ECONFIG: it is something else; KL_ENOMEM: as
 * answers_touch. */
kl_status lookups_put(kl_lookups *lookups, kl_span name, kl_span id, const kl_value *fields);
/* A field, NULL when there is none; good until the next lookups_put. */
const kl_value *lookups_get(const kl_lookups *lookups, kl_span name, kl_span id, kl_span key);

#endif
