/* digest_params.h: "Digest name=value, ..." (RFC 7616 3.3, 3.4), of challenges and credentials alike, as Kamailio reads
 * them: a name is all before its "=", the last of two equal names counts, and what follows a value up to the next comma
 * is skipped. Escapes in quoted strings are respected and left in place (RFC 3261 25.1), where Kamailio cuts the value.
 * Private to sip. */
#ifndef KL_SIP_DIGEST_PARAMS_H
#define KL_SIP_DIGEST_PARAMS_H

#include "base/status.h"

typedef struct digest_param {
    kl_span name, *value; /* unquoted; stays as it is when there is none of that name */
} digest_param;

kl_status digest_params_parse(kl_span body, const digest_param *known, size_t count, kl_span *scheme, kl_error *err);

#endif
