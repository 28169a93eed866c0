/* note.c: a message's slot for its transaction. */
#include "note.h"

static void drop(void *opaque)
{
    tm_note *note = opaque;
    if (note->cell) cell_unref(note->cell);
    note->cell = NULL;
}

static bool stays(void *note)
{
    (void)note;
    return true;
}

tm_note *note_of(kl_msg *msg)
{
    static const slot_kind kind = {.number = SLOT_TM, .size = sizeof(tm_note), .replaced = stays, .drop = drop};
    tm_note *note = note_in(msg);
    if (note) return note;
    note = slot_make(msg, &kind);
    if (note) note->branch = -1;
    return note;
}

bool note_set(kl_msg *msg, tm_cell *cell, int branch)
{
    tm_note *note = note_of(msg);
    if (!note) return false;
    if (cell) cell_ref(cell);
    if (note->cell) cell_unref(note->cell);
    note->cell = cell;
    note->branch = branch;
    return true;
}
