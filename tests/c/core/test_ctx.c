/* Log lines, effects, and where replies go. */
#include "world.h"

#include "modules/row.h"

static kl_span here(kl_ctx *c) { return arena_copy(c->scratch, SPAN("a.lua:3")); }

static void log_lines_pass_the_threshold(void)
{
    world_open(INVITE_TEXT);
    ctx.position = here;
    log_print(&ctx, KL_LOG_INFO, "not %s", "seen");
    log_print(&ctx, KL_LOG_ERR, "seen %d", 7);
    log_text(&ctx, KL_LOG_WARN, SPAN("text\n"));
    CHECK_INT(effects.count, 2);
    CHECK_SPAN(effects.items[0].data, "seen 7");
    CHECK_SPAN(effects.items[0].where, "a.lua:3");
    CHECK_INT(effects.items[0].level, KL_LOG_ERR);
    CHECK_SPAN(effects.items[1].data, "text\n");
    world_close();
}

static void a_log_line_is_cut(void)
{
    static char text[9000];
    world_open(INVITE_TEXT);
    memset(text, 'x', sizeof text - 1);
    log_print(&ctx, KL_LOG_ERR, "%s", text);
    log_text(&ctx, KL_LOG_ERR, span_text(text));
    CHECK_INT(effects.items[0].data.n, 4096);
    CHECK_INT(effects.items[1].data.n, 8999);
    world_close();
}

static void a_call_writes_a_few_lines_and_counts_the_rest(void)
{
    static const kl_row row = {.name = "f"};
    world_open(INVITE_TEXT);
    ctx.row = &row;
    for (int call = 0; call < 2; call++) {
        log_begin_call(&ctx);
        for (int i = 0; i < 1000; i++) log_print(&ctx, KL_LOG_ERR, "line %d", i);
    }
    CHECK_INT(effects.count, 8);
    CHECK_SPAN(effects.items[2].data, "line 2");
    CHECK_SPAN(effects.items[3].data, "and 997 more lines of this call");
    CHECK_SPAN(effects.items[7].data, "and 997 more lines of this call");
    log_begin_call(&ctx);
    for (int i = 0; i < 1000; i++) log_print(&ctx, KL_LOG_ERR, i % 2 ? "odd" : "even");
    CHECK_INT(effects.count, 17);
    CHECK_SPAN(effects.items[16].data, "and 992 more lines of this call");
    world_close();
}

static void full_effects_keep_what_was_sent_and_tell_of_the_rest(void)
{
    world_open(INVITE_TEXT);
    effects.arena.limit = 20000;
    for (int i = 0; i < 1000; i++) log_text(&ctx, KL_LOG_ERR, SPAN("line"));
    const size_t lines = effects.count;
    CHECK(lines > 20 && lines < 200);
    CHECK(ctx_send_bytes(&ctx, SPAN("first"), SPAN("192.0.2.1"), 5060, KL_PROTO_UDP, 0, 0, false));
    int sent = 1;
    while (ctx_send_bytes(&ctx, SPAN("more"), SPAN("192.0.2.1"), 5060, KL_PROTO_UDP, 0, 0, false)) sent++;
    CHECK(sent > 20);
    CHECK(effects.arena.used + effects.count * sizeof *effects.items <= effects.arena.limit);
    CHECK_INT(effects.lost_logs, 1000 - lines);
    for (int again = 0; again < 2; again++) {
        CHECK(effects_note_loss(&effects));
        CHECK_INT(effects.count, lines + (size_t)sent + 1);
        CHECK_SPAN(effects.items[lines].data, "first");
        CHECK(span_starts(effects.items[effects.count - 1].data, SPAN("effects were lost")));
    }
    effects_clear(&effects);
    CHECK(!effects_lost(&effects));
    effects.arena.limit = 0;
    world_close();
}

static void memory_of_a_message_that_is_full_is_told_once(void)
{
    world_open(INVITE_TEXT);
    for (int i = 0; i < 3; i++) {
        CHECK(arena_alloc(&msg.arena, (size_t)1 << 40) == NULL);
        log_begin_call(&ctx);
        log_print(&ctx, KL_LOG_ERR, "cannot");
        log_print(&ctx, KL_LOG_ERR, "else");
    }
    CHECK_INT(effects.count, 4);
    CHECK(span_starts(effects.items[0].data, SPAN("the memory of the message is used up")));
    CHECK_SPAN(effects.items[1].data, "else");
    CHECK_SPAN(effects.items[3].data, "else");
    world_close();
}

static void effects_keep_copies(void)
{
    char host[] = "192.0.2.1", data[] = "bytes";
    world_open(INVITE_TEXT);
    for (int i = 0; i < 100; i++)
        CHECK(ctx_send_bytes(&ctx, span_text(data), span_text(host), 5060, KL_PROTO_UDP, 0, KL_SEND_CLOSE, false));
    host[0] = data[0] = '#';
    CHECK_INT(effects.count, 100);
    const kl_effect *send = &effects.items[99];
    CHECK_SPAN(send->host, "192.0.2.1");
    CHECK_SPAN(send->data, "bytes");
    CHECK_SPAN(send->local_host, "127.0.0.1");
    CHECK_INT(send->local_port, 5070);
    CHECK_INT(send->port, 5060);
    CHECK_INT(send->flags, KL_SEND_CLOSE);
    effects_clear(&effects);
    CHECK_INT(effects.count, 0);
    world_close();
}

