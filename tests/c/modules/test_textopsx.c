/* KSR.textopsx.*: results seen on a running Kamailio, but for those marked ours. */
#include "scene.h"

#include "core/route.h"

static void start(const char *text)
{
    scene_open(text);
    load(MOD_TEXTOPSX, &textopsx_module);
}

static void finish(void)
{
    unload(MOD_TEXTOPSX, &textopsx_module);
    scene_close();
}

static const char *now(void) { return message_text(span_of(msg.buf, msg.len)); }

#define HEAD                                                                                                           \
    "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 "    \
    "OPTIONS\n"

static void applied_changes_are_what_reads_see(void)
{
    start(HEAD "X: 1\n\n");
    CHECK(edit_append(&msg, SPAN("A: 1\r\n")));
    CHECK(edit_remove(&msg, msg_hdr_named(&msg, SPAN("X"))));
    CHECK(edit_reply(&msg, SPAN("R: 1\r\n")));
    CHECK(msg_set_uri(&msg, SPAN("sip:new@h")));
    CHECK(msg_set_dst(&msg, SPAN("sip:d")));
    msg.flags = 4;
    msg.send_socket = 1;
    msg.msg_flags |= SIP_MSG_FORCE_RPORT;
    CHECK(!msg_hdr_named(&msg, SPAN("A")));
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK_STR(now(), "OPTIONS sip:new@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>\nFrom: "
                     "<sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\nA: 1\n\n");
    CHECK(msg_hdr_named(&msg, SPAN("A")) && !msg_hdr_named(&msg, SPAN("X")));
    CHECK_SPAN(msg.uri, "sip:new@h");
    CHECK_SPAN(msg_current_uri(&msg), "sip:new@h");
    CHECK_SPAN(msg.dst_uri, "sip:d");
    CHECK_INT(msg.flags, 4);
    CHECK_INT(msg.send_socket, 1);
    CHECK(msg.msg_flags & SIP_MSG_FORCE_RPORT);
    CHECK_SPAN(msg.reply_headers, "");
    CHECK(!msg.edits);
    finish();
}

static void changes_are_applied_where_kamailio_does_it(void)
{
    start(HEAD "\n");
    ctx.phase = KL_PHASE_FAILURE;
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), -1);
    CHECK_INT(CALL(textopsx_module, "msg_set_buffer", S(HEAD "\n")), -1);
    ctx.phase = KL_PHASE_REQUEST;
    route_notes *notes = route_notes_of(&msg);
    REQUIRE(notes);
    notes->waiting = true;
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), -1);
    notes->waiting = false;
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK(message_read(&msg, REPLY_TEXT));
    ctx.phase = KL_PHASE_TM_ONREPLY;
    CHECK(edit_append(&msg, SPAN("A: 1\r\n")));
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK(msg_hdr_named(&msg, SPAN("A")) != NULL);
    finish();
}

static void a_rebuilt_message_may_lack_what_a_received_one_must_have(void)
{
    start(HEAD "Content-Length: 0\n\n");
    load(MOD_SL, &sl_module);
    CHECK(edit_remove(&msg, msg_hdr_first(&msg, SIP_HDR_FROM)));
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK_INT(CALL(sl_module, "send_reply", I(200), S("OK")), -1);
    CHECK_INT(CALL(core_module, "forward_uri", S("sip:192.0.2.1")), 1);
    CHECK(edit_remove(&msg, msg_hdr_first(&msg, SIP_HDR_VIA)));
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK_INT(CALL(core_module, "forward_uri", S("sip:192.0.2.1")), 1);
    CHECK(strncmp(sent(1), "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK", 70) == 0);
    unload(MOD_SL, &sl_module);
    finish();
}

static void a_message_that_cannot_be_read_is_0(void)
{
    start(HEAD "\n");
    CHECK(edit_insert(&msg, SPAN("no header at all\r\n")));
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 0);
    CHECK_INT(CALL(textopsx_module, "msg_set_buffer", S("nonsense")), 0);
    CHECK_INT(effect_count(KL_EFFECT_LOG), 2);
    CHECK_INT(CALL(core_module, "forward"), -1);
    finish();
}

static void the_buffer_is_replaced(void)
{
    static char large[65536];
    start(HEAD "\n");
    CHECK_INT(CALL(textopsx_module, "msg_set_buffer", S("")), -1);
    CHECK_INT(CALL(textopsx_module, "msg_set_buffer", NIL), -1);
    const kl_value too_large = {.type = KL_TYPE_STR, .s = span_of(large, 65535)};
    CHECK_INT(call(&textopsx_module, "msg_set_buffer", &too_large, NULL), -1);
    kl_span wire = message_wire(INVITE_TEXT);
    const kl_value text = {.type = KL_TYPE_STR, .s = wire};
    CHECK_INT(call(&textopsx_module, "msg_set_buffer", &text, NULL), 1);
    free((char *)wire.s);
    CHECK_INT(CALL0(core_module, "is_INVITE"), 1);
    CHECK_STR(now(), INVITE_TEXT);
    finish();
}

