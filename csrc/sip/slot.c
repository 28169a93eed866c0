/* slot.c: notes are made on first use, and end with what they are about. */
#include "slot.h"

#include "msg.h"

void *slot_make(kl_msg *msg, const slot_kind *kind)
{
    slot_note **slot = &msg->slots[kind->number];
    if (!*slot && (*slot = arena_zalloc(&msg->arena, kind->size))) (*slot)->kind = kind;
    return *slot;
}

static void drop(slot_note **slot)
{
    if ((*slot)->kind->drop) (*slot)->kind->drop(*slot);
    *slot = NULL;
}

void slot_drop_all(kl_msg *msg)
{
    for (size_t i = 0; i < SLOT_COUNT; i++)
        if (msg->slots[i]) drop(&msg->slots[i]);
}

void slot_replaced(kl_msg *msg)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        slot_note *note = msg->slots[i];
        if (note && !(note->kind->replaced && note->kind->replaced(note))) drop(&msg->slots[i]);
    }
}
