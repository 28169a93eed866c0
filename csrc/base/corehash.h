/* corehash.h: the 32-bit hash that Kamailio calls its core hash. It decides what scripts see (KSR.cfgutils.core_hash,
 * the order of a hash table); it is no defence against chosen keys. */
#ifndef KL_BASE_COREHASH_H
#define KL_BASE_COREHASH_H

#include "span.h"

/* of both, one behind the other but each in words of its own; b.s NULL: of a alone */
uint32_t corehash(kl_span a, kl_span b);
uint32_t corehash_fold(kl_span a, kl_span b); /* the same of their lower case */

#endif
