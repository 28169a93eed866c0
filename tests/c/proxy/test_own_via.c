/* proxy/own_via.h: what our Via says, and what scripts write on it. */
#include "scene.h"

#include "proxy/own_via.h"
#include "pv/store/store.h"

static build_forward_options options;

static bool fill(int socket)
{
    const send_target target = {.host = SPAN("192.0.2.1"), .port = 5060, .proto = KL_PROTO_UDP, .socket = socket};
    options = (build_forward_options){.proto = KL_PROTO_UDP};
    return own_via_fill(&ctx, &target, 7, &options);
}

static void the_socket_is_named_unless_something_else_is_advertised(void)
{
    scene_open(INVITE_TEXT);
    CHECK(fill(0));
    CHECK_SPAN(options.via_host, "127.0.0.1");
    CHECK_SPAN(options.via_port, "5070");
    CHECK(span_starts(options.branch, SPAN("z9hG4bK")));
    CHECK(span_eq(span_from(options.branch, options.branch.n - 2), SPAN(".7")));
    CHECK(!options.rport && options.server_id == 0 && options.via_params.n == 0);
    server.advertised_address = SPAN("all.example");
    CHECK(fill(0));
    CHECK_SPAN(options.via_host, "all.example");
    msg.advertised_address = SPAN("a.b");
    msg.advertised_port = SPAN("5060");
    CHECK(fill(0));
    CHECK_SPAN(options.via_host, "a.b");
    CHECK_SPAN(options.via_port, "5060");
    scene_close();
}

static void port_5060_is_left_out_and_ipv6_is_bracketed(void)
{
    scene_open(INVITE_TEXT);
    CHECK_INT(socket_listen(&server, SPAN("udp:[2001:db8::1]:5060"), NULL), KL_OK);
    CHECK(fill(2));
    CHECK_SPAN(options.via_host, "[2001:db8::1]");
    CHECK_INT(options.via_port.n, 0);
    CHECK(fill(-1)); /* from where the message arrived */
    CHECK_SPAN(options.via_host, "127.0.0.1");
    CHECK_SPAN(options.via_port, "5070");
    scene_close();
}

static void flags_of_the_message_add_parameters(void)
{
    scene_open(INVITE_TEXT);
    server.server_id = 9;
    msg.msg_flags |= SIP_MSG_ADD_LOCAL_RPORT | SIP_MSG_VIA_SERVER_ID;
    CHECK(fill(0));
    CHECK(options.rport);
    CHECK_INT(options.server_id, 9);
    scene_close();
}

/* ---- $xavp */

static void put_field(const char *name, const char *text)
{
    const store_name list = {SPAN("v"), 0, false}, field = {span_text(name), 0, false};
    const pv_value value = {.flags = PV_STR, .s = span_text(text)};
    pv_store *store = store_of(&msg);
    REQUIRE(store != NULL);
    store_item *item = store_nth(&msg, &store->xavps, &list, 0);
    if (!item) {
        item = store_push(&msg, &store->xavps, &list, &value);
        REQUIRE(item != NULL);
        store_make_list(&msg, item);
    }
    CHECK(store_push(&msg, &item->fields, &field, &value) != NULL);
}

static void fields_become_parameters(void)
{
    kl_span text;
    scene_open(INVITE_TEXT);
    put_field("a", "1");
    put_field("b", "");
    CHECK(own_via_params(&ctx, SIP_MSG_VIA_XAVP_PARAMS, SPAN("v"), &text));
    CHECK_INT(text.n, 0); /* the message has no such flag */
    msg.msg_flags |= SIP_MSG_VIA_XAVP_PARAMS;
    CHECK(own_via_params(&ctx, SIP_MSG_VIA_XAVP_PARAMS, SPAN("v"), &text));
    CHECK_SPAN(text, ";b;a=1");
    CHECK(own_via_params(&ctx, SIP_MSG_VIA_XAVP_PARAMS, SPAN("none"), &text));
    CHECK_INT(text.n, 0);
    put_field("c", "1\r\nX: y");
    CHECK(!own_via_params(&ctx, SIP_MSG_VIA_XAVP_PARAMS, SPAN("v"), &text));
    CHECK_INT(effects.count, 1);
    CHECK_SPAN(effects.items[0].data, "message: CR, LF or NUL in what is to stand within a line of a message");
    scene_close();
}

static void fields_take_the_place_of_host_port_and_transport(void)
{
    scene_open(INVITE_TEXT);
    server.via_fields = SPAN("v");
    put_field("address", "f.example");
    put_field("port", "99");
    put_field("proto", "tcp");
    CHECK(fill(0));
    CHECK_SPAN(options.via_host, "127.0.0.1");
    msg.msg_flags |= SIP_MSG_VIA_XAVP_FIELDS;
    CHECK(fill(0));
    CHECK_SPAN(options.via_host, "f.example");
    CHECK_SPAN(options.via_port, "99");
    CHECK_INT(options.via_proto, KL_PROTO_TCP);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(the_socket_is_named_unless_something_else_is_advertised),
           CHECK_TEST(port_5060_is_left_out_and_ipv6_is_bracketed), CHECK_TEST(flags_of_the_message_add_parameters),
           CHECK_TEST(fields_become_parameters), CHECK_TEST(fields_take_the_place_of_host_port_and_transport))
