/* proxy/origin.h: our own sockets as URIs name them. */
#include "scene.h"

#include "proxy/origin.h"

static build_socket sent_by(int socket, kl_transport proto)
{
    const send_target target = {.host = SPAN("192.0.2.1"), .port = 5060, .proto = proto, .socket = socket};
    return origin_sent(&ctx, &target);
}

static void the_receiving_socket_has_an_address(void)
{
    scene_open(INVITE_TEXT);
    CHECK_SPAN(origin_received(&ctx), "127.0.0.1:5070");
    CHECK_INT(origin_received_proto(&ctx), KL_PROTO_UDP);
    CHECK_INT(origin_received_name(&ctx).n, 0);
    msg.recv_socket = 1;
    CHECK_SPAN(origin_received(&ctx), "127.0.0.1:5070;transport=tcp");
    CHECK_INT(origin_received_proto(&ctx), KL_PROTO_TCP);
    msg.recv_socket = -1; /* none of ours: where the message says it arrived */
    CHECK_SPAN(origin_received(&ctx), "127.0.0.1:5070");
    scene_close();
}

static void an_advertised_address_is_told_instead(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(socket_listen(&server, SPAN("udp:127.0.0.1:5080 advertise 198.51.100.1:5060"), NULL), KL_OK);
    msg.recv_socket = 2;
    CHECK_SPAN(origin_received(&ctx), "198.51.100.1:5060");
    CHECK_SPAN(sent_by(2, KL_PROTO_UDP).address, "198.51.100.1:5060");
    msg.advertised_address = SPAN("a.b"); /* for sockets that advertise nothing */
    CHECK_SPAN(sent_by(2, KL_PROTO_UDP).address, "198.51.100.1:5060");
    CHECK_SPAN(sent_by(0, KL_PROTO_UDP).address, "a.b:5070");
    msg.advertised_port = SPAN("5060");
    CHECK_SPAN(sent_by(0, KL_PROTO_UDP).address, "a.b:5060");
    scene_close();
}

static void the_sending_socket_knows_whether_it_received(void)
{
    scene_open(INVITE_TEXT);
    CHECK(sent_by(0, KL_PROTO_UDP).received);
    CHECK(!sent_by(1, KL_PROTO_TCP).received);
    CHECK_INT(sent_by(1, KL_PROTO_TCP).told, KL_PROTO_TCP);
    const build_socket none = sent_by(-1, KL_PROTO_TCP);
    CHECK_SPAN(none.address, "127.0.0.1:5070;transport=tcp");
    CHECK(!none.received);
    CHECK(sent_by(-1, KL_PROTO_UDP).received);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(the_receiving_socket_has_an_address), CHECK_TEST(an_advertised_address_is_told_instead),
           CHECK_TEST(the_sending_socket_knows_whether_it_received))
