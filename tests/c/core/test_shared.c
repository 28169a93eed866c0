/* What engines of a process share. */
#include "check.h"

#include <pthread.h>

#include "base/mem.h"
#include "core/shared.h"

static kl_arena arena;

static kl_value get(kl_shared *shared, const char *name)
{
    kl_value value;
    CHECK(shared_get(shared, span_text(name), &arena, &value));
    return value;
}

static void set_text(kl_shared *shared, const char *name, const char *text)
{
    const kl_value value = {.type = KL_TYPE_STR, .s = span_text(text)};
    CHECK(shared_set(shared, span_text(name), &value));
}

static void set_int(kl_shared *shared, const char *name, int64_t i)
{
    const kl_value value = {.type = KL_TYPE_INT, .i = i};
    CHECK(shared_set(shared, span_text(name), &value));
}

static void variables_hold_numbers_and_texts(void)
{
    kl_shared *shared = kl_shared_new();
    arena_init(&arena, 0);
    CHECK_INT(get(shared, "a").i, 0);
    CHECK_INT(get(shared, "a").type, KL_TYPE_INT);
    set_int(shared, "a", 7);
    set_text(shared, "b", "text");
    CHECK_INT(get(shared, "a").i, 7);
    CHECK_SPAN(get(shared, "b").s, "text");
    set_text(shared, "b", "a much longer text than the one before it");
    CHECK_SPAN(get(shared, "b").s, "a much longer text than the one before it");
    set_text(shared, "b", "");
    CHECK_INT(get(shared, "b").type, KL_TYPE_STR);
    CHECK_SPAN(get(shared, "b").s, "");
    set_int(shared, "b", 3);
    CHECK_INT(get(shared, "b").i, 3);
    kl_shared_free(shared);
    arena_free(&arena);
}

static void many_variables_are_found_and_none_is_lost(void)
{
    kl_shared *shared = kl_shared_new();
    char name[16];
    arena_init(&arena, 0);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "v%d", i);
        set_int(shared, name, i);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "v%d", i);
        CHECK(shared_has(shared, span_text(name)));
        CHECK_INT(get(shared, name).i, i);
    }
    CHECK(!shared_has(shared, SPAN("v5000")));
    kl_shared_free(shared);
    arena_free(&arena);
}

static void variables_end_at_the_limit_and_stay_as_they_were(void)
{
    int number;
    static const unsigned char key[16] = {1};
    static const char large[4000] = {'x'};
    kl_shared *shared = kl_shared_new();
    kl_inbox *box = inbox_new(0);
    const kl_value text = {.type = KL_TYPE_STR, .s = span_of(large, sizeof large)};
    int64_t n;
    arena_init(&arena, 0);
    CHECK_INT(shared_join(shared, box, 1500, key, &number), KL_OK);
    set_text(shared, "a", "kept");
    CHECK(!shared_set(shared, SPAN("a"), &text));
    CHECK_SPAN(get(shared, "a").s, "kept");
    int made = 0;
    for (char name = 'b'; name <= 'z'; name++) made += shared_increment(shared, span_of(&name, 1), &n);
    CHECK(made > 5 && made < 25);
    CHECK(shared_increment(shared, SPAN("b"), &n) && n == 2);
    CHECK_INT(shared_join(shared, box, 1000, key, &number), KL_OK); /* the largest counts */
    CHECK_INT(shared_join(shared, box, 100000, key, &number), KL_OK);
    CHECK(shared_set(shared, SPAN("a"), &text));
    CHECK_INT(get(shared, "a").s.n, sizeof large);
    kl_inbox_free(box);
    kl_shared_free(shared);
    arena_free(&arena);
}

static void incrementing_leaves_texts_alone(void)
{
    kl_shared *shared = kl_shared_new();
    int64_t n = 99;
    arena_init(&arena, 0);
    CHECK(shared_increment(shared, SPAN("n"), &n) && n == 1);
    CHECK(shared_increment(shared, SPAN("n"), &n) && n == 2);
    set_text(shared, "n", "x");
    CHECK(shared_increment(shared, SPAN("n"), &n) && n == 0);
    CHECK_SPAN(get(shared, "n").s, "x");
    kl_shared_free(shared);
    arena_free(&arena);
}

static void a_reload_raises_the_version_of_its_script(void)
{
    kl_shared *shared = kl_shared_new();
    const unsigned long before = shared_reload_any(shared);
    CHECK_INT(shared_reload_version(shared, SPAN("a.lua")), 0);
    CHECK(shared_reload_request(shared, SPAN("a.lua")) && shared_reload_request(shared, SPAN("a.lua")));
    CHECK_INT(shared_reload_version(shared, SPAN("a.lua")), 2);
    CHECK_INT(shared_reload_version(shared, SPAN("b.lua")), 0);
    CHECK_INT(shared_reload_any(shared) - before, 2);
    kl_shared_free(shared);
}

