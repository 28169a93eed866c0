/* call_id.h: the Call-ID of bytes that are not parsed, for those who hand a message on. */
#ifndef KL_SIP_CALL_ID_H
#define KL_SIP_CALL_ID_H

#include "base/span.h"

/* What a message parsed from these bytes has as its first Call-ID, a span into them; .s NULL: there is none, or the
 * headers before it are malformed. */
kl_span sip_call_id_of(kl_span data);

#endif
