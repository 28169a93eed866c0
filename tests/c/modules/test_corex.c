/* KSR.corex.*: results seen on a running Kamailio, but for those marked ours. */
#include "scene.h"

static void start(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(socket_listen(&server, SPAN("udp:127.0.0.1:5071 name second"), NULL), KL_OK);
    load(MOD_COREX, &corex_module);
}

static void finish(void)
{
    unload(MOD_COREX, &corex_module);
    scene_close();
}

static void a_branch_takes_along_what_belongs_to_it(void)
{
    start();
    CHECK(msg_set_dst(&msg, SPAN("sip:d")));
    msg.bflags = 2;
    msg.send_socket = 2;
    CHECK_INT(CALL0(corex_module, "append_branch"), 1);
    CHECK_INT(msg.branch_count, 1);
    CHECK_SPAN(msg.branches[0].uri, "sip:bob@example.com:5080");
    CHECK_SPAN(msg.branches[0].dst_uri, "sip:d");
    CHECK_INT(msg.branches[0].flags, 2);
    CHECK_INT(msg.branches[0].send_socket, 2);
    CHECK_INT(msg.branches[0].q, -1);
    CHECK_SPAN(msg.dst_uri, "");
    CHECK_INT(msg.bflags, 0);
    CHECK_INT(msg.send_socket, -1);
    CHECK_SPAN(msg_current_uri(&msg), "sip:bob@example.com:5080");
    finish();
}

static void a_branch_of_another_uri_leaves_the_message_as_it_is(void)
{
    start();
    CHECK(msg_set_dst(&msg, SPAN("sip:first")));
    CHECK_INT(CALL(corex_module, "append_branch_uri", S("sip:b")), 1);
    CHECK(msg_set_dst(&msg, SPAN("sip:later")));
    CHECK_SPAN(msg.branches[0].uri, "sip:b");
    CHECK_SPAN(msg.branches[0].dst_uri, "sip:first");
    CHECK_SPAN(msg.dst_uri, "sip:later");
    CHECK_INT(CALL(corex_module, "append_branch_uri", S("")), 1);
    CHECK_SPAN(msg.branches[1].uri, "sip:bob@example.com:5080");
    CHECK_INT(CALL(corex_module, "append_branch_uri", NIL), 1);
    finish();
}

static void q_values_are_thousandths(void)
{
    static const struct {
        const char *q;
        int value;
    } good[] = {{"0.5", 500}, {"1", 1000},     {"1.0", 1000}, {"1.000", 1000}, {"0", 0},      {"0.0", 0},
                {".5", 500},  {"0.1234", 123}, {"", -1},      {"0.05", 50},    {" 0.5", 500}, {"00.5", 500}};
    static const char *const bad[] = {"1.5", "abc", "0.", "5", "1.", "+0.5", "0.5 ", "1.00001", "0.5x", "-1", " ", "."};
    start();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const kl_value args[] = {S("sip:b"), {.type = KL_TYPE_STR, .s = span_text(good[i].q)}};
        msg.branch_count = 0;
        CHECK_INT(call(&corex_module, "append_branch_uri_q", args, NULL), 1);
        CHECK_INT(msg.branches[0].q, good[i].value);
    }
    msg.branch_count = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const kl_value args[] = {S("sip:b"), {.type = KL_TYPE_STR, .s = span_text(bad[i])}};
        CHECK_INT(call(&corex_module, "append_branch_uri_q", args, NULL), -1);
    }
    CHECK_INT(msg.branch_count, 0);
    finish();
}

static void branches_are_limited(void)
{
    int n = 0;
    start();
    while (n < 100 && CALL(corex_module, "append_branch_uri", S("sip:b")) == 1) n++;
    CHECK_INT(n, 11);
    server.max_branches = 32;
    while (n < 100 && CALL(corex_module, "append_branch_uri", S("sip:b")) == 1) n++;
    CHECK_INT(n, SIP_MAX_BRANCHES);
    finish();
}

static void the_send_socket_is_forced(void)
{
    start();
    CHECK_INT(CALL(corex_module, "set_send_socket", S("udp:127.0.0.1:5071")), 1);
    CHECK_INT(msg.send_socket, 2);
    CHECK_INT(CALL(corex_module, "set_send_socket", S("udp:127.0.0.1:9")), 1);
    CHECK_INT(CALL(corex_module, "set_send_socket", S("xx")), 1);
    CHECK_INT(CALL(corex_module, "set_send_socket", S("foo:1:2:3")), -1);
    CHECK_INT(msg.send_socket, 2);
    CHECK_INT(CALL(corex_module, "set_send_socket", S("127.0.0.1")), 1);
    CHECK_INT(msg.send_socket, 0);
    CHECK_INT(CALL(corex_module, "set_send_socket", S("tcp:127.0.0.1:5070")), 1);
    CHECK_INT(msg.send_socket, 1);
    CHECK_INT(CALL(corex_module, "set_send_socket", S("")), 1);
    CHECK_INT(msg.send_socket, -1);
    CHECK_INT(CALL(corex_module, "set_send_socket_name", S("second")), 1);
    CHECK_INT(msg.send_socket, 2);
    CHECK_INT(CALL(corex_module, "set_send_socket_name", S("nope")), 1);
    CHECK_INT(msg.send_socket, 2);
    CHECK_INT(CALL(corex_module, "is_socket_name", S("second")), 1);
    CHECK_INT(CALL(corex_module, "is_socket_name", S("third")), -1);
    CHECK_INT(CALL(core_module, "forward"), 1);
    CHECK_INT(effect(KL_EFFECT_SEND, 0)->local_port, 5071);
    finish();
}

