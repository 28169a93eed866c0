/* cancel.h: branches are cancelled (RFC 3261 9) on behalf of a script. */
#ifndef KL_TM_CANCEL_H
#define KL_TM_CANCEL_H

#include "tm.h"

/* Reason as RFC 3326: cause 0: none. */
typedef struct cancel_reason {
    int cause;
    kl_span text;    /* empty: none */
    kl_msg *request; /* the CANCEL that came in; NULL: it is our own */
} cancel_reason;

/* All open branches but `except` (-1: none): how many there were. One that has not rung is no longer repeated, and gets
 * no CANCEL. */
int cancel_branches_quietly(kl_ctx *ctx, tm_cell *cell, int except, const cancel_reason *reason);
/* The same for the INVITE of a Call-ID and CSeq, of which flag `flag` is set unless that is 0. False: it is not here.
 */
bool cancel_call(kl_ctx *ctx, kl_span call_id, kl_span cseq, int flag, int cause);

#endif
