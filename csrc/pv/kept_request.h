/* kept_request.h: the request that $uac_req describes, field by field. It stays from message to message. */
#ifndef KL_PV_KEPT_REQUEST_H
#define KL_PV_KEPT_REQUEST_H

#include "base/span.h"

typedef enum kept_text {
    KEPT_RURI,
    KEPT_FURI,
    KEPT_FTAG,
    KEPT_TURI,
    KEPT_TTAG,
    KEPT_OURI,
    KEPT_HDRS,
    KEPT_BODY,
    KEPT_METHOD,
    KEPT_CALLID,
    KEPT_SOCK,
    KEPT_AUSER,
    KEPT_APASSWD,
    KEPT_EVPARAM,
    KEPT_TEXTS
} kept_text;
typedef enum kept_number {
    KEPT_FLAGS,
    KEPT_EVROUTE,
    KEPT_EVTYPE,
    KEPT_EVCODE,
    KEPT_CSEQNO,
    KEPT_FR_TIMEOUT,
    KEPT_FR_INV_TIMEOUT,
    KEPT_NUMBERS
} kept_number;

typedef struct kept_request {
    kl_span texts[KEPT_TEXTS]; /* heap copies; empty: not set */
    int32_t numbers[KEPT_NUMBERS];
} kept_request;

kept_request *kept_request_new(void);                      /* NULL: no memory */
kept_request *kept_request_copy(const kept_request *from); /* NULL: no memory */
void kept_request_free(kept_request *request);             /* NULL too */
bool kept_text_assign(kl_span *field, kl_span text);       /* a copy in place of the old; false: no memory */

#endif
