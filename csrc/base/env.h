/* env.h: a snapshot of the environment: NAME=VALUE one behind the other, each ended by a NUL. The process's own is
 * never read here: another thread may be writing it. */
#ifndef KL_BASE_ENV_H
#define KL_BASE_ENV_H

#include "span.h"

kl_span env_find(kl_span block, kl_span name); /* .s NULL: there is none */

#endif
