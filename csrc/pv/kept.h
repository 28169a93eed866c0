/* kept.h: what variables remember from run to run beside the stores, of one engine: $TV(un), $sbranch, $sdpitval. */
#ifndef KL_PV_KEPT_H
#define KL_PV_KEPT_H

#include "sip/sdp.h"

typedef struct pv_kept {
    int64_t tv_microseconds; /* variables/time.c */
    sip_branch *sbranch;     /* variables/branch.c; NULL until first set; its texts are heap copies */
    sdp_iterator sdp_iterators[SDP_ITERATORS];
} pv_kept;

bool pv_kept_copy(const pv_kept *from, pv_kept *to); /* false: out of memory, and *to is empty */
void pv_kept_free(pv_kept *kept);

#endif
