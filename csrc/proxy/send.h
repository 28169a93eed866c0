/* send.h: bytes on their way out: the routes of the script that see them, and the effect. */
#ifndef KL_PROXY_SEND_H
#define KL_PROXY_SEND_H

#include "core/ctx.h"

/* Where bytes go. */
typedef struct send_target {
    kl_span host; /* numeric, or a name that the host resolves; IPv6 without brackets */
    uint16_t port;
    kl_transport proto;
    int conid;         /* stream connection to use first, -1 none */
    int socket, flags; /* socket to send from, -1 none; KL_SEND_* */
} send_target;

/* The effect that bytes for a target are. */
kl_effect send_effect(const kl_ctx *ctx, kl_span data, const send_target *target);
/* Adds the effect and runs nothing; false when memory ended. */
bool send_raw(kl_ctx *ctx, kl_span data, const send_target *target);
/* Runs onsend for requests (for replies with onsend_route_reply, and corex's evcb_reply_out), then adds the effect;
 * false when dropped or memory ended. */
bool send_message(kl_ctx *ctx, kl_span data, const send_target *target, bool request);
/* A line in the log about what does not leave, and false. */
bool send_refused(kl_ctx *ctx, const char *why, kl_span about);

#endif
