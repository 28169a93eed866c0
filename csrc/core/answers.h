/* answers.h: what a lookup found, for pseudo-variables of the form $class(id=>key[n]): $dns, $srvquery and their like.
 * Functions of Python put it here, and the variables read it. Kept per engine until the next lookup under that id. */
#ifndef KL_CORE_ANSWERS_H
#define KL_CORE_ANSWERS_H

#include "base/arena.h"
#include "base/status.h"

#define ANSWERS_MAX 256 /* ids there may be; names made of data must not fill memory */

typedef struct kl_answer kl_answer;
typedef struct kl_answers {
    kl_answer *first;
    size_t count;
} kl_answers;

void answers_done(kl_answers *answers);
bool answers_has(const kl_answers *answers, kl_span name, kl_span id);
/* Makes an empty one where there is none. False: memory ended, or there are ANSWERS_MAX. */
bool answers_touch(kl_answers *answers, kl_span name, kl_span id);
/* fields is a DICT of text, ints, null, and ARRAYs of such; copied. KL_ECONFIG: it is something else; KL_ENOMEM: as
 * answers_touch. */
kl_status answers_put(kl_answers *answers, kl_span name, kl_span id, const kl_value *fields);
/* A field, NULL when there is none; good until the next answers_put. */
const kl_value *answers_get(const kl_answers *answers, kl_span name, kl_span id, kl_span key);

#endif
