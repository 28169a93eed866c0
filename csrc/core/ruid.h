/* ruid.h: names that tell one record or branch from all others, as Kamailio's modules give them. */
#ifndef KL_CORE_RUID_H
#define KL_CORE_RUID_H

#include "ctx.h"

/* "prefix-656a0f1c-8d3e22b1-4": when the engine began, a number of the engine, and one that grows; all but the prefix
 * hexadecimal. In ctx->scratch; .s NULL: no memory. */
kl_span ruid_next(kl_ctx *ctx, kl_span prefix);

#endif
