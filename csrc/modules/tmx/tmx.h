/* tmx.h: what the files of KSR.tmx share. */
#ifndef KL_MODULES_TMX_H
#define KL_MODULES_TMX_H

#include "modules/modules.h"
#include "tm/internal.h"

extern const struct pv_table tmx_variables;

#endif
