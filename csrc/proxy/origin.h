/* origin.h: our own sockets as URIs name them: host[:port][;transport=x], in Record-Route and Path. */
#ifndef KL_PROXY_ORIGIN_H
#define KL_PROXY_ORIGIN_H

#include "sip/build.h"
#include "send.h"

/* The socket ctx->msg was received on: what it advertises, else its own address. Text in ctx->scratch; empty when
 * memory ended. */
kl_span origin_received(kl_ctx *ctx);
/* The transport that it tells of, which may be another than the one the message came by. */
kl_transport origin_received_proto(const kl_ctx *ctx);
/* Its name; empty when it has none. */
kl_span origin_received_name(const kl_ctx *ctx);
/* The socket a request leaves from: what it advertises, else what the script set for this message, else what all
 * advertise, else its own address. */
build_socket origin_sent(kl_ctx *ctx, const send_target *target);

#endif
