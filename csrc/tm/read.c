/* read.c: bytes that were built here as a message of their own, for routes of the script that look at them. */
#include "internal.h"

#include "base/mem.h"

#define MEMORY (1 << 20) /* bytes of one: more than any datagram and what a route makes of it */

kl_msg *tm_read(kl_ctx *ctx, kl_span bytes, const kl_msg *like)
{
    const kl_packet packet = {.data = bytes.s,
                              .size = bytes.n,
                              .source_host = like ? like->source_host : SPAN("127.0.0.1"),
                              .local_host = like ? like->local_host : SPAN("127.0.0.1"),
                              .source_port = like ? like->source_port : 5060,
                              .local_port = like ? like->local_port : 5060,
                              .transport = like ? like->proto : KL_PROTO_UDP,
                              .conid = like ? like->conid : -1,
                              .now = ctx->now};
    kl_error err;
    kl_msg *msg = kl_calloc(1, sizeof *msg);
    if (!msg) return NULL;
    msg_init(msg, MEMORY);
    if (msg_parse(msg, &packet, &err) == KL_OK) {
        msg->recv_socket = like ? like->recv_socket : -1;
        return msg;
    }
    kl_msg_free(msg);
    return NULL;
}
