/* lookup.h: pseudo-variables of KSR.ipops. */
#ifndef KL_MODULES_IPOPS_LOOKUP_H
#define KL_MODULES_IPOPS_LOOKUP_H

#include "pv/pv.h"

extern const pv_table ipops_variables;

#endif
