/* edit.h: changes to headers and body, kept as a list over the unchanged buffer until build.h writes them (Kamailio's lumps).
 *
 * Each edit has a place (an offset into buf). At one place text put before keeps call order, then comes what was there (or not, if cut),
 * then text put after in call order. Cutting twice is one cut. */
#ifndef KL_SIP_EDIT_H
#define KL_SIP_EDIT_H

#include "msg.h"

typedef enum edit_side { EDIT_BEFORE, EDIT_AFTER } edit_side;

struct sip_edit {
    sip_edit *next;
    uint32_t offset, cut;       /* cut bytes of buf vanish from offset on */
    kl_span text;               /* copy in the arena */
    uint8_t side;
    uint8_t kind;               /* EDIT_KIND_* */
};
enum { EDIT_KIND_TEXT = 0, EDIT_KIND_BODY };

/* All return false when the arena is full. Text is copied. */
bool edit_append(kl_msg *msg, kl_span text);                    /* after the last header */
bool edit_insert(kl_msg *msg, kl_span text);                    /* before the first header, before an own Via added on sending */
bool edit_after(kl_msg *msg, const sip_hdr *hdr, kl_span text);
bool edit_before(kl_msg *msg, const sip_hdr *hdr, kl_span text);
bool edit_remove(kl_msg *msg, const sip_hdr *hdr);
bool edit_cut(kl_msg *msg, kl_span piece);                      /* piece of buf */
bool edit_replace(kl_msg *msg, kl_span piece, kl_span text);    /* cut and put text there; an empty piece inserts */
bool edit_body(kl_msg *msg, kl_span body, kl_span content_type);/* whole new body; content_type.s NULL keeps the header */
void edit_drop_all(kl_msg *msg);

#endif
