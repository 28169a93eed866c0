/* random.h: numbers that scripts ask for. */
#ifndef KL_CORE_RANDOM_H
#define KL_CORE_RANDOM_H

#include "ctx.h"

/* 0 to 2^31 - 1, out of the engine's secret: the same again for the same seed. */
int32_t random_next(kl_ctx *ctx);

#endif
