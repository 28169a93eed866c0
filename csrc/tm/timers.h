/* timers.h: how long a transaction waits, and its end, as scripts change them. */
#ifndef KL_TM_TIMERS_H
#define KL_TM_TIMERS_H

#include "tm.h"

/* It goes on wait, and what it sends stops. */
void timers_release(kl_ctx *ctx, tm_cell *cell);
/* Its timing has changed: what is under way waits as long as is left of the new time. */
void timers_renew(kl_ctx *ctx, tm_cell *cell);
/* It ends so many microseconds from now. */
void timers_limit(kl_ctx *ctx, tm_cell *cell, int64_t life);

#endif
