/* sl.h: what the engine asks of the sl module outside a script's calls. */
#ifndef KL_MODULES_SL_H
#define KL_MODULES_SL_H

#include "row.h"

/* True when ctx->msg is an ACK to a stateless reply of our own, sent at most two seconds ago: it ends here, before the request route. Runs event_callback_fl_ack. */
bool sl_filter_ack(kl_ctx *ctx);

#endif
