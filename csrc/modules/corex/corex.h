/* corex.h: KSR.corex.*, in files by topic. Private to them. */
#ifndef KL_MODULES_COREX_H
#define KL_MODULES_COREX_H

#include "modules/modules.h"

typedef struct corex_state {
    kl_buf file; /* what file_read read last */
} corex_state;

/* corex/variables.c */
extern const struct pv_table corex_variables;

#endif
