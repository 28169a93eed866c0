/* textops.c: KSR.textops.*: the table. */
#include "textops.h"

#define MODULE_ROWS "modules/textops/rows.def"
#include "modules/rows.h"

static void init(void *opaque)
{
    textops_state *state = opaque;
    buf_init(&state->made);
}

static void done(void *opaque)
{
    textops_state *state = opaque;
    buf_free(&state->made);
}

const kl_module textops_module = {.name = "textops",
                                  .rows = rows,
                                  .row_count = sizeof rows / sizeof *rows,
                                  .state_size = sizeof(textops_state),
                                  .scratch_size = sizeof(textops_state),
                                  .init = init,
                                  .done = done};
