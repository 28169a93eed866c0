/* kept.h: what pseudo-variables remember from message to message, beside $var: $sbranch, $uac_req, the walks of
 * $sdpitval, and the time that $TV(sn) read. One for each engine, in its pv_vars. */
#ifndef KL_PV_KEPT_H
#define KL_PV_KEPT_H

#include "core/ctx.h"
#include "kept_request.h"
#include "sip/msg.h"
#include "sip/sdp.h"

typedef struct pv_kept {
    int64_t tv_microseconds;
    sip_branch *sbranch;   /* NULL until first set; its texts are heap copies */
    kept_request *request; /* NULL until first set */
    sdp_iterator sdp_iterators[SDP_ITERATORS];
} pv_kept;

bool kept_copy(const pv_kept *from, pv_kept *to); /* false: no memory, and *to is empty */
void kept_done(pv_kept *kept);

/* The one branch of an engine; NULL when memory ended. Its uri.s is NULL while unset. */
sip_branch *kept_sbranch(pv_kept *kept);
void kept_sbranch_reset(pv_kept *kept);
bool kept_sbranch_assign(kl_span *field, kl_span text); /* a heap copy in place of the old; an empty text clears */

/* $uac_req; NULL when memory ended. */
kept_request *kept_request_of(pv_kept *kept);

#endif