static void the_body_goes(void)
{
    start(HEAD "Content-Type: a/b\nContent-Length: 5\n\nhello");
    CHECK_INT(CALL0(textopsx_module, "remove_body"), 1);
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK_STR(now(), HEAD "Content-Type: a/b\nContent-Length: 0\n\n");
    CHECK_INT(CALL0(textopsx_module, "remove_body"), 1);
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK_STR(now(), HEAD "Content-Type: a/b\nContent-Length: 0\n\n");
    finish();
}

#define KEPT                                                                                                           \
    HEAD "Max-Forwards: 3\nRoute: <sip:a>\nRecord-Route: <sip:b>\nContact: <sip:c>\nContent-Type: "                    \
         "a/b\nContent-Length: 5\n"
#define MORE "X-A: 1\nUser-Agent: u\nY: 2\nSubject: s\nExpires: 4\n"

static void check_kept(const char *pattern, const char *left)
{
    char wanted[1024];
    const kl_value arg = {.type = KL_TYPE_STR, .s = span_text(pattern)};
    CHECK(message_read(&msg, KEPT MORE "\nhello"));
    CHECK_INT(call(&textopsx_module, pattern ? "keep_hf_re" : "keep_hf", &arg, NULL), -1);
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    snprintf(wanted, sizeof wanted, KEPT "%s\nhello", left);
    CHECK_STR(now(), wanted);
}

static void headers_are_kept_by_name(void)
{
    start(HEAD "\n");
    check_kept(NULL, "");
    check_kept("x-", "X-A: 1\n");
    check_kept("^y$|sub", "Y: 2\nSubject: s\n");
    check_kept("^y$|sub", "Y: 2\nSubject: s\n");
    check_kept("", "");
    check_kept("(", MORE);
    check_kept("x-", "X-A: 1\n");
    CHECK_INT(CALL(textopsx_module, "keep_hf_re", NIL), -1);
    finish();
}

static void the_status_of_a_reply_changes(void)
{
    start(REPLY_TEXT);
    CHECK_INT(CALL(textopsx_module, "change_reply_status", I(480), S("zz")), -1);
    CHECK_INT(CALL(textopsx_module, "change_reply_status", I(200), S("")), -1);
    CHECK_INT(CALL(textopsx_module, "change_reply_status_code", I(180)), -1);
    CHECK_INT(CALL(textopsx_module, "change_reply_status", I(299), S("zz")), 1);
    CHECK_INT(msg.status, 299);
    CHECK_SPAN(msg.status_text, "299");
    CHECK_SPAN(msg.reason, "OK");
    CHECK_INT(CALL(textopsx_module, "change_reply_status_code", I(202)), 1);
    /* ours: Kamailio glues the reasons together */
    CHECK_INT(CALL(textopsx_module, "change_reply_status", I(203), S("Last")), 1);
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK(strncmp(now(), "SIP/2.0 203 Last\nVia:", 21) == 0);
    CHECK(message_read(&msg, "SIP/2.0 404 No\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>;tag=b\nFrom: "
                             "<sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\n\n"));
    CHECK_INT(CALL(textopsx_module, "change_reply_status", I(603), S("D")), 1);
    CHECK_INT(CALL(textopsx_module, "change_reply_status_code", I(299)), -1);
    CHECK_INT(CALL(textopsx_module, "change_reply_status_code", I(700)), -1);
    CHECK(message_read(&msg, INVITE_TEXT));
    CHECK_INT(CALL(textopsx_module, "change_reply_status_code", I(200)), -1);
    finish();
}

static void patterns_match_texts(void)
{
    start(HEAD "\n");
    CHECK_INT(CALL(textopsx_module, "fnmatch", S("abc"), S("a*")), 0);
    CHECK_INT(CALL(textopsx_module, "fnmatch", S("abc"), S("b*")), -1);
    CHECK_INT(CALL(textopsx_module, "fnmatch_ex", S("ABC"), S("a*"), S("i")), -1);
    CHECK_INT(CALL(textopsx_module, "fnmatch", NIL, S("*")), -1);
    finish();
}

CHECK_MAIN(CHECK_TEST(applied_changes_are_what_reads_see), CHECK_TEST(changes_are_applied_where_kamailio_does_it),
           CHECK_TEST(a_rebuilt_message_may_lack_what_a_received_one_must_have),
           CHECK_TEST(a_message_that_cannot_be_read_is_0), CHECK_TEST(the_buffer_is_replaced),
           CHECK_TEST(the_body_goes), CHECK_TEST(headers_are_kept_by_name), CHECK_TEST(the_status_of_a_reply_changes),
           CHECK_TEST(patterns_match_texts))
