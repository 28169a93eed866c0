/* When memory ends: statuses and false, nothing leaked, nothing half done. */
#include "scene.h"

#include "core/shared.h"

/* Everything a message may go through here, with whatever results. */
static void a_whole_message(void)
{
    kl_span built;
    CALL(corex_module, "append_branch_uri_q", S("sip:b1@h1"), S("0.5"));
    CALL(core_module, "setuser", S("carol"));
    CALL(core_module, "setdsturi", S("sip:192.0.2.9"));
    CALL(core_module, "set_advertised_address", S("a.b"));
    edit_append(&msg, SPAN("A: 1\r\n"));
    edit_body(&msg, SPAN("hello"), SPAN("a/b"));
    kl_msg_build(&msg, &built);
    CALL0(core_module, "forward");
    CALL0(corex_module, "forward_uac");
    CALL(sl_module, "send_reply", I(302), S("Moved"));
    CALL(core_module, "info", S("a line"));
    CALL(maxfwd_module, "process_maxfwd", I(10));
    CALL(textopsx_module, "keep_hf_re", S("^A"));
    CALL(textops_module, "set_body_multipart", S("one"), S("a/b"), S("B"));
    CALL0(textopsx_module, "msg_apply_changes");
    CALL(textops_module, "append_body_part_hex", S("74 77 6f"), S("c/d"));
    CALL(textops_module, "remove_hf_match", S("A"), S("in"), S("1"));
    CALL(textops_module, "set_reply_body", S("body"), S("a/b"));
    kl_msg_build(&msg, &built);
    CALL(sl_module, "sl_send_reply", I(404), S("No"));
    CALL(core_module, "is_myself", S("sip:example.com"));
}

static void load_all(void)
{
    load(MOD_SL, &sl_module);
    load(MOD_MAXFWD, &maxfwd_module);
    load(MOD_COREX, &corex_module);
    load(MOD_TEXTOPSX, &textopsx_module);
    load(MOD_TEXTOPS, &textops_module);
}

static void unload_all(void)
{
    unload(MOD_SL, &sl_module);
    unload(MOD_MAXFWD, &maxfwd_module);
    unload(MOD_COREX, &corex_module);
    unload(MOD_TEXTOPSX, &textopsx_module);
    unload(MOD_TEXTOPS, &textops_module);
}

#ifdef KEMILUA_FAIL_ALLOC
static void every_allocation_of_a_message_may_fail(void)
{
    for (int sticky = 0; sticky < 2; sticky++) {
        for (long n = 1; n < 60; n++) {
            const long before = mem_live();
            scene_open(INVITE_TEXT);
            load_all();
            ctx.log_level = KL_LOG_DBG;
            mem_fail_after(n, sticky);
            a_whole_message();
            mem_fail_after(0, 0);
            const bool lost = effects_lost(&effects);
            effects_clear(&effects);
            CHECK(message_read(&msg, INVITE_TEXT));
            msg.recv_socket = 0;
            CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), 1);
            CHECK_INT(CALL0(core_module, "forward"), 1);
            CHECK_INT(effect_count(KL_EFFECT_SEND), 2);
            CHECK(!lost || !effects_lost(&effects));
            unload_all();
            scene_close();
            CHECK_INT(mem_live(), before);
        }
    }
}

static void setting_up_may_fail(void)
{
    for (long n = 1; n < 12; n++) {
        const long before = mem_live();
        kl_error err;
        const kl_value name = S("ksr_other"), number = I(7);
        int64_t counted;
        mem_fail_after(n, 1);
        kl_shared *shared = kl_shared_new();
        kl_status listened = KL_OK, aliased = KL_OK, set = KL_OK;
        server_init(&server);
        for (int i = 0; i < 20 && listened == KL_OK; i++) {
            char text[32];
            snprintf(text, sizeof text, "udp:127.0.0.1:%d", 5000 + i);
            listened = socket_listen(&server, span_text(text), &err);
            aliased = alias_add(&server, span_text(text), &err);
        }
        set = param_set(&server, SPAN("kemi.reply_route_callback"), &name, &err);
        if (shared) {
            shared_set(shared, SPAN("a"), &name);
            shared_set(shared, SPAN("b"), &number);
            shared_increment(shared, SPAN("c"), &counted);
            shared_reload_request(shared, SPAN("a.lua"));
        }
        mem_fail_after(0, 0);
        CHECK(listened == KL_OK || listened == KL_ENOMEM);
        CHECK(aliased == KL_OK || aliased == KL_ENOMEM);
        CHECK(set == KL_OK || set == KL_ENOMEM);
        kl_shared_free(shared);
        server_done(&server);
        CHECK_INT(mem_live(), before);
    }
}

#endif

static void a_message_limit_may_be_reached_anywhere(void)
{
    for (size_t limit = 600; limit < 6000; limit += 16) {
        scene_open(INVITE_TEXT);
        load_all();
        msg_done(&msg);
        msg_init(&msg, limit);
        kl_span wire = message_wire(INVITE_TEXT);
        kl_error err;
        const kl_packet packet = message_packet_of(wire, &message_udp, 0);
        if (msg_parse(&msg, &packet, &err) == KL_OK) {
            msg.recv_socket = 0;
            for (int i = 0; i < 20; i++) a_whole_message();
        }
        free((char *)wire.s);
        unload_all();
        scene_close();
    }
    CHECK(true);
}

#ifdef KEMILUA_FAIL_ALLOC
CHECK_MAIN(CHECK_TEST(a_message_limit_may_be_reached_anywhere), CHECK_TEST(every_allocation_of_a_message_may_fail),
           CHECK_TEST(setting_up_may_fail))
#else
CHECK_MAIN(CHECK_TEST(a_message_limit_may_be_reached_anywhere))
#endif