static void the_last_reference_frees(void)
{
    kl_shared *shared = kl_shared_new();
    shared_ref(shared);
    kl_shared_free(shared);
    set_int(shared, "a", 1);
    kl_shared_free(shared);
    kl_shared_free(NULL);
}

static void *count_up(void *shared)
{
    int64_t n;
    for (int i = 0; i < 20000; i++) shared_increment(shared, SPAN("n"), &n);
    shared_reload_request(shared, SPAN("a.lua"));
    kl_shared_free(shared);
    return NULL;
}

static void threads_do_not_lose_an_increment(void)
{
    kl_shared *shared = kl_shared_new();
    pthread_t threads[4];
    arena_init(&arena, 0);
    for (int i = 0; i < 4; i++) {
        shared_ref(shared);
        REQUIRE(pthread_create(&threads[i], NULL, count_up, shared) == 0);
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    CHECK_INT(get(shared, "n").i, 80000);
    CHECK_INT(shared_reload_version(shared, SPAN("a.lua")), 4);
    kl_shared_free(shared);
    arena_free(&arena);
}

static void a_copy_keeps_variables_for_later(void)
{
    kl_shared *shared = kl_shared_new();
    arena_init(&arena, 0);
    set_int(shared, "a", 7);
    set_text(shared, "b", "text");
    shared_number_set(shared, SHARED_PROBABILITY, 30);
    kl_shared *copy = shared_copy(shared);
    REQUIRE(copy != NULL);
    set_text(shared, "a", "now a text");
    set_text(shared, "b", "a much longer text than the one before it");
    set_int(shared, "c", 1);
    shared_number_set(shared, SHARED_PROBABILITY, 40);
    shared_swap(shared, copy);
    CHECK_INT(get(shared, "a").i, 7);
    CHECK_SPAN(get(shared, "b").s, "text");
    CHECK(!shared_has(shared, SPAN("c")));
    CHECK_INT(shared_number_get(shared, SHARED_PROBABILITY, 0), 30);
    CHECK_SPAN(get(copy, "a").s, "now a text");
    CHECK_INT(get(copy, "c").i, 1);
    CHECK_INT(shared_number_get(copy, SHARED_PROBABILITY, 0), 40);
    kl_shared_free(copy);
    kl_shared_free(shared);
    arena_free(&arena);
}

static void numbers_are_the_readers_own_until_one_is_set(void)
{
    kl_shared *shared = kl_shared_new();
    CHECK_INT(shared_number_get(shared, SHARED_PROBABILITY, 10), 10);
    CHECK_INT(shared_number_get(shared, SHARED_PROBABILITY, 20), 20);
    shared_number_set(shared, SHARED_PROBABILITY, -1);
    CHECK_INT(shared_number_get(shared, SHARED_PROBABILITY, 10), -1);
    shared_number_bits(shared, SHARED_GLOBAL_FLAGS, 5, 8, 1);
    CHECK_INT(shared_number_get(shared, SHARED_GLOBAL_FLAGS, 0), 12);
    shared_number_bits(shared, SHARED_GLOBAL_FLAGS, 5, 0x80000000u, 4);
    CHECK_INT(shared_number_get(shared, SHARED_GLOBAL_FLAGS, 0), INT32_MIN + 8);
    kl_shared_free(shared);
}

static void *flip(void *shared)
{
    for (int i = 0; i < 20000; i++) {
        shared_number_bits(shared, SHARED_GLOBAL_FLAGS, 1, 2, 0);
        shared_number_bits(shared, SHARED_GLOBAL_FLAGS, 1, 0, 2);
    }
    return NULL;
}

static void threads_leave_each_others_bits(void)
{
    kl_shared *shared = kl_shared_new();
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, flip, shared) == 0);
    for (uint32_t bit = 4; bit; bit <<= 1) shared_number_bits(shared, SHARED_GLOBAL_FLAGS, 1, bit, 0);
    pthread_join(thread, NULL);
    CHECK_INT(shared_number_get(shared, SHARED_GLOBAL_FLAGS, 0), (int32_t)0xfffffffdu);
    kl_shared_free(shared);
}

CHECK_MAIN(CHECK_TEST(variables_hold_numbers_and_texts), CHECK_TEST(many_variables_are_found_and_none_is_lost),
           CHECK_TEST(variables_end_at_the_limit_and_stay_as_they_were), CHECK_TEST(incrementing_leaves_texts_alone),
           CHECK_TEST(a_reload_raises_the_version_of_its_script), CHECK_TEST(the_last_reference_frees),
           CHECK_TEST(threads_do_not_lose_an_increment), CHECK_TEST(numbers_are_the_readers_own_until_one_is_set),
           CHECK_TEST(threads_leave_each_others_bits), CHECK_TEST(a_copy_keeps_variables_for_later))
