/* address.h: socket addresses as the engine knows them, numeric text and a port, and back. */
#ifndef KL_NET_ADDRESS_H
#define KL_NET_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/span.h"

typedef union net_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} net_address;

#define NET_HOST 46 /* bytes of numeric text with its NUL */

/* 0: no family of ours. v6 without brackets. */
size_t address_host(const net_address *address, char host[NET_HOST]);
uint16_t address_port(const net_address *address);
socklen_t address_size(const net_address *address);
/* False: a name. */
bool address_read(kl_span host, uint16_t port, net_address *out);

#endif
