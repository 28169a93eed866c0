/* rr.h: the halves of KSR.rr. Private to them. */
#ifndef KL_MODULES_RR_H
#define KL_MODULES_RR_H

#include "core/route.h"
#include "modules/modules.h"

typedef struct rr_state {
    int append_fromtag, enable_double_rr, enable_full_lr, add_username, force_send_socket, ignore_sips, sockname_mode;
    int enable_socket_mismatch_warning, loose_route_mode; /* a log line, and native loose_route alone */
    kl_span custom_user_avp;                              /* a pseudo-variable */
} rr_state;

static inline rr_state *rr_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_RR); }

#endif
