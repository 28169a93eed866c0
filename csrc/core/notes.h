/* notes.h: what one module notes on a message for those who ask later; they go when its bytes are replaced. */
#ifndef KL_CORE_NOTES_H
#define KL_CORE_NOTES_H

#include "sip/msg.h"

/* The URI of the first Contact, once it was changed (nathelper); .s NULL: as received. Set: false when memory ended. */
kl_span notes_contact(const kl_msg *msg);
bool notes_set_contact(kl_msg *msg, kl_span uri);
kl_span notes_contact_now(const kl_msg *msg, kl_span parsed); /* the same, or what was parsed */
/* The user of the credentials that an auth function took last, without its domain; .s NULL: none. */
kl_span notes_authorized(const kl_msg *msg);
/* And the header they stand in, an Authorization before a Proxy-Authorization; NULL: none. */
const sip_hdr *notes_authorized_hdr(const kl_msg *msg);
bool notes_set_authorized(kl_msg *msg, kl_span user, const sip_hdr *hdr);

#endif
