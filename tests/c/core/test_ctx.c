/* Log lines and effects. */
#include "scene.h"

#include "modules/row.h"

static kl_span here(kl_ctx *c) { return arena_copy(c->scratch, SPAN("a.lua:3")); }

static void log_lines_pass_the_threshold(void)
{
    scene_open(INVITE_TEXT);
    ctx.position = here;
    log_print(&ctx, KL_LOG_INFO, "not %s", "seen");
    log_print(&ctx, KL_LOG_ERR, "seen %d", 7);
    log_text(&ctx, KL_LOG_WARN, SPAN("text\n"));
    CHECK_INT(effects.count, 2);
    CHECK_SPAN(effects.items[0].data, "seen 7");
    CHECK_SPAN(effects.items[0].where, "a.lua:3");
    CHECK_INT(effects.items[0].level, KL_LOG_ERR);
    CHECK_SPAN(effects.items[1].data, "text\n");
    scene_close();
}

static void a_log_line_is_cut(void)
{
    static char text[9000];
    scene_open(INVITE_TEXT);
    memset(text, 'x', sizeof text - 1);
    log_print(&ctx, KL_LOG_ERR, "%s", text);
    log_text(&ctx, KL_LOG_ERR, span_text(text));
    CHECK_INT(effects.items[0].data.n, 4096);
    CHECK_INT(effects.items[1].data.n, 8999);
    scene_close();
}

static void a_call_writes_a_few_lines_and_counts_the_rest(void)
{
    static const kl_row row = {.name = "f"};
    scene_open(INVITE_TEXT);
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
    scene_close();
}

static bool add_send(kl_span data)
{
    return effects_add(&effects, &(kl_effect){.kind = KL_EFFECT_SEND, .host = SPAN("192.0.2.1"), .data = data});
}

static void full_effects_keep_what_was_added_and_tell_of_the_rest(void)
{
    scene_open(INVITE_TEXT);
    effects.arena.limit = 20000;
    for (int i = 0; i < 1000; i++) log_text(&ctx, KL_LOG_ERR, SPAN("line"));
    const size_t lines = effects.count;
    CHECK(lines > 20 && lines < 200);
    CHECK(add_send(SPAN("first")));
    int sent = 1;
    while (add_send(SPAN("more"))) sent++;
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
    scene_close();
}

static void memory_of_a_message_that_is_full_is_told_once(void)
{
    scene_open(INVITE_TEXT);
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
    scene_close();
}

static void a_drop_says_why(void)
{
    scene_open(INVITE_TEXT);
    effects_drop(&effects, "no more");
    CHECK_INT(effect_count(KL_EFFECT_DROP), 1);
    CHECK_SPAN(effects.items[0].data, "no more");
    scene_close();
}

static void the_function_in_progress_has_a_name(void)
{
    static const kl_row row = {.module = "m", .name = "f"};
    scene_open(INVITE_TEXT);
    CHECK_STR(ctx_caller(&ctx, "none"), "none");
    ctx.row = &row;
    CHECK_STR(ctx_caller(&ctx, "none"), "f");
    ctx.ops = NULL;
    CHECK_STR(ctx_caller(&ctx, "none"), "none");
    scene_close();
}

CHECK_MAIN(CHECK_TEST(log_lines_pass_the_threshold), CHECK_TEST(a_log_line_is_cut),
           CHECK_TEST(a_call_writes_a_few_lines_and_counts_the_rest),
           CHECK_TEST(full_effects_keep_what_was_added_and_tell_of_the_rest),
           CHECK_TEST(memory_of_a_message_that_is_full_is_told_once), CHECK_TEST(a_drop_says_why),
           CHECK_TEST(the_function_in_progress_has_a_name))
