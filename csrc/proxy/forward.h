/* forward.h: stateless forwarding, RFC 3261 16.6 and 16.7 as Kamailio does it. */
#ifndef KL_PROXY_FORWARD_H
#define KL_PROXY_FORWARD_H

#include "core/ctx.h"

/* A received reply on its way back: our Via must be on top and another below; sends without it. False (and an error
 * line) when it cannot be forwarded. */
bool forward_reply(kl_ctx *ctx);
/* The same with another code or reason for this copy alone; an empty one stays as it is. */
bool forward_reply_as(kl_ctx *ctx, kl_span code, kl_span reason);
/* The message to the next hop `uri`; empty: the destination URI, else the Request-URI. branch is the last part of our
 * branch parameter; uac: without the Vias received. False when there is no way to send it or onsend dropped it. */
bool forward_request(kl_ctx *ctx, kl_span uri, int branch, bool uac);

#endif
