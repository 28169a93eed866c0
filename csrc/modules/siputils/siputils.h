/* siputils.h: the halves of KSR.siputils see each other here. */
#ifndef KL_MODULES_SIPUTILS_H
#define KL_MODULES_SIPUTILS_H

#include "modules/modules.h"

typedef struct siputils_state {
    /* header bodies of options_reply */
    kl_span options_accept, options_accept_encoding, options_accept_language, options_support;
    kl_span contact_flds_separator; /* its first byte */
} siputils_state;

/* siputils/charging.c: $pcv */
extern const struct pv_table siputils_variables;

/* siputils/options.c: RFC 3261 11.2 */
void siputils_init(void *opaque);

#endif
