/* core.h: KSR.<function>, one file per topic. Private to them. */
#ifndef KL_MODULES_CORE_H
#define KL_MODULES_CORE_H

#include "modules/modules.h"

/* core/flags.c; data: what to do with the flag */
enum { CORE_FLAG_SET, CORE_FLAG_RESET, CORE_FLAG_IS_SET };

#endif
