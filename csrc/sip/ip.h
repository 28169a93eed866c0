/* ip.h: numeric addresses as text. */
#ifndef KL_SIP_IP_H
#define KL_SIP_IP_H

#include "base/span.h"

typedef struct sip_ip {
    uint8_t family;             /* 0 none, 4, 6 */
    uint8_t bytes[16];
} sip_ip;

bool ip_parse(kl_span text, sip_ip *out);       /* v4, v6, v6 in brackets */
bool ip_eq(const sip_ip *a, const sip_ip *b);
size_t ip_format(const sip_ip *ip, char out[46]); /* canonical text, v6 without brackets; its length */

#endif