static void the_receiving_socket_is_replaced(void)
{
    start();
    CHECK_INT(CALL(corex_module, "set_recv_socket", S("tcp:127.0.0.1:5070")), 1);
    CHECK_INT(CALL0(core_module, "is_TCP"), 1);
    CHECK_INT(msg.recv_socket, 1);
    CHECK_INT(CALL(corex_module, "set_recv_socket_name", S("second")), 1);
    CHECK_INT(msg.local_port, 5071);
    msg.send_socket = 1;
    CHECK_INT(CALL(corex_module, "set_recv_socket", S("")), 1);
    CHECK_INT(msg.send_socket, -1);
    CHECK_INT(msg.local_port, 5071);
    CHECK_INT(CALL(corex_module, "set_recv_socket", S("x:y:z")), -1);
    finish();
}

static void the_source_is_replaced(void)
{
    start();
    CHECK_INT(CALL(corex_module, "set_source_address", S("tcp:1.2.3.4:99")), -1);
    CHECK_INT(CALL(corex_module, "set_source_address", S("udp:1.2.3.4:99")), 1);
    CHECK_SPAN(msg.source_host, "1.2.3.4");
    CHECK_INT(msg.source_port, 99);
    CHECK_INT(msg.proto, KL_PROTO_UDP);
    CHECK_INT(CALL(corex_module, "set_source_address", S("127.0.0.1")), 1);
    CHECK_INT(msg.source_port, 0);
    CHECK_INT(CALL(corex_module, "set_source_address", S("x:y:z")), -1);
    CHECK_INT(CALL(corex_module, "set_source_address", S("")), -1);
    /* ours: names are not resolved */
    CHECK_INT(CALL(corex_module, "set_source_address", S("host.example:5060")), -1);
    /* ours: Kamailio takes no IPv6 here */
    CHECK_INT(CALL(corex_module, "set_source_address", S("udp:[2001:db8::1]:5")), 1);
    CHECK_SPAN(msg.source_host, "2001:db8::1");
    finish();
}

static void extended_flags_and_what_a_message_has(void)
{
    start();
    CHECK_INT(CALL(corex_module, "setxflag", I(63)), 1);
    CHECK_INT(CALL(corex_module, "isxflagset", I(63)), 1);
    CHECK_INT(CALL(corex_module, "isxflagset", I(0)), -1);
    CHECK_INT(CALL(corex_module, "resetxflag", I(63)), 1);
    CHECK_INT(CALL(corex_module, "isxflagset", I(63)), -1);
    CHECK_INT(CALL(corex_module, "setxflag", I(64)), -1);
    CHECK_INT(CALL(corex_module, "isxflagset", I(-1)), -1);
    CHECK_INT(CALL0(corex_module, "has_ruri_user"), 1);
    CHECK_INT(CALL0(corex_module, "has_user_agent"), 1);
    CHECK_INT(CALL0(corex_module, "is_faked_msg"), -1);
    CHECK(msg_set_uri(&msg, SPAN("sip:example.com")));
    CHECK_INT(CALL0(corex_module, "has_ruri_user"), -1);
    CHECK(msg_set_uri(&msg, SPAN("")));
    CHECK_INT(CALL0(corex_module, "has_ruri_user"), -1);
    CHECK(message_read(&msg, REPLY_TEXT));
    CHECK_INT(CALL0(corex_module, "has_ruri_user"), -1);
    CHECK_INT(CALL0(corex_module, "has_user_agent"), -1);
    finish();
}

static void own_via_and_own_client(void)
{
    start();
    server.server_id = 7;
    CHECK_INT(CALL(corex_module, "via_add_srvid", I(1)), 1);
    CHECK_INT(CALL0(core_module, "forward"), 1);
    CHECK(strstr(sent(0), ".0;srvid=7\nVia: SIP/2.0/UDP 127.0.0.1:5099") != NULL);
    CHECK_INT(CALL(corex_module, "via_add_srvid", I(0)), 1);
    CHECK_INT(CALL(corex_module, "forward_uac_branch", I(3)), 1);
    CHECK(strstr(sent(1), ".3\nMax-Forwards: 10\n") != NULL);
    CHECK_INT(CALL(corex_module, "forward_uac_uri_branch", S("sip:192.0.2.1"), I(0)), 1);
    CHECK_SPAN(effect(KL_EFFECT_SEND, 2)->host, "192.0.2.1");
    CHECK_INT(CALL0(corex_module, "forward_uac"), 1);
    CHECK_INT(CALL(corex_module, "forward_uac_uri", S("foo")), -1);
    finish();
}

