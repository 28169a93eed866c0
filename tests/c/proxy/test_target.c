/* proxy/target.h: where messages go. */
#include "scene.h"

#include "proxy/target.h"

static void check_target(const send_target *target, const char *host, int port, kl_transport proto)
{
    CHECK_MEM(target->host.s, target->host.n, host, strlen(host));
    CHECK_INT(target->port, port);
    CHECK_INT(target->proto, proto);
}

/* ---- requests */

static bool find(const char *text, send_target *target)
{
    sip_uri uri;
    *target = (send_target){.flags = KL_SEND_CLOSE};
    CHECK_INT(sip_uri_parse(span_text(text), &uri, NULL), KL_OK);
    return target_of_uri(&ctx, &uri, target);
}

static void a_uri_names_host_port_and_transport(void)
{
    send_target target;
    scene_open(INVITE_TEXT);
    CHECK(find("sip:u@192.0.2.1", &target));
    check_target(&target, "192.0.2.1", 5060, KL_PROTO_UDP);
    CHECK_INT(target.socket, 0);
    CHECK_INT(target.conid, -1);
    CHECK_INT(target.flags, KL_SEND_CLOSE);
    CHECK(find("sip:host.example:5088;transport=tcp", &target));
    check_target(&target, "host.example", 5088, KL_PROTO_TCP);
    CHECK_INT(target.socket, 1);
    CHECK_INT(socket_listen(&server, SPAN("udp:[2001:db8::1]:5060"), NULL), KL_OK);
    CHECK(find("sip:[2001:db8::9]", &target));
    check_target(&target, "2001:db8::9", 5060, KL_PROTO_UDP);
    CHECK_INT(target.socket, 2);
    CHECK_INT(effects.count, 0);
    scene_close();
}

static void a_uri_without_a_way_is_told(void)
{
    send_target target;
    scene_open(INVITE_TEXT);
    CHECK(!find("tel:+123", &target));
    CHECK(!find("sip:255.255.255.255", &target));
    CHECK(!find("sip:192.0.2.1;transport=tls", &target));
    CHECK_SPAN(effects.items[0].data, "forward: no host to send to in [tel:+123]");
    CHECK_SPAN(effects.items[1].data, "forward: no socket that could send to [sip:255.255.255.255]");
    CHECK_INT(effects.count, 3);
    server.socket_count = 0;
    CHECK(find("sip:192.0.2.1", &target));
    CHECK_INT(target.socket, -1);
    scene_close();
}

/* ---- replies on their way back */

static void check_back(const char *second_via, const char *host, int port, kl_transport proto, int conid)
{
    char text[512];
    send_target target;
    snprintf(text, sizeof text,
             "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=q.0;i=1f\nVia: SIP/2.0/%s\nTo: "
             "<sip:t@h>;tag=b\nFrom: <sip:f@h>;tag=a\n"
             "Call-ID: c\nCSeq: 1 INVITE\nContent-Length: 0\n\n",
             second_via);
    again(text);
    CHECK(target_behind_us(&ctx, &target));
    check_target(&target, host, port, proto);
    CHECK_INT(target.conid, conid);
}

static void a_reply_goes_where_the_second_via_says(void)
{
    scene_open(INVITE_TEXT);
    check_back("UDP 192.0.2.1:5088;branch=x", "192.0.2.1", 5088, KL_PROTO_UDP, -1);
    check_back("UDP 192.0.2.1", "192.0.2.1", 5060, KL_PROTO_UDP, -1);
    check_back("UDP 10.1.1.1:99;received=192.0.2.7", "192.0.2.7", 99, KL_PROTO_UDP, -1);
    check_back("UDP 10.1.1.1:99;rport=5099;received=192.0.2.7", "192.0.2.7", 5099, KL_PROTO_UDP, -1);
    check_back("UDP 192.0.2.1:99;rport", "192.0.2.1", 99, KL_PROTO_UDP, -1);
    check_back("UDP 192.0.2.1:5088;maddr=10.0.0.1", "192.0.2.1", 5088, KL_PROTO_UDP, -1);
    check_back("TCP host.example:5088", "host.example", 5088, KL_PROTO_TCP, 31);
    scene_close();
}

static void a_reply_without_a_second_via_goes_nowhere(void)
{
    send_target target;
    scene_open(INVITE_TEXT);
    again("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070\nTo: <sip:t@h>;tag=b\nFrom: <sip:f@h>;tag=a\nCall-ID: "
          "c\nCSeq: 1 INVITE\n\n");
    CHECK(!target_behind_us(&ctx, &target));
    CHECK_INT(effects.count, 0);
    scene_close();
}

/* ---- replies of our own */

static void check_reply(const char *via, unsigned flags, const char *host, int port)
{
    char text[512];
    snprintf(text, sizeof text,
             "OPTIONS sip:u@h SIP/2.0\n%s\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n\n", via);
    CHECK(message_read(&msg, text));
    msg.msg_flags |= flags;
    const send_target target = target_of_reply(&ctx);
    CHECK_MEM(target.host.s, target.host.n, host, strlen(host));
    CHECK_INT(target.port, port);
}

static void replies_go_to_the_source_and_the_port_of_the_via(void)
{
    scene_open(INVITE_TEXT);
    check_reply("Via: SIP/2.0/UDP 10.1.2.3:5088", 0, "127.0.0.1", 5088);
    check_reply("Via: SIP/2.0/UDP 10.1.2.3", 0, "127.0.0.1", 5060);
    check_reply("Via: SIP/2.0/UDP 10.1.2.3:5088;rport", 0, "127.0.0.1", 5099);
    check_reply("Via: SIP/2.0/UDP 10.1.2.3:5088", SIP_MSG_FORCE_RPORT, "127.0.0.1", 5099);
    server.reply_to_via = 1;
    check_reply("Via: SIP/2.0/UDP 10.1.2.3:5088", 0, "10.1.2.3", 5088);
    check_reply("Via: SIP/2.0/UDP 10.1.2.3:5088;rport", 0, "127.0.0.1", 5099);
    scene_close();
}

static void replies_take_the_connection_of_the_request(void)
{
    static const message_packet by_tcp = {"127.0.0.1", "127.0.0.1", 40000, 5070, KL_PROTO_TCP, 9};
    scene_open(INVITE_TEXT);
    CHECK(message_read_from(&msg, INVITE_TEXT, &by_tcp));
    msg.recv_socket = 1;
    msg.reply_send_flags = KL_SEND_CLOSE;
    const send_target target = target_of_reply(&ctx);
    check_target(&target, "127.0.0.1", 40000, KL_PROTO_TCP);
    CHECK_INT(target.conid, 9);
    CHECK_INT(target.socket, 1);
    CHECK_INT(target.flags, KL_SEND_CLOSE);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(a_uri_names_host_port_and_transport), CHECK_TEST(a_uri_without_a_way_is_told),
           CHECK_TEST(a_reply_goes_where_the_second_via_says), CHECK_TEST(a_reply_without_a_second_via_goes_nowhere),
           CHECK_TEST(replies_go_to_the_source_and_the_port_of_the_via),
           CHECK_TEST(replies_take_the_connection_of_the_request))
