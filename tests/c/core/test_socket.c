/* Sockets, aliases, who is who, core parameters. */
#include "check.h"

#include "base/status.h"
#include "core/server.h"

static kl_server server;
static kl_error err;

static int listens(const char *text) { return socket_listen(&server, span_text(text), &err); }

static void start(void)
{
    server_init(&server);
    CHECK_INT(listens("udp:127.0.0.1:5070"), KL_OK);
    CHECK_INT(listens("udp:192.0.2.1:5060 advertise sip.example.net:5090 name \"out\""), KL_OK);
    CHECK_INT(listens("tls:192.0.2.1 name secure"), KL_OK);
    CHECK_INT(listens("udp:[2001:DB8::1]:5060"), KL_OK);
}

static void listen_lines_are_read(void)
{
    start();
    CHECK_INT(server.socket_count, 4);
    CHECK_SPAN(server.sockets[0].text, "udp:127.0.0.1:5070");
    CHECK_SPAN(server.sockets[0].name, "");
    CHECK_SPAN(server.sockets[1].name, "out");
    CHECK_SPAN(server.sockets[1].advertised_host, "sip.example.net");
    CHECK_INT(server.sockets[1].advertised_port, 5090);
    CHECK_INT(server.sockets[1].advertised_proto, KL_PROTO_NONE);
    CHECK_SPAN(server.sockets[2].text, "tls:192.0.2.1:5061");
    CHECK_SPAN(server.sockets[2].port_text, "5061");
    CHECK_SPAN(server.sockets[3].text, "udp:[2001:DB8::1]:5060");
    CHECK_INT(server.sockets[3].ip.family, 6);
    CHECK_INT(listens("udp:127.0.0.1:5070"), KL_OK);
    CHECK_INT(server.socket_count, 4);
    CHECK_INT(listens("198.51.100.1"), KL_OK);
    CHECK_INT(server.socket_count, 6);
    CHECK_SPAN(server.sockets[4].text, "udp:198.51.100.1:5060");
    CHECK_SPAN(server.sockets[5].text, "tcp:198.51.100.1:5060");
    server_done(&server);
}

static void bad_listen_lines_say_so(void)
{
    static const char *const bad[] = {"",
                                      "foo:1.2.3.4:5060",
                                      "udp:1.2.3.4:x",
                                      "udp:1.2.3.4:70000",
                                      "udp:1.2.3.4:5:6",
                                      "udp:[::1",
                                      "udp:[1.2.3.4]",
                                      "udp:",
                                      "udp:1.2.3.4:5060 name",
                                      "udp:1.2.3.4:5060 advertise xyz:h:1",
                                      "udp:1.2.3.4:5060 advertise tls:",
                                      "udp:1.2.3.4:5060 nick x",
                                      "udp:h\x01o:5060",
                                      "udp:1.2.3.4:"};
    server_init(&server);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error_clear(&err);
        CHECK_INT(listens(bad[i]), KL_ECONFIG);
        CHECK_STR(err.where, bad[i]);
        CHECK_INT(alias_add(&server, SPAN("a b c"), &err), KL_ECONFIG);
    }
    CHECK_INT(server.socket_count, 0);
    server_done(&server);
}

static bool myself(const char *host, int port, kl_transport proto)
{
    return socket_is_myself(&server, span_text(host), (uint16_t)port, proto);
}

static void sockets_and_aliases_are_myself(void)
{
    start();
    CHECK_INT(alias_add(&server, SPAN("Example.COM"), &err), KL_OK);
    CHECK_INT(alias_add(&server, SPAN("tcp:other.example:5075"), &err), KL_OK);
    CHECK_INT(alias_add_subdomains(&server, SPAN("sub.example"), &err), KL_OK);
    CHECK(myself("127.0.0.1", 0, KL_PROTO_NONE));
    CHECK(myself("127.0.0.1", 5070, KL_PROTO_UDP));
    CHECK(!myself("127.0.0.1", 5071, KL_PROTO_NONE));
    CHECK(!myself("127.0.0.1", 5070, KL_PROTO_TCP));
    CHECK(myself("example.com", 9999, KL_PROTO_SCTP));
    CHECK(!myself("www.example.com", 0, KL_PROTO_NONE));
    CHECK(myself("other.example", 0, KL_PROTO_NONE));
    CHECK(myself("other.example", 5075, KL_PROTO_TCP));
    CHECK(!myself("other.example", 5075, KL_PROTO_UDP));
    CHECK(myself("a.b.SUB.example", 0, KL_PROTO_NONE) && myself("sub.example", 0, KL_PROTO_NONE));
    CHECK(!myself("xsub.example", 0, KL_PROTO_NONE));
    CHECK(myself("sip.example.net", 5090, KL_PROTO_UDP));
    /* either port with either address */
    CHECK(myself("sip.example.net", 5060, KL_PROTO_UDP) && myself("192.0.2.1", 5090, KL_PROTO_UDP));
    CHECK(!myself("sip.example.net", 5061, KL_PROTO_UDP));
    CHECK(myself("2001:db8:0:0::1", 0, KL_PROTO_NONE) && myself("[2001:db8::1]", 5060, KL_PROTO_NONE));
    CHECK(!myself("2001:db8::2", 0, KL_PROTO_NONE));
    CHECK(!myself("127.0.0.1:5070", 0, KL_PROTO_NONE) && !myself("", 0, KL_PROTO_NONE));
    server_done(&server);
}

