/* stateless.h: replies without a transaction (RFC 3261 8.2.7, 16.11), and the ACKs to them. */
#ifndef KL_PROXY_STATELESS_H
#define KL_PROXY_STATELESS_H

#include "core/ctx.h"

/* What is counted: replies by code, then by class; names are in modules/sl.c. */
typedef enum stateless_counter {
    STATELESS_200,
    STATELESS_202,
    STATELESS_2XX,
    STATELESS_300,
    STATELESS_301,
    STATELESS_302,
    STATELESS_3XX,
    STATELESS_400,
    STATELESS_401,
    STATELESS_403,
    STATELESS_404,
    STATELESS_407,
    STATELESS_408,
    STATELESS_483,
    STATELESS_4XX,
    STATELESS_500,
    STATELESS_5XX,
    STATELESS_6XX,
    STATELESS_OTHER,
    STATELESS_1XX,
    STATELESS_SENT,
    STATELESS_ERRORS,
    STATELESS_ACKS,
    STATELESS_COUNTERS
} stateless_counter;

/* Named as in Kamailio's sl. */
typedef struct stateless_settings {
    int rich_redirect; /* REDIRECT_* bits */
    /* functions of the script for the events sl:filtered-ack and sl:local-response; empty: none */
    kl_span event_callback_fl_ack, event_callback_lres_sent;
} stateless_settings;

typedef struct stateless_state {
    const stateless_settings *settings; /* sl's, defaults as long as it is not loaded */
    double filter_until;                /* ACKs to our replies are filtered until then */
    uint64_t counters[STATELESS_COUNTERS];
} stateless_state;

/* A reply to ctx->msg: 1, -1 when it cannot be sent (an ACK, a reply, no reason), -2 when the message is marked not to
 * be answered. */
int stateless_reply(kl_ctx *ctx, int code, kl_span reason);
/* The same by the transaction that there may be, where that is wanted. */
int stateless_or_within(kl_ctx *ctx, bool within, int code, kl_span reason);
/* A 500 for what failed last, as Kamailio words it: 1, or -2 when there was a final reply before. */
int stateless_reply_error(kl_ctx *ctx);
/* True when ctx->msg is an ACK to a reply of our own, sent at most two seconds ago. Runs event_callback_fl_ack. */
bool stateless_is_own_ack(kl_ctx *ctx);

#endif
