/* world.h: what an engine knows about itself: its sockets, aliases and core parameters. Fixed once the engine has
 * started. */
#ifndef KL_CORE_WORLD_H
#define KL_CORE_WORLD_H

#include "answers.h"
#include "sip/ip.h"
#include "sip/uri.h"

typedef struct world_socket {
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
} world_socket;

typedef struct world_alias {
    kl_transport proto; /* NONE: any */
    kl_span host;
    sip_ip ip;
    uint16_t port;   /* 0: any */
    bool subdomains; /* every name under host too (corex alias_subdomains) */
} world_alias;

typedef struct world_define world_define; /* define.h */

#define WORLD_NO_DEBUG INT32_MIN
#define WORLD_SETTINGS 64

typedef struct kl_world {
    kl_arena arena; /* of all text here */
    world_socket *sockets;
    int socket_count, socket_cap;
    world_alias *aliases;
    int alias_count, alias_cap;
    world_define *defines;
    /* core parameters (world_param) */
    kl_span server_header; /* whole line without CRLF; world_server says whether it is sent */
    kl_span user_agent_header;
    int server_signature, server_id, max_branches, latency_limit_action, latency_log;
    int debug;                               /* what KSR.get_debug tells; WORLD_NO_DEBUG: the threshold of the log */
#define WORLD_REPLY_ROUTE  "ksr_reply_route" /* optional in a script, and so is this: */
#define WORLD_ONSEND_ROUTE "ksr_onsend_route"
    /* kemi.*; empty: disabled */
    kl_span request_route, reply_route, onsend_route, event_route, pre_routing_callback, received_route_callback;
    int max_datagram; /* bytes; msg_recv_max_size */
    int received_route_mode, onsend_route_reply, reply_to_via;
    kl_span advertised_address, advertised_port;      /* for every own Via; empty: the socket's */
    kl_span via_params, via_fields, via_reply_params; /* names of $xavp lists, proxy/own_via.h; empty: none */
    kl_span reply_out_callback;                       /* corex evcb_reply_out */
    bool safe;                                        /* no KSR function touches files (libraries = safe) */
    kl_span environment;      /* what scripts see of it (base/env.h), as the host gave it: nothing in the safe set */
    unsigned char secret[32]; /* for To-tags and branches */
    kl_span instance_id;      /* $iuid; empty: none */
    kl_answers answers;       /* of lookups, for pseudo-variables */
    int settings[WORLD_SETTINGS]; /* setting.h */
    double started;               /* $Tb: now of the first run */
} kl_world;

void world_init(kl_world *world);
void world_done(kl_world *world);
static inline kl_span world_server(const kl_world *world)
{
    return world->server_signature ? world->server_header : SPAN_NULL;
}

/* "[proto:]host[:port]" as in listen, alias and socket functions: what is left out is NONE or 0, host without brackets.
 */
typedef struct world_endpoint {
    kl_transport proto;
    kl_span host;
    uint16_t port;
} world_endpoint;
/* false: an unknown protocol, a bad port, too many colons, nothing */
bool world_endpoint_parse(kl_span text, world_endpoint *out);
uint16_t world_default_port(kl_transport proto);
/* What others are told of a socket: what it advertises, without a port when none was given, else its own address. */
world_endpoint world_told(const world_socket *socket);
/* "[proto:]host[:port]" with " name NAME" and " advertise [PROTO:]HOST[:PORT]" behind it; quotes around names are taken
 * off. Without proto: UDP and TCP. */
kl_status world_listen(kl_world *world, kl_span text, kl_error *err);
kl_status world_alias_add(kl_world *world, kl_span text, kl_error *err);
kl_status world_subdomains_add(kl_world *world, kl_span text, kl_error *err); /* an alias with all names under it */
/* KL_ENOENT: no such core parameter */
kl_status world_param(kl_world *world, kl_span name, const kl_value *value, kl_error *err);
/* is_myself: proto NONE and port 0 match any. host any case, v6 with or without brackets. */
bool world_is_myself(const kl_world *world, kl_span host, uint16_t port, kl_transport proto);
/* The socket of that address, which may be the advertised one: index, -1; proto NONE: any, port 0: any. */
int world_find_socket(const kl_world *world, kl_transport proto, kl_span host, uint16_t port);
/* its own address only: where a packet came in */
int world_socket_at(const kl_world *world, kl_transport proto, kl_span host, uint16_t port);
int world_find_named(const kl_world *world, kl_span name);
/* The socket to send from to a peer: forced one, the receiving one when transport and family fit, else the first that
 * fits; -1 none. */
int world_pick_socket(const kl_world *world, int forced, int received, kl_transport proto, int family);

/* Whether an event has a callback: one of its own, or kemi.event_route_callback, which stands in for all that have
 * none. */
static inline bool world_hears(const kl_world *world, kl_span callback)
{
    return callback.n > 0 || world->event_route.n > 0;
}

#endif
