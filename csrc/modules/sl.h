/* sl.h: what others ask of the sl module outside a script's calls. */
#ifndef KL_MODULES_SL_H
#define KL_MODULES_SL_H

#include "row.h"

/* What sl.stats shows: replies by code, then by class. */
typedef enum sl_counter {
    SL_200,
    SL_202,
    SL_2XX,
    SL_300,
    SL_301,
    SL_302,
    SL_3XX,
    SL_400,
    SL_401,
    SL_403,
    SL_404,
    SL_407,
    SL_408,
    SL_483,
    SL_4XX,
    SL_500,
    SL_5XX,
    SL_6XX,
    SL_OTHER,
    SL_1XX,
    SL_SENT,
    SL_ERRORS,
    SL_ACKS,
    SL_COUNTERS
} sl_counter;

typedef struct sl_state {
    kl_buf out, tag;     /* a reply and its To-tag while they are built */
    double filter_until; /* ACKs to our replies are filtered until then */
    uint64_t counters[SL_COUNTERS];
    int bind_tm, default_code, rich_redirect;
    kl_span default_reason, event_callback_fl_ack, event_callback_lres_sent;
} sl_state;

/* True when ctx->msg is an ACK to a stateless reply of our own, sent at most two seconds ago: it ends here, before the
 * request route. Runs event_callback_fl_ack. */
bool sl_filter_ack(kl_ctx *ctx);
/* A stateless reply to ctx->msg: 1, -1 when it cannot be sent (an ACK, a reply, no reason), -2 when the message is
 * marked not to be answered. */
int sl_reply(kl_ctx *ctx, int code, kl_span reason);

#endif
