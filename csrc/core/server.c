#include "server.h"

#include "setting.h"

#define DEFAULT_MAX_BRANCHES 12
#define DEFAULT_MAX_DATAGRAM 32767

void server_init(kl_server *server)
{
    *server = (kl_server){
        .server_header = SPAN("Server: kemilua"),
        .user_agent_header = SPAN("User-Agent: kemilua"),
        .server_signature = 1,
        .max_branches = DEFAULT_MAX_BRANCHES,
        .max_datagram = DEFAULT_MAX_DATAGRAM,
        .latency_log = KL_LOG_ERR,
        .debug = SERVER_NO_DEBUG,
        .request_route = SPAN("ksr_request_route"),
        .reply_route = SPAN(SERVER_REPLY_ROUTE),
        .onsend_route = SPAN(SERVER_ONSEND_ROUTE),
    };
    arena_init_small(&server->arena, 0, 1024);
    setting_init(server);
}

void server_set_secret(kl_server *server, const unsigned char secret[32])
{
    memcpy(server->secret, secret, sizeof server->secret);
    build_tag_instance(secret, server->tag_instance);
}

void server_done(kl_server *server)
{
    lookups_done(&server->lookups);
    arena_free(&server->arena);
}
