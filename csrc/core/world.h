/* world.h: what an engine knows about itself: its sockets, aliases and core parameters. Fixed once the engine has started. */
#ifndef KL_CORE_WORLD_H
#define KL_CORE_WORLD_H

#include "../base/arena.h"
#include "../sip/ip.h"
#include "../sip/uri.h"

typedef struct world_socket {
    kl_transport proto;
    kl_span host, name;         /* host numeric text (v6 without brackets) or a name; name as configured, empty when unnamed */
    sip_ip ip;                  /* family 0 when host is a name */
    uint16_t port;
    kl_span port_text, text;    /* "5060", "udp:192.0.2.1:5060" (v6 in brackets) */
    kl_span advertised_host;    /* empty: none */
    uint16_t advertised_port;
} world_socket;

typedef struct world_alias {
    kl_transport proto;         /* NONE: any */
    kl_span host;
    uint16_t port;              /* 0: any */
} world_alias;

typedef struct kl_world {
    kl_arena arena;             /* of all text here */
    world_socket *sockets;
    int socket_count, socket_cap;
    world_alias *aliases;
    int alias_count, alias_cap;
    /* core parameters (world_param) */
    kl_span server_header;      /* whole line without CRLF; empty when server_signature = 0 */
    kl_span user_agent_header;
    int server_signature, server_id, debug, max_branches, latency_limit_action, latency_log;
    kl_span request_route, reply_route, onsend_route, event_route, pre_routing_callback, received_route_callback;   /* kemi.*; empty: disabled */
    int received_route_mode, onsend_route_reply;
    unsigned char secret[32];   /* for To-tags and branches */
    double started;             /* $Tb: now of the first run */
} kl_world;

void world_init(kl_world *world);
void world_done(kl_world *world);
kl_status world_listen(kl_world *world, kl_span text, kl_error *err);
kl_status world_alias_add(kl_world *world, kl_span text, kl_error *err);
kl_status world_param(kl_world *world, kl_span name, const kl_value *value, kl_error *err);     /* KL_ENOENT: no such core parameter */
/* is_myself: proto NONE and port 0 match any. host any case, v6 with or without brackets. */
bool world_is_myself(const kl_world *world, kl_span host, uint16_t port, kl_transport proto);
int world_find_socket(const kl_world *world, kl_transport proto, kl_span host, uint16_t port);  /* index, -1; proto NONE: any, port 0: any */
int world_find_named(const kl_world *world, kl_span name);
/* The socket to send from to a peer: forced one, the receiving one when transport and family fit, else the first that fits; -1 none. */
int world_pick_socket(const kl_world *world, int forced, int received, kl_transport proto, int family);

#endif
