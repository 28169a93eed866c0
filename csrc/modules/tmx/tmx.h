/* tmx.h: what the files of KSR.tmx share. */
#ifndef KL_MODULES_TMX_H
#define KL_MODULES_TMX_H

#include "modules/modules.h"
#include "tm/cancel.h"
#include "tm/elsewhere.h"
#include "tm/table.h"
#include "tm/timers.h"
#include "tm/tm.h"

extern const struct pv_table tmx_variables;

#endif
