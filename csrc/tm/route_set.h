/* route_set.h: the Routes of a request that is made here, and where they lead (RFC 3261 12.1.2, 12.2.1.1). */
#ifndef KL_TM_ROUTE_SET_H
#define KL_TM_ROUTE_SET_H

#include "core/ctx.h"

#define ROUTE_SET_MOST 16

typedef struct route_set {
    kl_span routes[ROUTE_SET_MOST]; /* name-addr each, borrowed */
    size_t count;
} route_set;

/* The values of a Route or Record-Route header; false: too many. One place stays free for a strict router. */
bool route_set_add(route_set *set, kl_span body);
void route_set_reverse(route_set *set);
/* *uri: the target, and then the Request-URI: that of the first router when it is a strict one, which gets the target
 * behind all Routes. *hop: where the request goes. False: the first Route is malformed, or no memory. */
bool route_set_direct(kl_ctx *ctx, route_set *set, kl_span *uri, kl_span *hop);
/* One header line, or none. */
void route_set_write(const route_set *set, kl_buf *out);

#endif
