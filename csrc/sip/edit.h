/* edit.h: changes to headers and body, kept as a list over the unchanged buffer until build.h writes them (Kamailio's
 * lumps).
 *
 * An edit stands at an offset into buf: `cut` bytes vanish from there on, `text` is written there. The list is kept in
 * order of offset; edits at one offset keep call order, whether they were put before what starts there or after what
 * ends there. Cutting twice is one cut, replacing the same piece again takes the later text, and what was put strictly
 * inside a piece that is cut goes with it. */
#ifndef KL_SIP_EDIT_H
#define KL_SIP_EDIT_H

#include "msg.h"

/* A piece of a text that is not known before the sending socket is, or is left out then. */
typedef struct edit_part {
    struct edit_part *next;
    kl_span text; /* EDIT_PART_TEXT, and what stands before a protocol or name */
    uint8_t what, when;
} edit_part;
enum {
    EDIT_PART_TEXT = 0,
    EDIT_PART_ADDRESS /* host[:port][;transport=] of the sending socket */,
    EDIT_PART_PROTO /* text and its protocol */,
    EDIT_PART_NAME /* text and its name, nothing without a name */
};
enum { EDIT_ALWAYS = 0, EDIT_OTHER_SOCKET /* it is not the one received on */, EDIT_OTHER_PROTO };

struct sip_edit {
    sip_edit *next;
    uint32_t offset, cut;
    kl_span text;     /* copy in the arena */
    edit_part *parts; /* behind text; in the arena */
    uint8_t kind;     /* EDIT_KIND_* */
    uint8_t when;     /* of text and parts: EDIT_ALWAYS ... */
};
enum {
    EDIT_KIND_TEXT = 0,
    EDIT_KIND_BODY /* made by edit_body: the next edit_body undoes it */,
    EDIT_KIND_LOOSE /* of a search over all the message: stays when what is around it is cut, does not count for
                       Content-Length */
};

/* All return false when the arena is full or a piece is not of buf. Text is copied. */
bool edit_append(kl_msg *msg, kl_span text); /* after the last header */
/* before the first header, before an own Via added on sending */
bool edit_insert(kl_msg *msg, kl_span text);
bool edit_after(kl_msg *msg, const sip_hdr *hdr, kl_span text);
bool edit_before(kl_msg *msg, const sip_hdr *hdr, kl_span text);
bool edit_remove(kl_msg *msg, const sip_hdr *hdr);
bool edit_cut(kl_msg *msg, kl_span piece);                   /* piece of buf */
bool edit_replace(kl_msg *msg, kl_span piece, kl_span text); /* cut and put text there; an empty piece inserts */
/* as edit_replace, but what stood there from before stays, and text is put behind it */
bool edit_swap(kl_msg *msg, kl_span piece, kl_span text, uint8_t kind);
bool edit_is_replaced(kl_msg *msg, kl_span piece); /* as a whole; a piece of one byte and more */
void edit_forget(kl_msg *msg, kl_span piece);      /* what was done to it and inside it */
/* whole new body; content_type.s NULL keeps the header; adds Content-Length when there is none */
bool edit_body(kl_msg *msg, kl_span body, kl_span content_type);
/* header text for every reply built from here, behind what is there already */
bool edit_reply(kl_msg *msg, kl_span text);
/* A list of parts before a header (NULL: the first one), and behind the last one. NULL when the arena is full. The list
 * may grow later. */
sip_edit *edit_parts_before(kl_msg *msg, const sip_hdr *hdr, edit_part *parts, uint8_t when);
sip_edit *edit_parts_append(kl_msg *msg, edit_part *parts);
/* copies text; NULL when the arena is full */
edit_part *edit_part_new(kl_msg *msg, uint8_t what, uint8_t when, kl_span text);
/* A list in the making: parts are put behind each other, none behind one that failed. */
typedef struct edit_parts {
    kl_msg *msg;
    edit_part *first, *last;
    bool failed;
} edit_parts;
void edit_parts_put(edit_parts *parts, uint8_t what, uint8_t when, kl_span text);
void edit_parts_text(edit_parts *parts, kl_span text); /* that is always there; nothing for an empty one */
void edit_drop_all(kl_msg *msg);                       /* what waits for requests and forwarded replies */

/* ---- From and To (edit_address.c): what is written takes its place in what earlier writes left, whoever made them. An
 * address without < > gets them when a name or the URI needs them. `received` is the URI as it was parsed. False too
 * when a text is not within a line, or the URI that is there now cannot be parsed. */
bool edit_address_uri(kl_msg *msg, const sip_nameaddr *address, kl_span uri);
/* empty: none, and so many blanks behind it go too */
bool edit_address_name(kl_msg *msg, const sip_nameaddr *address, kl_span name, size_t blanks);
/* .s NULL: none, without its @ */
bool edit_address_user(kl_msg *msg, const sip_nameaddr *address, const sip_uri *received, kl_span user);
/* a tel: URI has none and stays */
bool edit_address_host(kl_msg *msg, const sip_nameaddr *address, const sip_uri *received, kl_span host);

/* Offset of the first byte behind the empty line. */
size_t edit_body_start(const kl_msg *msg);

#endif