static bool drop_it(kl_ctx *inner)
{
    (void)inner;
    return true;
}

static void onsend_runs_for_requests_and_may_drop_them(void)
{
    world_open(INVITE_TEXT);
    CHECK(ctx_send_bytes(&ctx, SPAN("reply"), SPAN("h"), 5060, KL_PROTO_UDP, 0, 0, false));
    CHECK_INT(run_count, 0);
    CHECK(ctx_send_bytes(&ctx, SPAN("request"), SPAN("h"), 5060, KL_PROTO_UDP, 0, 0, true));
    CHECK_INT(run_count, 1);
    CHECK_STR(runs[0].function, "ksr_onsend_route");
    CHECK_STR(runs[0].data, "request");
    CHECK_INT(runs[0].phase, KL_PHASE_ONSEND);
    hook = drop_it;
    CHECK(!ctx_send_bytes(&ctx, SPAN("request"), SPAN("h"), 5060, KL_PROTO_UDP, 0, 0, true));
    CHECK_INT(effects.count, 2);
    world.onsend_route_reply = 1;
    CHECK(!ctx_send_bytes(&ctx, SPAN("reply"), SPAN("h"), 5060, KL_PROTO_UDP, 0, 0, false));
    world_close();
}

static char nested[8] = "nested";

static bool send_again(kl_ctx *inner)
{
    hook = NULL;
    memcpy(nested, "xxxxxx", 6); /* as a module would that builds into the same buffer */
    CHECK(ctx_send_bytes(inner, SPAN("inner"), SPAN("i"), 1, KL_PROTO_UDP, 0, 0, true));
    return false;
}

static void what_onsend_sends_comes_first_and_harms_nothing(void)
{
    world_open(INVITE_TEXT);
    hook = send_again;
    CHECK(ctx_send_bytes(&ctx, span_text(nested), span_text(nested), 5060, KL_PROTO_UDP, 0, 0, true));
    CHECK_INT(effects.count, 2);
    CHECK_SPAN(effects.items[0].data, "inner");
    CHECK_SPAN(effects.items[1].data, "nested");
    CHECK_SPAN(effects.items[1].host, "nested");
    world_close();
}

static void check_destination(const char *via, unsigned flags, const char *host, int port)
{
    char text[512];
    kl_span to;
    uint16_t at;
    snprintf(text, sizeof text,
             "OPTIONS sip:u@h SIP/2.0\n%s\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\n\n", via);
    CHECK(message_read(&msg, text));
    msg.msg_flags |= flags;
    ctx_reply_destination(&ctx, &to, &at);
    CHECK_MEM(to.s, to.n, host, strlen(host));
    CHECK_INT(at, port);
}

static void replies_go_to_the_source_and_the_port_of_the_via(void)
{
    world_open(INVITE_TEXT);
    check_destination("Via: SIP/2.0/UDP 10.1.2.3:5088", 0, "127.0.0.1", 5088);
    check_destination("Via: SIP/2.0/UDP 10.1.2.3", 0, "127.0.0.1", 5060);
    check_destination("Via: SIP/2.0/UDP 10.1.2.3:5088;rport", 0, "127.0.0.1", 5099);
    check_destination("Via: SIP/2.0/UDP 10.1.2.3:5088", SIP_MSG_FORCE_RPORT, "127.0.0.1", 5099);
    world.reply_to_via = 1;
    check_destination("Via: SIP/2.0/UDP 10.1.2.3:5088", 0, "10.1.2.3", 5088);
    check_destination("Via: SIP/2.0/UDP 10.1.2.3:5088;rport", 0, "127.0.0.1", 5099);
    world_close();
}

static void the_function_in_progress_has_a_name(void)
{
    static const kl_row row = {.module = "m", .name = "f"};
    world_open(INVITE_TEXT);
    CHECK_STR(ctx_caller(&ctx, "none"), "none");
    ctx.row = &row;
    CHECK_STR(ctx_caller(&ctx, "none"), "f");
    ctx.ops = NULL;
    CHECK_STR(ctx_caller(&ctx, "none"), "none");
    world_close();
}

CHECK_MAIN(CHECK_TEST(log_lines_pass_the_threshold), CHECK_TEST(a_log_line_is_cut),
           CHECK_TEST(a_call_writes_a_few_lines_and_counts_the_rest),
           CHECK_TEST(full_effects_keep_what_was_sent_and_tell_of_the_rest),
           CHECK_TEST(memory_of_a_message_that_is_full_is_told_once), CHECK_TEST(effects_keep_copies),
           CHECK_TEST(onsend_runs_for_requests_and_may_drop_them),
           CHECK_TEST(what_onsend_sends_comes_first_and_harms_nothing),
           CHECK_TEST(replies_go_to_the_source_and_the_port_of_the_via),
           CHECK_TEST(the_function_in_progress_has_a_name))
