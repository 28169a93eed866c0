/* local_parts.h: what the caller's headers of a local request hold, and the request that is made of them. */
#ifndef KL_TM_LOCAL_PARTS_H
#define KL_TM_LOCAL_PARTS_H

#include "local.h"
#include "route_set.h"

typedef struct local_parts {
    kl_span method, uri, next_hop;
    kl_span from, to, call_id, cseq; /* bodies; cseq: the number alone, .s NULL: ours */
    route_set routes;                /* as they are sent */
    bool max_forwards, content_type, no_ack;
    kl_span headers, body;
} local_parts;
bool local_read(kl_ctx *ctx, const tm_local_request *request, local_parts *out, tm_local_fault *fault);
bool local_fault(tm_local_fault *fault, int code, const char *text);                         /* false */
bool local_fault_about(kl_ctx *ctx, tm_local_fault *fault, const char *what, kl_span about); /* 400; false */
/* The request with a Via that only this room sees, in `out`; call_id: for those that bring none. */
bool local_write(kl_ctx *ctx, const local_parts *parts, kl_span call_id, kl_buf *out);
/* Next header line of a block, its name and body trimmed; false at the end, or when it is none: *good tells. */
bool local_next_header(kl_span *rest, kl_span *line, kl_span *name, kl_span *body, bool *good);

#endif
