/* event.h: functions of the script that are told of what tm sends by itself. */
#ifndef KL_TM_EVENT_H
#define KL_TM_EVENT_H

#include "tm.h"

/* event_callback on a request made here, which it may change. False: it was dropped. */
bool event_request(kl_ctx *ctx, kl_msg *request);
/* The same for a CANCEL or an ACK of a hop, where evlreq_mode wants it: the bytes to send, which live as long as the
 * transaction; empty: it was dropped; .s NULL: memory ended. */
kl_span event_hop(kl_ctx *ctx, tm_branch *branch, kl_span bytes);
/* event_callback_lres_sent: a reply of ours has left. */
void event_response(kl_ctx *ctx, tm_cell *cell);
/* evcb_local_ack_sent: the ACK to `reply` has left. */
void event_ack(kl_ctx *ctx, tm_cell *cell, kl_msg *reply);

#endif
