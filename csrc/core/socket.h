/* socket.h: where a server listens and what it is called: sockets, aliases, and which of them is meant. */
#ifndef KL_CORE_SOCKET_H
#define KL_CORE_SOCKET_H

#include "base/arena.h"
#include "sip/ip.h"
#include "sip/uri.h"

typedef struct kl_server kl_server; /* server.h */

typedef struct core_socket {
    kl_transport proto;
    /* host numeric text (v6 without brackets) or a name; name as configured, empty when unnamed */
    kl_span host, name;
    sip_ip ip; /* family 0 when host is a name */
    uint16_t port;
    kl_span port_text, text; /* "5060", "udp:192.0.2.1:5060" (v6 in brackets) */
    kl_span advertised_host; /* empty: none; v6 without brackets */
    sip_ip advertised_ip;
    uint16_t advertised_port;      /* 0: none was given */
    kl_transport advertised_proto; /* NONE: the socket's */
} core_socket;

typedef struct core_alias {
    kl_transport proto; /* NONE: any */
    kl_span host;
    sip_ip ip;
    uint16_t port;   /* 0: any */
    bool subdomains; /* every name under host too (corex alias_subdomains) */
} core_alias;

/* "[proto:]host[:port]" as in listen, alias and socket functions: what is left out is NONE or 0, host without brackets.
 */
typedef struct core_endpoint {
    kl_transport proto;
    kl_span host;
    uint16_t port;
} core_endpoint;
/* false: an unknown protocol, a bad port, too many colons, nothing */
bool socket_endpoint_parse(kl_span text, core_endpoint *out);
uint16_t socket_default_port(kl_transport proto);
/* What others are told of a socket: what it advertises, without a port when none was given, else its own address. */
core_endpoint socket_told(const core_socket *socket);
/* "[proto:]host[:port]" with " name NAME" and " advertise [PROTO:]HOST[:PORT]" behind it; quotes around names are taken
 * off. Without proto: UDP and TCP. */
kl_status socket_listen(kl_server *server, kl_span text, kl_error *err);
kl_status alias_add(kl_server *server, kl_span text, kl_error *err);
kl_status alias_add_subdomains(kl_server *server, kl_span text, kl_error *err); /* an alias with all names under it */
/* is_myself: proto NONE and port 0 match any. host any case, v6 with or without brackets. */
bool socket_is_myself(const kl_server *server, kl_span host, uint16_t port, kl_transport proto);
/* The socket of that address, which may be the advertised one: index, -1; proto NONE: any, port 0: any. */
int socket_find(const kl_server *server, kl_transport proto, kl_span host, uint16_t port);
/* its own address only: where a packet came in */
int socket_at(const kl_server *server, kl_transport proto, kl_span host, uint16_t port);
int socket_named(const kl_server *server, kl_span name);
/* The socket to send from to a peer: forced one, the receiving one when transport and family fit, else the first that
 * fits; -1 none. */
int socket_pick(const kl_server *server, int forced, int received, kl_transport proto, int family);

#endif
