/* msg_clone.h: a message that is kept: a copy in one allocation of the size it needs, which borrows nothing. */
#ifndef KL_SIP_MSG_CLONE_H
#define KL_SIP_MSG_CLONE_H

#include "edit.h"

/* Its bytes, the index, the parts that the index reads, what the script changed, and the notes whose rooms say how.
 * URIs and credentials are read again when asked. It may be read, built, written on and cloned like the other one, and
 * its arena begins when something is written. kl_msg_free frees it. NULL: out of memory. */
kl_msg *msg_clone(const kl_msg *msg);
kl_msg *msg_clone_in(kl_region *region, const kl_msg *msg); /* in memory of a region that outlives it; NULL: the heap */
size_t msg_clone_size(const kl_msg *msg);                   /* bytes of that allocation */

/* ---- for slot_kind.clone. It runs twice: while sizes are counted it gets no memory, and what it answers is not used.
 */
struct clone_work {
    const kl_msg *from;
    kl_msg *to;
    char *memory; /* NULL: counting */
    kl_region *region;
    size_t n;
};
void *clone_room(clone_work *work, size_t n); /* 8-aligned; NULL while counting */
/* A struct without pointers of its own; NULL while counting, and of NULL. */
void *clone_copy(clone_work *work, const void *part, size_t n);
/* What lies in the bytes of the message lies in the clone's, anything else is copied with a NUL behind it. */
kl_span clone_text(clone_work *work, kl_span text);
/* Those of the clone that stand for these; NULL for one that is no longer in the list. */
sip_edit *clone_edit(const clone_work *work, const sip_edit *edit);
edit_part *clone_edit_part(const clone_work *work, const edit_part *part);

#endif
