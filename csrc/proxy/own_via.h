/* own_via.h: our Via on a request that leaves (RFC 3261 16.6 step 8), and what scripts write on Via headers: fields of
 * $xavp lists (corex.via_*). */
#ifndef KL_PROXY_OWN_VIA_H
#define KL_PROXY_OWN_VIA_H

#include "send.h"
#include "sip/build.h"

/* Fills what `options` say of our Via on ctx->msg; branch is the last part of its branch parameter, unless that is
 * there already. Texts are in ctx->scratch and the engine. False when memory ended, or a text of the script is not
 * within a line. */
bool own_via_fill(kl_ctx *ctx, const send_target *target, int branch, build_forward_options *options);
/* ";name=value;name" of the fields of the newest $xavp of that name, newest first, when the message has the flag; empty
 * when there is nothing to write. In ctx->scratch; false as above. */
bool own_via_params(kl_ctx *ctx, unsigned flag, kl_span xavp, kl_span *out);

#endif
