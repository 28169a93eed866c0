/* route.h: Route headers as loose routing reads them (RFC 3261 16.4, 16.12), and which way a request goes in its
 * dialog: for KSR.rr and its variables. */
#ifndef KL_CORE_ROUTE_H
#define KL_CORE_ROUTE_H

#include "ctx.h"

/* One body of such a header. Kamailio reads them less strictly than From and To: before "<" may stand anything, commas
 * too, and before ">" as well. */
typedef struct route_body {
    kl_span text; /* with its parameters, without blanks around it */
    kl_span uri;  /* in the brackets, which must be there; as written */
} route_body;

/* A walk over all bodies of all Route headers. A header counts as a whole: one malformed body makes it unreadable. */
typedef struct route_walk {
    kl_msg *msg;
    const sip_hdr *hdr;
    kl_span rest;               /* of hdr, behind entry */
    const char *start;          /* where its first body begins */
    route_body entry, previous; /* previous: in the same header; .text.s NULL for the first */
} route_walk;

typedef enum route_found { ROUTE_FOUND = 0, ROUTE_END, ROUTE_BAD } route_found;

route_found route_first(route_walk *walk, kl_msg *msg, sip_hdr_id id); /* SIP_HDR_ROUTE, SIP_HDR_RECORD_ROUTE */
bool route_has_more(const route_walk *walk);                           /* in the same header */
route_found route_next_in(route_walk *walk);                           /* within it */
/* the first of the next header; BAD too when the headers could not be read to their end */
route_found route_next_header(route_walk *walk);

/* Whether host and port (5060 when there is none) are ours; the transport does not count, as in Kamailio. A GRUU (RFC
 * 5627) is its user's, not ours. */
bool route_is_own(const kl_server *server, const sip_uri *uri);
/* Value of a parameter of that very name; .s NULL without one. */
kl_span route_param(kl_span params, kl_span name);

/* What rr keeps of one message, in its arena. */
typedef struct route_notes {
    slot_note head;
    kl_span params; /* of the Route, or of the R-URI of a strict router, that loose_route found ours */
    bool routed;    /* params are known */
    bool next_hop;  /* another's route was left behind our own */
    bool recorded;  /* a Record-Route was added, or was and is removed again */
    bool doubled;   /* there may be two of them */
    bool waiting;   /* recorded, and not yet in the bytes: msg_apply_changes refuses */
    enum { ROUTE_UNKNOWN = 0, ROUTE_DOWNSTREAM, ROUTE_UPSTREAM } direction;
    kl_span pending;             /* add_rr_param before there was a Record-Route */
    struct sip_edit *headers[2]; /* the Record-Routes added */
    struct edit_part *grows[2];  /* in each the part behind which parameters are put */
} route_notes;

route_notes *route_notes_of(kl_msg *msg); /* made on first use; NULL when memory ended */
/* NULL before that */
static inline route_notes *route_noted(const kl_msg *message) { return msg_slot(message, SLOT_ROUTE); }
/* Parameters of the top Route that is ours, from their first semicolon on, or what loose_route kept. Empty when there
 * is none. */
kl_span route_own_params(kl_ctx *ctx);
/* Upstream: our own Route has an ftag, and From another tag. The answer stays for the message. */
bool route_is_upstream(kl_ctx *ctx);

#endif
