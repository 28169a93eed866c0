/* qvalue.h: q values (RFC 3261 25.1, qvalue) in thousandths. */
#ifndef KL_SIP_QVALUE_H
#define KL_SIP_QVALUE_H

#include "base/span.h"

#define SIP_Q_UNSPECIFIED (-1)
#define SIP_Q_BAD         (-2)

/* "0.5" is 500, an empty text SIP_Q_UNSPECIFIED. As in Kamailio blanks before it and zeros before its point are let
 * pass, and digits behind the third are ignored, but none may make it more than 1. */
int sip_qvalue(kl_span text);

#endif
