/* core_forward.h: stateless forwarding, RFC 3261 16.6 and 16.7 as Kamailio does it. */
#ifndef KL_MODULES_CORE_FORWARD_H
#define KL_MODULES_CORE_FORWARD_H

#include "row.h"

/* A received reply on its way back: our Via must be on top and another below; sends without it. False (and an error line) when it cannot be forwarded. */
bool forward_reply(kl_ctx *ctx);

#endif
