/* Arenas, buffers and statuses. */
#include "check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

static void arena_memory_is_aligned_and_apart(void)
{
    kl_arena arena;
    arena_init(&arena, 0);
    unsigned char *last = NULL;
    for (size_t n = 0; n < 300; n++) {
        unsigned char *p = arena_alloc(&arena, n);
        REQUIRE(p && (uintptr_t)p % 8 == 0);
        memset(p, (int)n, n);
        CHECK(!last || n < 2 || last[n - 2] == (unsigned char)(n - 1));
        last = p;
    }
    arena_free(&arena);
}

static void arena_limit_refuses_and_stays_usable(void)
{
    kl_arena arena;
    arena_init(&arena, 1000);
    CHECK(!arena_alloc(&arena, 1001) && !arena_alloc(&arena, SIZE_MAX) && !arena_alloc(&arena, SIZE_MAX - 3));
    CHECK(arena_alloc(&arena, 896) && !arena_alloc(&arena, 105) && arena_alloc(&arena, 104));
    CHECK(!arena_copy(&arena, SPAN("x")).s);
    arena_reset(&arena);
    CHECK_INT(arena.used, 0);
    CHECK(arena_alloc(&arena, 1000) != NULL);
    arena_free(&arena);
}

static void arena_zalloc_and_copy(void)
{
    kl_arena arena;
    arena_init(&arena, 0);
    memset(arena_alloc(&arena, 64), 'x', 64);
    arena_reset(&arena);
    unsigned char *zeros = arena_zalloc(&arena, 64);
    for (int i = 0; i < 64; i++) CHECK_INT(zeros[i], 0);
    kl_span copy = arena_copy(&arena, SPAN("a\0b"));
    CHECK_SPAN(copy, "a\0b");
    CHECK_INT(copy.s[3], 0);
    CHECK_SPAN(arena_copy(&arena, SPAN_NULL), "");
    arena_free(&arena);
}

static void arena_rewind_frees_what_came_after(void)
{
    kl_arena arena;
    arena_init(&arena, 0);
    kl_span kept = arena_copy(&arena, SPAN("kept"));
    arena_mark mark = arena_save(&arena);
    char *first = arena_alloc(&arena, 40);
    for (int i = 0; i < 100; i++) CHECK(arena_alloc(&arena, 1000) != NULL);
    arena_rewind(&arena, mark);
    CHECK_INT(arena.used, mark.used);
    CHECK(arena_alloc(&arena, 40) == (void *)first);
    CHECK_SPAN(kept, "kept");
    arena_free(&arena);
}

static void arena_steady_state_reuses_its_blocks(void)
{
    kl_arena arena;
    void *seen[20];
    arena_init(&arena, 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 20; i++) {
            void *p = arena_alloc(&arena, 1500);
            if (round == 0) seen[i] = p;
            CHECK(p == seen[i]);
        }
        arena_reset(&arena);
    }
    CHECK(arena_alloc(&arena, 4 * 1024 * 1024) != NULL); /* let go at the next reset */
    arena_reset(&arena);
    CHECK(arena_alloc(&arena, 1500) == seen[0]);
    arena_free(&arena);
}

static void buf_grows_and_writes_numbers(void)
{
    kl_buf buf;
    buf_init(&buf);
    for (int i = 0; i < 3000; i++) buf_addc(&buf, (char)('a' + i % 26));
    CHECK_INT(buf.n, 3000);
    CHECK(!buf.failed && buf.s[2999] == 'j');
    buf_clear(&buf);
    buf_add(&buf, SPAN("n="));
    buf_addu(&buf, UINT64_MAX);
    buf_addc(&buf, ' ');
    buf_addi(&buf, INT64_MIN);
    buf_addc(&buf, ' ');
    buf_addi(&buf, 0);
    buf_add(&buf, SPAN_NULL);
    CHECK_SPAN(buf_span(&buf), "n=18446744073709551615 -9223372036854775808 0");
    buf_free(&buf);
}

static void buf_failure_sticks_until_cleared(void)
{
    kl_buf buf;
    buf_init(&buf);
    buf_add(&buf, SPAN("ab"));
    CHECK(!buf_reserve(&buf, SIZE_MAX) && buf.failed);
    buf_add(&buf, SPAN("cd"));
    CHECK_SPAN(buf_span(&buf), "ab");
    buf_clear(&buf);
    buf_add(&buf, SPAN("cd"));
    CHECK(!buf.failed);
    CHECK_SPAN(buf_span(&buf), "cd");
    buf_free(&buf);
}

static void every_status_has_a_name_and_a_text(void)
{
    for (int status = KL_EMISUSE; status <= KL_OK; status++) {
        CHECK(strncmp(kl_status_name((kl_status)status), "KL_", 3) == 0);
        CHECK(kl_status_text((kl_status)status)[0] != '\0');
        for (int other = KL_EMISUSE; other < status; other++)
            CHECK(strcmp(kl_status_name((kl_status)status), kl_status_name((kl_status)other)) != 0);
    }
    CHECK_STR(kl_status_name((kl_status)1), "unknown status");
    CHECK_STR(kl_status_name(KL_EPARSE), "KL_EPARSE");
}

static void errors_are_filled_whole_and_cut_to_size(void)
{
    kl_error err = {.line = 7, .hint = 400, .where = "old"};
    char text[2000];
    memset(text, 'x', sizeof text);
    CHECK_INT(error_at(&err, KL_EPARSE, 12, "expected %s", "a colon"), KL_EPARSE);
    CHECK_INT(err.status, KL_EPARSE);
    CHECK_INT(err.offset, 12);
    CHECK_INT(err.line + err.hint, 0);
    CHECK_STR(err.where, "");
    CHECK_STR(err.text, "expected a colon");
    error_where(&err, span_of(text, sizeof text));
    CHECK_INT(strlen(err.where), sizeof err.where - 1);
    CHECK_INT(error_set(&err, KL_ENOENT, "%.1999s", text), KL_ENOENT);
    CHECK_INT(err.offset, -1);
    CHECK_INT(strlen(err.text), sizeof err.text - 1);
    CHECK_INT(error_set(NULL, KL_EIO, "nobody reads this"), KL_EIO);
    error_clear(&err);
    CHECK_INT(err.status, KL_OK);
}

CHECK_MAIN(CHECK_TEST(arena_memory_is_aligned_and_apart), CHECK_TEST(arena_limit_refuses_and_stays_usable),
           CHECK_TEST(arena_zalloc_and_copy), CHECK_TEST(arena_rewind_frees_what_came_after),
           CHECK_TEST(arena_steady_state_reuses_its_blocks), CHECK_TEST(buf_grows_and_writes_numbers),
           CHECK_TEST(buf_failure_sticks_until_cleared), CHECK_TEST(every_status_has_a_name_and_a_text),
           CHECK_TEST(errors_are_filled_whole_and_cut_to_size))