static void a_socket_is_found_by_address_and_by_name(void)
{
    start();
    CHECK_INT(socket_find(&server, KL_PROTO_UDP, SPAN("192.0.2.1"), 5060), 1);
    CHECK_INT(socket_find(&server, KL_PROTO_NONE, SPAN("192.0.2.1"), 5061), 2);
    CHECK_INT(socket_find(&server, KL_PROTO_NONE, SPAN("[2001:db8::1]"), 0), 3);
    CHECK_INT(socket_find(&server, KL_PROTO_TCP, SPAN("192.0.2.1"), 5060), -1);
    CHECK_INT(socket_find(&server, KL_PROTO_UDP, SPAN("SIP.example.net"), 5090), 1);
    CHECK_INT(socket_at(&server, KL_PROTO_UDP, SPAN("192.0.2.1"), 5060), 1);
    CHECK_INT(socket_at(&server, KL_PROTO_UDP, SPAN("sip.example.net"), 5090), -1);
    CHECK_INT(socket_at(&server, KL_PROTO_UDP, SPAN("192.0.2.1"), 5090), -1);
    CHECK_INT(socket_named(&server, SPAN("secure")), 2);
    CHECK_INT(socket_named(&server, SPAN("nope")), -1);
    CHECK_INT(socket_named(&server, SPAN("")), -1);
    server_done(&server);
}

static void the_socket_to_send_from(void)
{
    start();
    CHECK_INT(socket_pick(&server, -1, 0, KL_PROTO_UDP, 4), 0);
    CHECK_INT(socket_pick(&server, -1, -1, KL_PROTO_UDP, 4), 1); /* loopback comes last */
    CHECK_INT(socket_pick(&server, -1, 0, KL_PROTO_UDP, 6), 3);
    CHECK_INT(socket_pick(&server, -1, 0, KL_PROTO_TLS, 0), 2);
    CHECK_INT(socket_pick(&server, 1, 0, KL_PROTO_UDP, 4), 1);
    CHECK_INT(socket_pick(&server, 1, 0, KL_PROTO_UDP, 6), 3); /* the forced one cannot */
    CHECK_INT(socket_pick(&server, -1, 0, KL_PROTO_TCP, 4), -1);
    CHECK_INT(listens("tcp:192.0.2.1:5060"), KL_OK);
    CHECK_INT(socket_pick(&server, 1, 0, KL_PROTO_TCP, 4), 4); /* the forced one's twin of that transport */
    CHECK_INT(listens("tcp:127.0.0.1:5060"), KL_OK);
    server_done(&server);
    server_init(&server);
    CHECK_INT(listens("udp:127.0.0.1:5070"), KL_OK);
    CHECK_INT(listens("udp:127.0.0.1:5071"), KL_OK);
    CHECK_INT(socket_pick(&server, -1, -1, KL_PROTO_UDP, 4), 1);
    server_done(&server);
}

static int set_int(const char *name, int64_t n)
{
    const kl_value value = {.type = KL_TYPE_INT, .i = n};
    return param_set(&server, span_text(name), &value, &err);
}

static int set_text(const char *name, const char *text)
{
    const kl_value value = {.type = KL_TYPE_STR, .s = span_text(text)};
    return param_set(&server, span_text(name), &value, &err);
}

static void core_parameters_are_set(void)
{
    server_init(&server);
    CHECK_SPAN(server.request_route, "ksr_request_route");
    CHECK_INT(set_text("kemi.request_route_callback", "mine"), KL_OK);
    CHECK_SPAN(server.request_route, "mine");
    CHECK_INT(set_text("kemi.reply_route_callback", "None"), KL_OK);
    CHECK_SPAN(server.reply_route, "");
    CHECK_INT(set_text("server_header", "Server: x"), KL_OK);
    CHECK_SPAN(server_header_of(&server), "Server: x");
    CHECK_INT(set_int("server_signature", 0), KL_OK);
    CHECK_SPAN(server_header_of(&server), "");
    CHECK_INT(set_int("max_branches", 20), KL_OK);
    CHECK_INT(server.max_branches, 20);
    CHECK_INT(set_int("latency_limit_action", 500), KL_OK);
    CHECK_INT(server.latency_limit_action, 500);
    server_done(&server);
}

static void bad_core_parameters_say_so(void)
{
    server_init(&server);
    CHECK_INT(set_int("no_such", 1), KL_ENOENT);
    CHECK_STR(err.where, "no_such");
    CHECK_INT(set_text("kemi.request_route_callback", ""), KL_ECONFIG);
    CHECK_INT(set_text("kemi.request_route_callback", "none"), KL_ECONFIG);
    CHECK_INT(set_text("server_header", "Server: x\r\nX: y"), KL_ECONFIG);
    CHECK_INT(set_text("server_id", "1"), KL_ECONFIG);
    CHECK_INT(set_int("server_header", 1), KL_ECONFIG);
    CHECK_INT(set_int("max_branches", 33), KL_ECONFIG);
    CHECK_INT(set_int("max_branches", 0), KL_ECONFIG);
    CHECK_INT(set_int("server_id", (int64_t)1 << 40), KL_ECONFIG);
    CHECK_STR(err.where, "server_id");
    server_done(&server);
}

CHECK_MAIN(CHECK_TEST(listen_lines_are_read), CHECK_TEST(bad_listen_lines_say_so),
           CHECK_TEST(sockets_and_aliases_are_myself), CHECK_TEST(a_socket_is_found_by_address_and_by_name),
           CHECK_TEST(the_socket_to_send_from), CHECK_TEST(core_parameters_are_set),
           CHECK_TEST(bad_core_parameters_say_so))
