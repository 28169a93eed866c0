/* note.h: which transaction a message belongs to, and what the script has asked for one to come. */
#ifndef KL_TM_NOTE_H
#define KL_TM_NOTE_H

#include "cell.h"

typedef struct tm_note {
    slot_note head;
    tm_cell *cell; /* a reference; NULL: none */
    bool is_new;   /* this very message made it */
    bool held;     /* of a reply: not relayed until continued */
    int branch;    /* a reply's, or that of a branch or failure route; -1: none */
    int error;     /* what t_relay ended with, told upstream when the route is over; 0: nothing */
    /* of the transaction to come */
    tm_handlers pending;
    tm_timing timing;
    unsigned set, cleared; /* TM_* flags */
} tm_note;

tm_note *note_of(kl_msg *msg); /* made on first use; NULL when memory ended */
static inline tm_note *note_in(const kl_msg *msg) { return msg_slot(msg, SLOT_TM); }
/* The message's transaction from now on; takes a reference. */
bool note_set(kl_msg *msg, tm_cell *cell, int branch);
/* Without looking. */
static inline tm_cell *note_cell(const kl_msg *msg)
{
    const tm_note *note = note_in(msg);
    return note ? note->cell : NULL;
}

#endif
