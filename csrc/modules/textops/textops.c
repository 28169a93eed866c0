/* textops.c: KSR.textops.*: the table. */
#include "textops.h"

static const kl_row rows[] = {
    ROW2("textops", "cmp_istr", INT, textops_cmp_istr, STR, STR),
    ROW2("textops", "cmp_str", INT, textops_cmp_str, STR, STR),
    ROW2("textops", "ends_with", INT, textops_ends_with, STR, STR),
    ROW2("textops", "starts_with", INT, textops_starts_with, STR, STR),
    ROW2("textops", "str_all_in", INT, textops_str_all_in, STR, STR),
    ROW2("textops", "str_any_in", INT, textops_str_any_in, STR, STR),
    ROW2("textops", "str_find", INT, textops_str_find, STR, STR),
    ROW2("textops", "str_ifind", INT, textops_str_ifind, STR, STR),
};

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

const kl_module textops_module = {
    .name = "textops", .rows = rows, .row_count = sizeof rows / sizeof *rows, .state_size = sizeof(textops_state), .init = init, .done = done};
