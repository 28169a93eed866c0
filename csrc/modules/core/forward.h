/* forward.h: stateless forwarding, RFC 3261 16.6 and 16.7 as Kamailio does it. */
#ifndef KL_MODULES_CORE_FORWARD_H
#define KL_MODULES_CORE_FORWARD_H

#include "modules/row.h"

/* A received reply on its way back: our Via must be on top and another below; sends without it. False (and an error
 * line) when it cannot be forwarded. */
bool forward_reply(kl_ctx *ctx);

/* The same with the status line changed for this copy alone: "SIP/2.0 200 OK" without line end. */
bool forward_reply_as(kl_ctx *ctx, kl_span status_line);

/* The message to the next hop `uri`; empty: the destination URI, else the Request-URI. branch is the last part of our
 * branch parameter; uac: without the Vias received. 1, or -1 when there is no way to send it or onsend dropped it. A
 * host name goes out as the destination: the host resolves it. */
int forward_request(kl_ctx *ctx, kl_span uri, int branch, bool uac);

/* Where a SIP URI leads: host, port, transport and the socket to send from; false with an error line. */
bool forward_target(kl_ctx *ctx, const sip_uri *uri, ctx_target *target);

#endif
