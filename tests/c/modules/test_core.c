/* KSR.<function>: return values as the core sheet and the recordings of Kamailio have them. */
#include "scene.h"

static void methods(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL0(core_module, "is_INVITE"), 1);
    CHECK_INT(CALL0(core_module, "is_BYE"), 0);
    CHECK_INT(CALL(core_module, "is_method", S("invite")), 1);
    CHECK_INT(CALL(core_module, "is_method", S("BYE|INVITE")), 1);
    CHECK_INT(CALL(core_module, "is_method", S("INVITE|FOO")), 0);
    CHECK_INT(CALL(core_module, "is_method", S("INVITE,BYE")), 0);
    CHECK_INT(CALL(core_module, "is_method", S("")), 0);
    CHECK_INT(CALL(core_module, "is_method", NIL), 0);
    CHECK_INT(CALL(core_module, "is_method_in", S("xi")), 1);
    CHECK_INT(CALL(core_module, "is_method_in", S("IABCMREPSNOFGUKDTV")), 1);
    CHECK_INT(CALL(core_module, "is_method_in", S("R")), 0);
    CHECK_INT(CALL(core_module, "is_method_in", NIL), 0);
    again("FROB sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 "
          "FROB\n\n");
    CHECK_INT(CALL(core_module, "is_method", S("frob")), 1);
    CHECK_INT(CALL(core_module, "is_method", S("FROB|INVITE")), 0);
    CHECK_INT(CALL(core_module, "is_method_in", S("I")), 0);
    again(REPLY_TEXT);
    CHECK_INT(CALL0(core_module, "is_INVITE"), 1);
    CHECK_INT(CALL0(core_module, "is_ACK"), 0);
    scene_close();
}

static void transports(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL0(core_module, "is_UDP"), 1);
    CHECK_INT(CALL0(core_module, "is_TCPX"), 0);
    CHECK_INT(CALL(core_module, "is_proto", S("TU")), 1);
    CHECK_INT(CALL(core_module, "is_proto", S("UDP")), 1);
    CHECK_INT(CALL(core_module, "is_proto", S("ET")), 0);
    CHECK_INT(CALL(core_module, "is_proto", NIL), 0);
    CHECK_INT(CALL0(core_module, "is_IPv4"), 1);
    CHECK_INT(CALL0(core_module, "is_IPv6"), 0);
    CHECK_INT(CALL(core_module, "is_src_port", I(5099)), 1);
    CHECK_INT(CALL(core_module, "is_dst_port", I(5070)), 1);
    CHECK_INT(CALL(core_module, "is_dst_port", I(5099)), 0);
    msg.proto = KL_PROTO_WSS;
    CHECK_INT(CALL0(core_module, "is_WSX") + CALL0(core_module, "is_WSS") + CALL0(core_module, "is_TCPX"), 3);
    CHECK_INT(CALL0(core_module, "is_WS"), 0);
    CHECK_INT(CALL0(core_module, "to_UDP"), 0); /* no transport=: no transport */
    CHECK(msg_set_dst(&msg, SPAN("sip:192.0.2.1;transport=UDP")));
    CHECK_INT(CALL0(core_module, "to_UDP"), 1);
    CHECK_INT(CALL0(core_module, "to_IPv4"), 1);
    CHECK(msg_set_dst(&msg, SPAN("sip:[::1];transport=ws")));
    CHECK_INT(CALL0(core_module, "to_WSX"), 1);
    CHECK_INT(CALL0(core_module, "to_IPv6"), 1);
    CHECK(msg_set_dst(&msg, SPAN("sips:example.com")));
    CHECK_INT(CALL0(core_module, "to_TLS") + CALL0(core_module, "to_IPv4"), 0);
    CHECK(msg_set_dst(&msg, SPAN("nonsense")));
    CHECK_INT(CALL0(core_module, "to_UDP"), 0);
    again(REPLY_TEXT);
    CHECK_INT(CALL0(core_module, "to_UDP"), 1);
    CHECK_INT(CALL0(core_module, "to_IPv4"), 1);
    scene_close();
}

