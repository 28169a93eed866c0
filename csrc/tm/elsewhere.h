/* elsewhere.h: transactions of one engine that functions and commands in another one name. */
#ifndef KL_TM_ELSEWHERE_H
#define KL_TM_ELSEWHERE_H

#include "tm.h"

/* What KSR.tmx's functions and tm's commands do with a transaction that is not here: 1 where another engine has it,
 * which does it soon; -1. */
int elsewhere_cancel(kl_ctx *ctx, kl_span call_id, kl_span cseq, int flag, int cause);
int elsewhere_reply(kl_ctx *ctx, kl_span call_id, kl_span cseq, int code, kl_span reason,
                    const tm_reply_extra *extra); /* extra NULL: nothing more */
int elsewhere_resend(kl_ctx *ctx, kl_span call_id, kl_span cseq);
int elsewhere_continue(kl_ctx *ctx, uint32_t index, uint32_t label, kl_span function);
/* Which of the others has made the transaction of a label, if there is one; -1: none of them. */
int elsewhere_of(const kl_ctx *ctx, uint32_t label);
void elsewhere_clean(kl_ctx *ctx); /* tm_clean in all others */

#endif
