/* path.h: what rr asks of path. */
#ifndef KL_MODULES_PATH_H
#define KL_MODULES_PATH_H

#include "row.h"

/* path's use_received: `params` of our own Route name the address that a registration came from; it becomes the
 * destination. */
void path_use_received(kl_ctx *ctx, kl_span params);

#endif
