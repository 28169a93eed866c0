/* record_route.h: what other rooms put into our Record-Route, where it comes back to us in the dialog's requests. */
#ifndef KL_PROXY_RECORD_ROUTE_H
#define KL_PROXY_RECORD_ROUTE_H

#include "core/ctx.h"

/* Adds text to the URI of our Record-Route, be it there or still to come: 1, or -1 beyond 512 bytes for one to come. */
int record_route_add_param(kl_ctx *ctx, kl_span text);

#endif
