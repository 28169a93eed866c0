/* via.h: one Via value (RFC 3261 20.42, 18.2.1, RFC 3581). */
#ifndef KL_SIP_VIA_H
#define KL_SIP_VIA_H

#include "uri.h"

typedef struct sip_via {
    kl_span text; /* this value, without the comma before the next */
    kl_span version, transport, host, port, params;
    kl_span branch, received, rport; /* values; .s NULL when absent */
    kl_span rport_text;              /* the whole "rport[=value]" without its ;, for in-place rewriting */
    kl_span received_text;           /* the whole "received=value" likewise */
    kl_span comment;
    kl_transport proto;
    uint16_t port_number; /* 0 when absent */
    bool rport_present;   /* ;rport with or without a value */
} sip_via;

/* Parses the first value of *rest and moves it behind the value and its comma. KL_ENOENT at the end. */
kl_status sip_via_next(kl_span *rest, sip_via *out, kl_error *err);

#endif
