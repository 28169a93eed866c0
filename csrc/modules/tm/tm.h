/* tm.h: what the files of KSR.tm share. */
#ifndef KL_MODULES_TM_H
#define KL_MODULES_TM_H

#include "modules/modules.h"
#include "tm/cancel.h"
#include "tm/elsewhere.h"
#include "tm/table.h"
#include "tm/timers.h"
#include "tm/tm.h"

extern const module_command tm_commands[]; /* tm_rpc.c */

#endif
