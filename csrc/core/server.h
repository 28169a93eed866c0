/* server.h: what an engine knows about itself: its sockets, aliases and core parameters. Fixed once the engine has
 * started. */
#ifndef KL_CORE_SERVER_H
#define KL_CORE_SERVER_H

#include "lookups.h"
#include "sip/build.h"
#include "socket.h"

typedef struct core_define core_define; /* define.h */

#define SERVER_NO_DEBUG INT32_MIN
#define SERVER_SETTINGS 64

struct kl_server {
    kl_arena arena; /* of all text here */
    core_socket *sockets;
    int socket_count, socket_cap;
    core_alias *aliases;
    int alias_count, alias_cap;
    core_define *defines;
    /* core parameters (param_set) */
    kl_span server_header; /* whole line without CRLF; server_header_of says whether it is sent */
    kl_span user_agent_header;
    int server_signature, server_id, max_branches, latency_limit_action, latency_log;
    int debug;                                /* what KSR.get_debug tells; SERVER_NO_DEBUG: the threshold of the log */
#define SERVER_REPLY_ROUTE  "ksr_reply_route" /* optional in a script, and so is this: */
#define SERVER_ONSEND_ROUTE "ksr_onsend_route"
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
    char tag_instance[BUILD_TAG_INSTANCE];
    kl_span instance_id;           /* $iuid; empty: none */
    kl_lookups lookups;            /* of lookups, for pseudo-variables */
    int settings[SERVER_SETTINGS]; /* setting.h */
    double started;                /* $Tb: now of the first run */
};

void server_init(kl_server *server);
void server_done(kl_server *server);
void server_set_secret(kl_server *server, const unsigned char secret[32]);
static inline kl_span server_header_of(const kl_server *server)
{
    return server->server_signature ? server->server_header : SPAN_NULL;
}

/* KL_ENOENT: no such core parameter */
kl_status param_set(kl_server *server, kl_span name, const kl_value *value, kl_error *err);

/* Whether an event has a callback: one of its own, or kemi.event_route_callback, which stands in for all that have
 * none. */
static inline bool server_hears(const kl_server *server, kl_span callback)
{
    return callback.n > 0 || server->event_route.n > 0;
}

#endif
