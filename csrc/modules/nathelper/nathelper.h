/* nathelper.h: the parts of KSR.nathelper, and what they share: where a message came from, and the Contact they change.
 */
#ifndef KL_MODULES_NATHELPER_H
#define KL_MODULES_NATHELPER_H

#include "modules/modules.h"
#include "sip/build.h"

typedef struct nathelper_state {
    kl_span received_avp, nortpproxy_str, alias_name;
    int append_sdp_oldmediaip, nat_addr_mode;
} nathelper_state;

static inline nathelper_state *nathelper_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_NATHELPER); }

/* ---- nathelper/address.c: texts are in ctx->scratch, .s NULL when memory ended */

/* 10/8, 172.16/12, 192.168/16, 100.64/10, 192.0.0/29; with nat_addr_mode 192.0.0/24. IPv4 as inet_aton reads it, which
 * Kamailio uses. */
bool nathelper_is_private(const nathelper_state *nat, kl_span host);
bool nathelper_same_host(kl_span a, kl_span b); /* two numeric addresses that are one, IPv6 in any form */
/* The source of the message: IPv6 in brackets, "host:port", "sip:host:port[;transport=x]". */
kl_span nathelper_host(kl_ctx *ctx);
/* as it stands in a URI (RFC 3261 25.1): IPv6 in brackets, which it may have already */
kl_span nathelper_bracketed(kl_ctx *ctx, kl_span host);
kl_span nathelper_host_port(kl_ctx *ctx);
kl_span nathelper_uri(kl_ctx *ctx);
/* As the transport parameter of a URI has it: "ws" for both of RFC 7118. */
static inline kl_span nathelper_transport(kl_transport proto)
{
    return span_text(sip_transport_name(proto == KL_PROTO_WSS ? KL_PROTO_WS : proto));
}

/* ---- nathelper/contact.c */

typedef enum nathelper_found { CONTACT_GOOD, CONTACT_NONE, CONTACT_STAR, CONTACT_BAD } nathelper_found;
typedef struct nathelper_contact {
    sip_nameaddr body; /* as received */
    sip_uri uri;       /* as core/notes.h has it, once it was changed */
    bool only;         /* of its header */
} nathelper_contact;

/* The first of the first Contact header, which has to be good as a whole; its URI has a host. */
nathelper_found nathelper_first_contact(kl_ctx *ctx, nathelper_contact *out);
/* The same, where it can still be changed; what is wrong is logged. */
nathelper_found nathelper_open_contact(kl_ctx *ctx, nathelper_contact *out);

#endif
