/* ip.h: numeric addresses as text. */
#ifndef KL_SIP_IP_H
#define KL_SIP_IP_H

#include "base/span.h"

typedef struct sip_ip {
    uint8_t family; /* 0 none, 4, 6 */
    uint8_t bytes[16];
} sip_ip;

bool ip_parse(kl_span text, sip_ip *out); /* v4, v6, v6 in brackets */
bool ip_eq(const sip_ip *a, const sip_ip *b);
/* An IPv6 address without the brackets that it has in a URI, a Via and beside a port (RFC 3261 25.1, IPv6reference). */
static inline bool ip_wants_brackets(kl_span host) { return span_find(host, ':') && *host.s != '['; }
size_t ip_format(const sip_ip *ip, char out[46]); /* canonical text, v6 without brackets; its length */
/* As base/text.h writes: the host with brackets where it wants them, and the same with a port behind it. */
#define IP_ENDPOINT 8 /* bytes beside the host */
char *ip_put_host(char *at, kl_span host);
char *ip_put_endpoint(char *at, kl_span host, uint16_t port);

#endif
