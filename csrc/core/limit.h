/* limit.h: what a run holds outside Lua has a limit for each kind of memory (docs/concepts/limits.md). Who refuses a
 * request for want of it returns the failure value of its function; the log gets one line for each kind and list of
 * effects, in place of those that the functions write about it. */
#ifndef KL_CORE_LIMIT_H
#define KL_CORE_LIMIT_H

#include "ctx.h"
#include "htable.h"

typedef enum limit_kind { LIMIT_MESSAGE, LIMIT_CALL, LIMIT_VARS, LIMIT_SHV, LIMIT_HTABLE } limit_kind;

/* Something of that kind was refused. */
void limit_reached(kl_ctx *ctx, limit_kind kind);
/* What a function of hash tables returned: as it is, and the line when it is false for want of memory. */
bool limit_htable(kl_ctx *ctx, core_htable *table, bool done);
/* Asks the memory of message and call whether they refused something, and says so. True: a line that is about to be
 * written would tell the same again. */
bool limit_told(kl_ctx *ctx);

#endif
