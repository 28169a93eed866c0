/* target.h: where messages go, and the socket of ours that each leaves from. */
#ifndef KL_PROXY_TARGET_H
#define KL_PROXY_TARGET_H

#include "send.h"

/* Where a SIP URI leads (flags stay as they are); false with an error line. A host name goes out as the destination:
 * the host resolves it. */
bool target_of_uri(kl_ctx *ctx, const sip_uri *uri, send_target *target);
/* Whether the next hop that a URI tells is a name, whose addresses RFC 3263 finds. */
bool target_is_name(const sip_uri *uri);
/* An address, the sockets of ctx->msg permitting; flags stay as they are. False with an error line. */
bool target_of_address(kl_ctx *ctx, const kl_target *address, send_target *target);
/* Where the reply ctx->msg goes on to, RFC 3261 16.7 step 9: the Via below ours; false with a line when it cannot. */
bool target_behind_us(kl_ctx *ctx, send_target *target);
/* Where a reply of ours to ctx->msg goes: source address, or Via as RFC 3261 18.2.2 and Kamailio's force_rport have it;
 * on the connection the request came on. */
send_target target_of_reply(kl_ctx *ctx);

#endif
