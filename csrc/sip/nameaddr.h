/* nameaddr.h: name-addr and addr-spec with parameters (RFC 3261 20.10, 25.1): From, To, Contact, Route, identities. */
#ifndef KL_SIP_NAMEADDR_H
#define KL_SIP_NAMEADDR_H

#include "uri.h"

typedef struct sip_nameaddr {
    kl_span text;            /* this body without blanks around it or its comma */
    kl_span display;         /* as written, quotes kept, trailing blank not */
    kl_span uri;             /* between < and >, or the bare addr-spec */
    kl_span params;          /* behind it from the first name on, with blanks at the end */
    kl_span tag, q, expires; /* values of parameters of those names, .s NULL when absent */
    bool brackets;           /* written with < > */
    bool star;               /* Contact: * */
} sip_nameaddr;

/* RFC 3261 20: whether a URI needs < > in a header, since what stands in it would else be read as the header's own. */
bool nameaddr_wants_brackets(kl_span uri);
kl_status sip_nameaddr_parse(kl_span text, sip_nameaddr *out, kl_error *err);
/* Walks a comma-joined list, commas in quotes and < > respected: *rest moves behind the body; KL_ENOENT at the end. */
kl_status sip_nameaddr_next(kl_span *rest, sip_nameaddr *out, kl_error *err);
/* A walk over one Contact header by Kamailio's rules. What begins with a star is the star, whatever else follows but
 * another star; a bare word without a colon, and a URI of one or two bytes, are malformed; so is a header of more than
 * 257. */
typedef struct sip_contact_walk {
    kl_span rest;
    int count;
    bool star;
} sip_contact_walk;
static inline sip_contact_walk sip_contacts(kl_span body) { return (sip_contact_walk){.rest = span_trim(body)}; }
/* 1: *out is the next; 0: the end, or the star; -1: malformed, as an empty header is */
int sip_contact_next(sip_contact_walk *walk, sip_nameaddr *out);
bool sip_contacts_good(kl_span body);
/* One comma-separated element as text, quotes and < > respected; false at the end. For any list header. */
bool sip_list_next(kl_span *rest, kl_span *element);

#endif