static void raw_data_goes_as_it_is(void)
{
    start();
    CHECK_INT(CALL(corex_module, "send_data", S("sip:127.0.0.1:5098"), S("hello")), 1);
    CHECK_INT(CALL(corex_module, "send_data", S("sip:127.0.0.1:5098"), S("")), 1);
    CHECK_INT(CALL(corex_module, "send_data", S(""), S("x")), -1);
    CHECK_INT(CALL(corex_module, "send_data", S("foo"), S("x")), -1);
    CHECK_INT(CALL(corex_module, "send_data", S("sip:127.0.0.1;transport=ws"), S("x")), -1);
    CHECK_INT(CALL(corex_module, "sendx", S("sip:127.0.0.1:5098"), S("udp:127.0.0.1:5071"), S("yo")), 1);
    CHECK_INT(CALL(corex_module, "sendx", S("sip:127.0.0.1:5098"), S("udp:127.0.0.1:1"), S("yo")), 1);
    CHECK_INT(CALL(corex_module, "sendx", S("sip:127.0.0.1:5098"), S("x:127.0.0.1:1"), S("yo")), -1);
    CHECK_SPAN(effect(KL_EFFECT_SEND, 0)->data, "hello");
    CHECK_SPAN(effect(KL_EFFECT_SEND, 1)->data, "");
    CHECK_INT(effect(KL_EFFECT_SEND, 2)->local_port, 5071);
    CHECK_INT(effect(KL_EFFECT_SEND, 3)->local_port, 5070);
    CHECK_INT(run_count, 0);
    finish();
}

static void files_are_read_and_written_whole(void)
{
    char path[] = "kemilua-corex-XXXXXX";
    kl_value out = {.type = KL_TYPE_NULL};
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    close(fd);
    start();
    const kl_value name = {.type = KL_TYPE_STR, .s = span_text(path)};
    const kl_value write_args[] = {name, S("a\0b\n")}, empty_args[] = {name, S("")};
    CHECK_INT(call(&corex_module, "file_write", write_args, NULL), 1);
    CHECK_INT(call(&corex_module, "file_read", &name, &out), 1);
    CHECK_SPAN(out.s, "a\0b\n");
    CHECK_INT(call(&corex_module, "file_write", empty_args, NULL), 1);
    call(&corex_module, "file_read", &name, &out);
    CHECK_SPAN(out.s, "");
    server.safe = true;
    CHECK_INT(call(&corex_module, "file_write", write_args, NULL), -1);
    CHECK_INT(call(&corex_module, "file_read", &name, &out), -1);
    server.safe = false;
    unlink(path);
    CHECK_INT(call(&corex_module, "file_read", &name, &out), -1);
    CHECK_INT(out.type, KL_TYPE_STR);
    CHECK_SPAN(out.s, "");
    CHECK_INT(CALL(corex_module, "file_write", NIL, S("x")), -1);
    finish();
}

static void parameters_reach_the_world(void)
{
    kl_value value = S("sub.example");
    start();
    CHECK_INT(corex_module.params[0].set(&ctx, states[MOD_COREX], &value, NULL), KL_OK);
    CHECK_INT(CALL(core_module, "is_myself", S("a.sub.example")), 1);
    value.s = SPAN("reply_out");
    CHECK_INT(corex_module.params[1].set(&ctx, states[MOD_COREX], &value, NULL), KL_OK);
    CHECK_INT(run_count, 0);
    CHECK_INT(stateless_reply(&ctx, 200, SPAN("OK")), 1);
    CHECK_INT(run_count, 1);
    CHECK_STR(runs[0].function, "reply_out");
    CHECK_STR(runs[0].event, "corex:reply-out");
    CHECK(strncmp(runs[0].data, "SIP/2.0 200 OK\r\n", 16) == 0);
    value.type = KL_TYPE_INT;
    CHECK_INT(corex_module.params[1].set(&ctx, states[MOD_COREX], &value, NULL), KL_ECONFIG);
    finish();
}

CHECK_MAIN(CHECK_TEST(a_branch_takes_along_what_belongs_to_it),
           CHECK_TEST(a_branch_of_another_uri_leaves_the_message_as_it_is), CHECK_TEST(q_values_are_thousandths),
           CHECK_TEST(branches_are_limited), CHECK_TEST(the_send_socket_is_forced),
           CHECK_TEST(the_receiving_socket_is_replaced), CHECK_TEST(the_source_is_replaced),
           CHECK_TEST(extended_flags_and_what_a_message_has), CHECK_TEST(own_via_and_own_client),
           CHECK_TEST(raw_data_goes_as_it_is), CHECK_TEST(files_are_read_and_written_whole),
           CHECK_TEST(parameters_reach_the_world))
