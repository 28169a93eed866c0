/* core.c: the table of KSR.<function>. */
#include "core.h"

#define VIA(proto) (1 << KL_PROTO_##proto)

#define MODULE_ROWS "modules/core/rows.def"
#include "modules/rows.h"

const kl_module core_module = {.name = "", .rows = rows, .row_count = sizeof rows / sizeof *rows};
