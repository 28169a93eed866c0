/* challenge.h: what a server asks for: WWW-Authenticate and Proxy-Authenticate of the scheme Digest. */
#ifndef KL_SIP_CHALLENGE_H
#define KL_SIP_CHALLENGE_H

#include "base/status.h"

typedef struct sip_challenge { /* RFC 8760, 7616 3.3 */
    /* unquoted, escapes left in place; .s NULL when absent */
    kl_span scheme, realm, nonce, opaque, algorithm, qop, stale;
} sip_challenge;

/* Realm and nonce have to be there. */
kl_status sip_challenge_parse(kl_span body, sip_challenge *out, kl_error *err);

#endif
