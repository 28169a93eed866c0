/* notes.c: a note is a text in the arena of its message, and what belongs to it. */
#include "notes.h"

#include "sip/msg_clone.h"

typedef struct text_note {
    slot_note head;
    kl_span text;
    uint16_t www, proxy; /* of credentials: one more than the index of the header; 0: none */
} text_note;

static void *clone(clone_work *work, const void *opaque)
{
    const text_note *note = opaque;
    text_note *copy = clone_copy(work, note, sizeof *note);
    const kl_span text = clone_text(work, note->text);
    if (copy) copy->text = text;
    return copy;
}

static const slot_kind contact = {.number = SLOT_CONTACT, .size = sizeof(text_note), .clone = clone},
                       authorized = {.number = SLOT_AUTHORIZED, .size = sizeof(text_note), .clone = clone};

static kl_span text_of(const kl_msg *msg, const slot_kind *kind)
{
    const text_note *note = msg_slot(msg, kind->number);
    return note ? note->text : SPAN_NULL;
}

static bool set_text(kl_msg *msg, const slot_kind *kind, kl_span text)
{
    text_note *note = slot_make(msg, kind);
    const kl_span copy = note ? arena_copy(&msg->arena, text) : SPAN_NULL;
    if (!copy.s) return false;
    note->text = copy;
    return true;
}

kl_span notes_contact(const kl_msg *msg) { return text_of(msg, &contact); }
bool notes_set_contact(kl_msg *msg, kl_span uri) { return set_text(msg, &contact, uri); }

kl_span notes_contact_now(const kl_msg *msg, kl_span parsed)
{
    const kl_span changed = notes_contact(msg);
    return changed.s ? changed : parsed;
}

kl_span notes_authorized(const kl_msg *msg) { return text_of(msg, &authorized); }

const sip_hdr *notes_authorized_hdr(const kl_msg *msg)
{
    const text_note *note = msg_slot(msg, SLOT_AUTHORIZED);
    const uint16_t place = note ? (note->www ? note->www : note->proxy) : 0;
    return place ? &msg->hdrs[place - 1] : NULL;
}

bool notes_set_authorized(kl_msg *msg, kl_span user, const sip_hdr *hdr)
{
    if (!set_text(msg, &authorized, user)) return false;
    text_note *note = msg_slot(msg, SLOT_AUTHORIZED);
    *(hdr->id == SIP_HDR_AUTHORIZATION ? &note->www : &note->proxy) = (uint16_t)(hdr - msg->hdrs + 1);
    return true;
}
