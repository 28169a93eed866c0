/* method.h: methods and their ids, which are Kamailio's bit values (KSR.is_method_in, $rmid). */
#ifndef KL_SIP_METHOD_H
#define KL_SIP_METHOD_H

#include "base/span.h"

enum {
    SIP_INVITE = 1,
    SIP_CANCEL = 2,
    SIP_ACK = 4,
    SIP_BYE = 8,
    SIP_INFO = 16,
    SIP_REGISTER = 32,
    SIP_SUBSCRIBE = 64,
    SIP_NOTIFY = 128,
    SIP_MESSAGE = 256,
    SIP_OPTIONS = 512,
    SIP_PRACK = 1024,
    SIP_UPDATE = 2048,
    SIP_REFER = 4096,
    SIP_PUBLISH = 8192,
    SIP_KDMQ = 16384,
    SIP_GET = 32768,
    SIP_POST = 65536,
    SIP_PUT = 131072,
    SIP_DELETE = 262144,
    SIP_METHOD_OTHER = 524288
};
/* exact case as RFC 3261 7.1 and Kamailio's first-line parser have it; OTHER when unknown */
uint32_t sip_method_of(kl_span name);
uint32_t sip_method_ofi(kl_span name); /* any case */

#endif
