/* nathelper and uac when memory ends, and where their texts touch the ends of what they were cut from. */
#include "scene.h"

#define NAT_TEXT                                                                                                       \
    "INVITE sip:bob@example.com;alias=192.0.2.1~5~1 SIP/2.0\nVia: SIP/2.0/UDP "                                        \
    "10.0.0.1:5099;branch=z9hG4bKa\nMax-Forwards: 10\nTo: Bob <sip:bob@example.com>\n"                                 \
    "From: \"A\" <sip:alice@atlanta.example>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nRoute: "                               \
    "<sip:127.0.0.1:5070;lr;ftag=a;vsf=AAAAABQsNWV4YW1wbGUub3Jn>\n"                                                    \
    "Contact: \"A\" <sip:alice@10.0.0.1:5070;maddr=10.0.0.9;alias=10.0.0.1~5~1>;q=1, sip:other@h\nContent-Type: "      \
    "application/sdp\nContent-Length: 107\n\n"                                                                         \
    "v=0\no=a 1 2 IN IP4 10.1.1.1\ns=-\nc=IN IP4 10.1.2.3\nt=0 0\nm=audio 4000 RTP/AVP 0\na=rtcp:1 IN IP4 10.3.3.3\n"

static const char *const contact_calls[] = {"fix_nated_contact", "set_contact_alias", "set_contact_alias_trim",
                                            "add_contact_alias"};

static void all_calls(int which)
{
    kl_span built;
    CALL(nathelper_module, "nat_uac_test", I(1023));
    CALL(nathelper_module, "add_rcv_param", I(which % 2));
    CALL(nathelper_module, "add_contact_alias_addr", S("192.0.2.1"), S("5060"), S("tcp"));
    CALL0(nathelper_module, contact_calls[which]);
    CALL(nathelper_module, "fix_nated_sdp", I(15));
    CALL(nathelper_module, "nat_uac_test", I(1 + 128));
    CALL0(nathelper_module, "handle_ruri_alias");
    CALL(uac_module, "uac_replace_from", S("U"), S("sip:u@u"));
    CALL(uac_module, "uac_replace_to", S(""), S("sip:u@long.example.com"));
    CALL0(rr_module, "loose_route");
    CALL0(uac_module, "uac_restore_from");
    CALL0(rr_module, "record_route");
    kl_msg_build(&msg, &built);
}

static void load_all(void)
{
    load(MOD_NATHELPER, &nathelper_module);
    load(MOD_UAC, &uac_module);
    load(MOD_RR, &rr_module);
}

static void unload_all(void)
{
    unload(MOD_NATHELPER, &nathelper_module);
    unload(MOD_UAC, &uac_module);
    unload(MOD_RR, &rr_module);
}

static void all_of_them_work(void)
{
    kl_span built;
    for (int which = 0; which < 4; which++) {
        scene_open(NAT_TEXT);
        load_all();
        all_calls(which);
        REQUIRE(kl_msg_build(&msg, &built) == KL_OK);
        CHECK(span_search(built, SPAN("c=IN IP4 127.0.0.1\r\n")) != NULL);
        CHECK(span_search(built, SPAN("\r\nFrom: U <sip:u@u>;tag=a\r\n")) != NULL);
        unload_all();
        scene_close();
    }
}

#ifdef KEMILUA_FAIL_ALLOC
static void every_allocation_may_fail(void)
{
    for (long n = 1; n < 80; n++) {
        const long before = mem_live();
        scene_open(NAT_TEXT);
        load_all();
        mem_fail_after(n, 1);
        all_calls((int)(n % 4));
        mem_fail_after(0, 0);
        CHECK(message_read(&msg, NAT_TEXT));
        msg.recv_socket = 0;
        CHECK_INT(CALL0(nathelper_module, "fix_nated_contact"), 1);
        unload_all();
        scene_close();
        CHECK_INT(mem_live(), before);
    }
}
#endif

static void a_message_limit_may_be_reached_anywhere(void)
{
    for (size_t limit = 1500; limit < 7000; limit += 24) {
        scene_open(NAT_TEXT);
        load_all();
        msg_done(&msg);
        msg_init(&msg, limit);
        kl_span wire = message_wire(NAT_TEXT);
        kl_error err;
        const kl_packet packet = message_packet_of(wire, &message_udp, 0);
        if (msg_parse(&msg, &packet, &err) == KL_OK) {
            msg.recv_socket = 0;
            for (int i = 0; i < 4; i++) all_calls(i);
        }
        free((char *)wire.s);
        unload_all();
        scene_close();
    }
    CHECK(true);
}

#ifdef KEMILUA_FAIL_ALLOC
CHECK_MAIN(CHECK_TEST(all_of_them_work), CHECK_TEST(a_message_limit_may_be_reached_anywhere),
           CHECK_TEST(every_allocation_may_fail))
#else
CHECK_MAIN(CHECK_TEST(all_of_them_work), CHECK_TEST(a_message_limit_may_be_reached_anywhere))
#endif
