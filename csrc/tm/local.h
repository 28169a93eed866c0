/* local.h: requests that are made here (RFC 3261 8.1, 17.1): a transaction without anybody upstream. */
#ifndef KL_TM_LOCAL_H
#define KL_TM_LOCAL_H

#include "tm.h"

/* What becomes of one: a reply, or the end of patience. */
typedef struct tm_local_news {
    tm_cell *cell;
    kl_msg *reply; /* NULL: nobody answered, the code is ours */
    int code;
} tm_local_news;
typedef void (*tm_local_fn)(kl_ctx *ctx, const tm_local_news *news, void *data);

/* Spans are borrowed until local_send returns. */
typedef struct tm_local_request {
    kl_span method;
    kl_span uri;      /* Request-URI, unless the first Route is a strict one */
    kl_span next_hop; /* a URI; empty or ".": the first Route, else `uri` */
    kl_span socket;   /* [proto:]host[:port] or a name; empty or ".": whichever fits */
    /* whole lines: From and To at least, Content-Type with a body; no Via, with a body no Content-Length. Call-ID,
     * CSeq and Max-Forwards are ours where they are missing. An empty line ends them */
    kl_span headers;
    kl_span body;
    bool no_ack;          /* nobody here acknowledges a 2xx */
    bool untyped;         /* a body may come without a Content-Type */
    int64_t fr, fr_inv;   /* patience in ms; 0: the parameters' */
    tm_local_fn fn;       /* each final reply, also one made up here; NULL: nobody asks */
    tm_local_fn progress; /* each provisional reply; NULL: nobody asks */
    void *data;
    void (*drop)(void *data); /* when nothing will be told any more, or nothing was sent; may be NULL */
} tm_local_request;

/* Why nothing was sent: a code of RPC faults, and a text that is static or in ctx->scratch. */
typedef struct tm_local_fault {
    int code;
    kl_span text;
} tm_local_fault;

/* Sends one, or leaves it at that when event_callback drops it: true. *cell, unless `cell` is NULL: the transaction,
 * good until the next input; NULL when it was dropped. */
bool local_send(kl_ctx *ctx, const tm_local_request *request, tm_cell **cell, tm_local_fault *fault);
/* What its 2xx makes a dialog of (RFC 3261 12.1.2), in the reply or in ctx->scratch: the URI of the peer, empty without
 * a Contact; where requests go; their Routes, one header line without an end. False: no 2xx, malformed, or no memory.
 */
bool local_dialog(kl_ctx *ctx, const kl_msg *reply, kl_span *uri, kl_span *hop, kl_span *routes);
/* ACK to the 2xx that a local INVITE has got, with headers and a body of the caller's, again if it was sent before: 0;
 * -1 no memory or no way there; -2 it is none, or has no 2xx. */
int local_ack(kl_ctx *ctx, tm_cell *cell, kl_span headers, kl_span body);

#endif