static void myself(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:127.0.0.1:5070")), 1);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:127.0.0.1")), 1);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:127.0.0.1:5071")), 0);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:x@127.0.0.1:5070;transport=udp")), 1);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:127.0.0.1;transport=sctp")), 0);
    CHECK_INT(CALL(core_module, "is_myself", S("EXAMPLE.com")), 1);
    CHECK_INT(CALL(core_module, "is_myself", S("SIP:127.0.0.1")), 0);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:")), 0);
    CHECK_INT(CALL(core_module, "is_myself", S("sip:@")), 0);
    CHECK_INT(CALL(core_module, "is_myself", S("")) + CALL(core_module, "is_myself", NIL), 0);
    CHECK_INT(CALL0(core_module, "is_myself_ruri"), 1); /* example.com: an alias for every port */
    CHECK_INT(CALL0(core_module, "is_myself_duri"), 0);
    CHECK_INT(CALL0(core_module, "is_myself_nhuri"), 1);
    CHECK_INT(CALL0(core_module, "is_myself_turi"), 1);
    CHECK_INT(CALL0(core_module, "is_myself_furi"), 0);
    CHECK_INT(CALL0(core_module, "is_myself_srcip"), 1);
    CHECK_INT(CALL0(core_module, "is_myself_suri"), 0);
    msg.source_port = 5070;
    CHECK_INT(CALL0(core_module, "is_myself_suri"), 1);
    CHECK(msg_set_dst(&msg, SPAN("sip:192.0.2.9")));
    CHECK_INT(CALL0(core_module, "is_myself_nhuri") + CALL0(core_module, "is_myself_duri"), 0);
    again(REPLY_TEXT);
    CHECK_INT(CALL0(core_module, "is_myself_ruri") + CALL0(core_module, "is_myself_nhuri"), 0);
    scene_close();
}

static void flags(void)
{
    static const struct {
        const char *set, *is, *reset;
    } families[] = {{"setflag", "isflagset", "resetflag"},
                    {"setbflag", "isbflagset", "resetbflag"},
                    {"setsflag", "issflagset", "resetsflag"}};
    scene_open(INVITE_TEXT);
    for (int f = 0; f < 3; f++) {
        for (int flag = 0; flag <= 31; flag += 31) {
            CHECK_INT(CALL(core_module, families[f].is, I(flag)), 0);
            CHECK_INT(CALL(core_module, families[f].set, I(flag)), 1);
            CHECK_INT(CALL(core_module, families[f].is, I(flag)), 1);
            CHECK_INT(CALL(core_module, families[f].reset, I(flag)), 1);
            CHECK_INT(CALL(core_module, families[f].is, I(flag)), 0);
        }
        CHECK_INT(CALL(core_module, families[f].set, I(-1)) + CALL(core_module, families[f].set, I(32)) +
                      CALL(core_module, families[f].reset, I(100)),
                  0);
    }
    CHECK_INT(CALL(core_module, "setbiflag", I(4), I(0)), 1);
    CHECK_INT(CALL(core_module, "isbflagset", I(4)), 1);
    /* there is no branch 1: true, and nothing happens */
    CHECK_INT(CALL(core_module, "setbiflag", I(4), I(1)), 1);
    CHECK_INT(CALL(core_module, "isbiflagset", I(4), I(1)), 0);
    CHECK(msg_branch_append(&msg, &(sip_branch){.uri = SPAN("sip:b")}));
    CHECK_INT(CALL(core_module, "setbiflag", I(4), I(1)), 1);
    CHECK_INT(CALL(core_module, "isbiflagset", I(4), I(1)), 1);
    CHECK_INT(CALL(core_module, "isbiflagset", I(4), I(-1)), 0);
    scene_close();
}

