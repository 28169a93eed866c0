/* KSR.tmx.*: more that a script can do with transactions. */
#include "tmx.h"

#define MODULE_ROWS "modules/tmx/rows.def"
#include "modules/rows.h"

static const module_param params[] = {{"precheck_trans", KL_TYPE_INT, 0, NULL}};

static void init(void *state) { *(int *)state = 1; }

const kl_module tmx_module = {.name = "tmx",
                              .rows = rows,
                              .row_count = sizeof rows / sizeof *rows,
                              .params = params,
                              .param_count = sizeof params / sizeof *params,
                              .state_size = sizeof(int),
                              .init = init,
                              .variables = &tmx_variables,
                              .needs = {MOD_TM}};
