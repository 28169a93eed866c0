/* uri.h: SIP, SIPS, TEL and URN URIs (RFC 3261 19.1, 3966, 8141) as spans into the text they were parsed from. */
#ifndef KL_SIP_URI_H
#define KL_SIP_URI_H

#include "base/status.h"

/* Kamailio's numbers, see $rz */
typedef enum sip_scheme {
    SIP_URI_ERROR = 0,
    SIP_URI_SIP,
    SIP_URI_SIPS,
    SIP_URI_TEL,
    SIP_URI_TELS,
    SIP_URI_URN
} sip_scheme;

typedef struct sip_uri {
    sip_scheme scheme;
    kl_transport proto;   /* of transport=, NONE when absent or unknown */
    uint16_t port_number; /* 0 when absent */
    kl_span text;         /* all of it */
    kl_span user, password, host, port, params,
        headers; /* without : @ ; ? around them, .s NULL when absent; host keeps [ ] of IPv6.
                  * tel: the number is user, and host is empty; urn: the name is host, there is no user */
    /* of a tel: or urn: URI all parameters (params is empty then); with phone those inside the user part */
    kl_span user_params;
    /* sip: with user=phone, which Kamailio takes for a tel: URI ($rz prints tel, user ends at its first ;) */
    bool phone;
    /* the value of well-known parameters; *_present tells "lr" from none */
    kl_span transport, user_param, method, maddr, ttl, lr, r2, gr;
    bool transport_present, user_param_present, method_present, maddr_present, ttl_present, lr_present, r2_present,
        gr_present;
} sip_uri;

/* KL_OK, or KL_EPARSE with the offset and what was expected there. As lenient as Kamailio where its recordings are. */
kl_status sip_uri_parse(kl_span text, sip_uri *out, kl_error *err);
/* Value of the first parameter of that name (any case); true when present, with an empty value for one without "=". */
bool sip_param_find(kl_span params, char delimiter, kl_span name, kl_span *value);
const char *sip_scheme_name(sip_scheme scheme);     /* none sip sips tel tels urn */
kl_transport sip_transport_of(kl_span name);        /* any case; NONE for others */
const char *sip_transport_name(kl_transport proto); /* lower case, "none" for NONE */

#endif