static void uris(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL(core_module, "setuser", S("carol")), 1);
    CHECK_SPAN(msg_current_uri(&msg), "sip:carol@example.com:5080");
    CHECK_INT(CALL(core_module, "setuser", S("da\0ve")), 0);
    CHECK_SPAN(msg_current_uri(&msg), "sip:carol@example.com:5080");
    CHECK_INT(CALL(core_module, "sethost", S("h.example.net")), 1);
    CHECK_SPAN(msg_current_uri(&msg), "sip:carol@h.example.net:5080");
    CHECK_INT(CALL(core_module, "seturi", S("tel:+123;x=1")), 1);
    CHECK_INT(CALL(core_module, "sethost", S("q.com")), 1);
    CHECK_SPAN(msg_current_uri(&msg), "sip:+123;x=1@q.com;user=phone");
    CHECK_INT(CALL(core_module, "seturi", S("")), 1);
    CHECK_INT(CALL(core_module, "setuser", S("x")), 0);
    CHECK_INT(CALL(core_module, "seturi", NIL) + CALL(core_module, "setuser", NIL) + CALL(core_module, "sethost", NIL),
              0);
    CHECK_INT(CALL0(core_module, "isdsturiset"), 0);
    CHECK_INT(CALL(core_module, "setdsturi", S("anything")), 1);
    CHECK_INT(CALL0(core_module, "isdsturiset"), 1);
    CHECK_INT(CALL0(core_module, "resetdsturi"), 1);
    CHECK_INT(CALL0(core_module, "isdsturiset"), 0);
    CHECK_INT(CALL(core_module, "setdsturi", NIL), 0);
    scene_close();
}

static void logging(void)
{
    scene_open(INVITE_TEXT);
    ctx.log_level = KL_LOG_INFO;
    CHECK_INT(CALL(core_module, "info", S("a\n")), 0);
    CHECK_INT(CALL(core_module, "dbg", S("b\n")), 0);
    CHECK_INT(CALL(core_module, "crit", NIL), 0);
    CHECK_INT(CALL(core_module, "log", S("WARN"), S("c\0d")), 0);
    CHECK_INT(CALL(core_module, "log", S("bogus"), S("e %d")), 0);
    CHECK_INT(effects.count, 3);
    CHECK_SPAN(effects.items[0].data, "a\n");
    CHECK_INT(effects.items[1].level, KL_LOG_WARN);
    CHECK_SPAN(effects.items[1].data, "c");
    CHECK_INT(effects.items[2].level, KL_LOG_ERR);
    CHECK_SPAN(effects.items[2].data, "e %d");
    CHECK_INT(CALL0(core_module, "get_debug"), KL_LOG_INFO);
    server.debug = 3;
    CHECK_INT(CALL0(core_module, "get_debug"), 3);
    CHECK_INT(CALL(core_module, "route", S("NATIVE")), -1);
    CHECK_INT(CALL(core_module, "route", NIL), -1);
    CHECK_INT(CALL0(core_module, "set_drop"), 0);
    CHECK(!ctx.dropped);
    ctx.has_action = true;
    CHECK_INT(CALL0(core_module, "set_drop"), 0);
    CHECK(ctx.dropped);
    scene_close();
}

/* ---- forwarding */

static void check_sent(int n, const char *host, int port, kl_transport proto)
{
    const kl_effect *send = effect(KL_EFFECT_SEND, n);
    REQUIRE(send != NULL);
    CHECK_MEM(send->host.s, send->host.n, host, strlen(host));
    CHECK_INT(send->port, port);
    CHECK_INT(send->transport, proto);
}

static void forward_goes_to_the_next_hop(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL0(core_module, "forward"), 1);
    check_sent(0, "example.com", 5080, KL_PROTO_UDP);
    CHECK_INT(CALL(core_module, "setdsturi", S("sip:192.0.2.9")), 1);
    CHECK_INT(CALL0(core_module, "forward"), 1);
    check_sent(1, "192.0.2.9", 5060, KL_PROTO_UDP);
    CHECK_INT(CALL(core_module, "forward_uri", S("sip:198.51.100.1:5099;transport=tcp")), 1);
    check_sent(2, "198.51.100.1", 5099, KL_PROTO_TCP);
    CHECK_INT(effect(KL_EFFECT_SEND, 2)->conid, -1);
    CHECK_INT(CALL(core_module, "forward_uri", S("")), 1);
    check_sent(3, "192.0.2.9", 5060, KL_PROTO_UDP);
    CHECK_INT(CALL(core_module, "forward_uri", NIL), 1);
    CHECK(strncmp(sent(0), "INVITE sip:bob@example.com:5080 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK",
                  80) == 0);
    CHECK(strstr(sent(2), "\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=") != NULL);
    scene_close();
}

