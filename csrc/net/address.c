#include "address.h"

#include "sip/ip.h"

size_t address_host(const net_address *address, char host[NET_HOST])
{
    sip_ip ip = {.family = 0};
    if (address->any.sa_family == AF_INET) {
        ip.family = 4;
        memcpy(ip.bytes, &address->v4.sin_addr, 4);
    } else if (address->any.sa_family == AF_INET6) {
        ip.family = 6;
        memcpy(ip.bytes, &address->v6.sin6_addr, 16);
    }
    return ip_format(&ip, host);
}

uint16_t address_port(const net_address *address)
{
    return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

socklen_t address_size(const net_address *address)
{
    return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

bool address_read(kl_span host, uint16_t port, net_address *out)
{
    sip_ip ip;
    if (!ip_parse(host, &ip)) return false;
    memset(out, 0, sizeof *out);
    if (ip.family == 4) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        memcpy(&out->v4.sin_addr, ip.bytes, 4);
    } else {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        memcpy(&out->v6.sin6_addr, ip.bytes, 16);
    }
    return true;
}
