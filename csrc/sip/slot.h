/* slot.h: what rooms above note on a message: one pointer for each, and what becomes of a note with its message. */
#ifndef KL_SIP_SLOT_H
#define KL_SIP_SLOT_H

#include "base/span.h"

/* Who keeps a note. */
typedef enum slot_number {
    SLOT_VARIABLES, /* pv/store/store.h */
    SLOT_ROUTE,     /* core/route.h */
    SLOT_CONTACT,   /* core/notes.h */
    SLOT_AUTHORIZED,
    SLOT_NATHELPER, /* modules/nathelper */
    SLOT_UAC,       /* modules/uac */
    SLOT_TM,        /* tm/note.h */
    SLOT_COUNT
} slot_number;

typedef struct clone_work clone_work; /* msg_clone.h */

typedef struct slot_kind {
    slot_number number;
    uint32_t size; /* of the note, in the arena of its message */
    /* The message gets other bytes (msg_replace): whether the note stays. NULL: it goes with the old ones. */
    bool (*replaced)(void *note);
    /* The note for a clone, made of what clone_work gives. NULL: a clone begins without one. */
    void *(*clone)(clone_work *work, const void *note);
    /* Its message ends or is used again: gives back what lies outside of the arena. NULL: there is nothing. */
    void (*drop)(void *note);
} slot_kind;

/* What each note begins with. */
typedef struct slot_note {
    const slot_kind *kind;
} slot_note;

/* The note, all zero behind its head when there was none; NULL when memory ended. msg_slot (msg.h) asks for it. */
void *slot_make(kl_msg *msg, const slot_kind *kind);
/* For msg.c. */
void slot_drop_all(kl_msg *msg);
void slot_replaced(kl_msg *msg);

#endif