static void forward_without_a_way_is_refused(void)
{
    static const char *const bad[] = {"foo:bar",           "tel:+123",        "sip:192.0.2.1;transport=tls",
                                      "sip:[2001:db8::1]", "urn:service:sos", "sip:"};
    scene_open(INVITE_TEXT);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const kl_value uri = {.type = KL_TYPE_STR, .s = span_text(bad[i])};
        CHECK_INT(call(&core_module, "forward_uri", &uri, NULL), -1);
    }
    CHECK_INT(effect_count(KL_EFFECT_SEND), 0);
    CHECK_INT(effect_count(KL_EFFECT_LOG), sizeof bad / sizeof *bad);
    scene_close();
}

static bool drop_it(kl_ctx *inner)
{
    (void)inner;
    return true;
}

static void forward_dropped_by_onsend_is_a_failure_without_a_log(void)
{
    scene_open(INVITE_TEXT);
    hook = drop_it;
    CHECK_INT(CALL0(core_module, "forward"), -1);
    CHECK_INT(effects.count, 0);
    CHECK_INT(run_count, 1);
    scene_close();
}

static void advertised_texts_are_taken(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL(core_module, "set_advertised_address", S("a.b")), 1);
    CHECK_INT(CALL(core_module, "set_advertised_port", S("5062")), 1);
    CHECK_INT(CALL0(core_module, "add_local_rport"), 1);
    CHECK_INT(CALL0(core_module, "forward"), 1);
    CHECK(strstr(sent(0), "\nVia: SIP/2.0/UDP a.b:5062;branch=") != NULL);
    CHECK(strstr(sent(0), ".0;rport\n") != NULL);
    CHECK_INT(CALL(core_module, "set_advertised_address", NIL) + CALL(core_module, "set_advertised_port", NIL), 0);
    CHECK_INT(CALL(core_module, "set_advertised_port", S("12345678")), 0);
    scene_close();
}

static void connection_flags_travel_with_the_message(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL0(core_module, "set_forward_close") + CALL0(core_module, "set_forward_no_connect"), 2);
    CHECK_INT(CALL0(core_module, "set_reply_close") + CALL0(core_module, "set_reply_no_connect"), 2);
    CHECK_INT(CALL0(core_module, "forward"), 1);
    CHECK_INT(effect(KL_EFFECT_SEND, 0)->flags, KL_SEND_CLOSE | KL_SEND_NO_CONNECT);
    CHECK_INT(msg.reply_send_flags, KL_SEND_CLOSE | KL_SEND_NO_CONNECT);
    scene_close();
}

static void aliases_of_connections_are_for_streams(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(CALL(core_module, "add_tcp_alias", I(5060)), 1);
    CHECK_INT(effects.count, 0);
    msg.proto = KL_PROTO_TCP;
    CHECK_INT(CALL(core_module, "add_tcp_alias", I(5060)), 0);
    msg.conid = 7;
    CHECK_INT(CALL(core_module, "add_tcp_alias", I(5062)), 1);
    CHECK_INT(CALL0(core_module, "add_tcp_alias_via"), 1);
    CHECK_INT(CALL(core_module, "add_tcp_alias", I(70000)), 0);
    CHECK_INT(effect(KL_EFFECT_ALIAS, 0)->port, 5062);
    CHECK_INT(effect(KL_EFFECT_ALIAS, 1)->port, 5099);
    CHECK_INT(effect(KL_EFFECT_ALIAS, 1)->conid, 7);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(methods), CHECK_TEST(transports), CHECK_TEST(myself), CHECK_TEST(flags), CHECK_TEST(uris),
           CHECK_TEST(logging), CHECK_TEST(forward_goes_to_the_next_hop), CHECK_TEST(forward_without_a_way_is_refused),
           CHECK_TEST(forward_dropped_by_onsend_is_a_failure_without_a_log), CHECK_TEST(advertised_texts_are_taken),
           CHECK_TEST(connection_flags_travel_with_the_message), CHECK_TEST(aliases_of_connections_are_for_streams))
