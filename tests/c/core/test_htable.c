/* Hash tables against a plain list, in any order of what happens to them; and with an allocator that fails. */
#include "check.h"

#include "base/mem.h"
#include "core/htable_match.h"
#include "core/locks.h"
#include "core/shared.h"

#define KEYS 200

typedef struct model {
    bool there;
    int64_t value;
} model;

static core_htable *define(kl_shared *shared, const char *name, int64_t autoexpire, size_t limit)
{
    const htable_definition def = {.name = span_text(name),
                                   .size = 2,
                                   .autoexpire = autoexpire,
                                   .updateexpire = true,
                                   .limit = limit,
                                   .key = {1, 2, 3}};
    return htable_define(shared_htables(shared), &def);
}

static kl_span key_of(char *place, size_t room, unsigned i)
{
    return span_of(place, (size_t)snprintf(place, room, "Key%u", i));
}

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

/* Every item once, in order, and exactly those of the model. */
static void check_order(core_htable *table, const model *all)
{
    htable_place place = {0, 0, 0}, before;
    size_t seen = 0, expected = 0;
    for (unsigned i = 0; i < KEYS; i++) expected += all[i].there;
    for (before = place; htable_step(table, &place); before = place, seen++)
        CHECK(before.slot < place.slot ||
              (before.slot == place.slot && (before.hash < place.hash || before.age < place.age)));
    CHECK_INT(seen, expected);
}

static void step(core_htable *table, model *all, uint32_t *state)
{
    char text[16];
    const unsigned i = next_random(state) >> 8;
    model *one = &all[i % KEYS];
    const kl_span key = key_of(text, sizeof text, i % KEYS);
    const kl_value value = {.type = KL_TYPE_LONG, .i = i};
    kl_value got;
    if (next_random(state) >> 31) {
        CHECK(htable_set(table, key, &value, 0, 0));
        *one = (model){true, i};
    } else {
        CHECK_INT(htable_remove(table, key), one->there);
        one->there = false;
    }
    CHECK(htable_get(table, key, 0, NULL, &got));
    CHECK_INT(got.type, one->there ? KL_TYPE_LONG : KL_TYPE_NULL);
    if (one->there) CHECK_INT(got.i, one->value);
}

static void any_order_of_changes_keeps_items_and_their_order(void)
{
    static model all[KEYS];
    uint32_t state = 7;
    kl_shared *shared = kl_shared_new();
    core_htable *table = define(shared, "t", 0, 0);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 200; i++) step(table, all, &state);
        check_order(table, all);
    }
    htable_clear(table);
    memset(all, 0, sizeof all);
    check_order(table, all);
    kl_shared_free(shared);
}

static void expired_items_are_stepped_to_in_order(void)
{
    char text[16];
    htable_place place = {0, 0, 0};
    const kl_value value = {.type = KL_TYPE_STR, .s = SPAN("v")};
    int found = 0;
    kl_shared *shared = kl_shared_new();
    core_htable *table = define(shared, "t", 10, 0);
    for (unsigned i = 0; i < 50; i++)
        CHECK(htable_set(table, key_of(text, sizeof text, i), &value, i % 2 ? 100 : 0, 1000));
    while (htable_step_expired(table, &place, 1011)) {
        CHECK(htable_remove_expired_at(table, &place, 1011));
        CHECK(!htable_remove_at(table, &place));
        found++;
    }
    CHECK_INT(found, 25);
    kl_shared_free(shared);
}

static void memory_is_counted_and_bounded(void)
{
    char text[16];
    const kl_value value = {.type = KL_TYPE_STR, .s = SPAN("a text of some length, which has to lie somewhere")};
    unsigned n = 0;
    kl_shared *shared = kl_shared_new();
    core_htable *table = define(shared, "t", 0, 100000);
    while (htable_set(table, key_of(text, sizeof text, n), &value, 0, 0)) n++;
    CHECK(n > 100 && n < 1000);
    CHECK(htable_memory(shared_htables(shared)) <= 100000 + 256);
    htable_clear(table);
    CHECK(htable_set(table, SPAN("k"), &value, 0, 0));
    kl_shared_free(shared);
}

static void same_definition_gives_the_same_table(void)
{
    kl_shared *shared = kl_shared_new();
    core_htable *table = define(shared, "t", 0, 0);
    CHECK(define(shared, "t", 5, 0) == table);
    CHECK(define(shared, "u", 0, 0) != table);
    CHECK(htable_find(shared_htables(shared), SPAN("t")) == table);
    CHECK(htable_find(shared_htables(shared), SPAN("T")) == NULL);
    kl_shared_free(shared);
}

static void locks_know_their_owner(void)
{
    static ctx_locks mine, other;
    kl_shared *shared = kl_shared_new();
    const locks_key key = {NULL, 7};
    CHECK_INT(locks_take(shared_locks(shared), &mine, key, false, true), LOCKS_TAKEN);
    CHECK_INT(locks_take(shared_locks(shared), &mine, key, false, true), LOCKS_MINE);
    CHECK_INT(locks_take(shared_locks(shared), &mine, key, true, true), LOCKS_TAKEN);
    /* its own thread has it: it would wait for ever */
    CHECK_INT(locks_take(shared_locks(shared), &other, key, true, true), LOCKS_BUSY);
    locks_release(shared_locks(shared), &other, key);
    locks_release(shared_locks(shared), &mine, key);
    CHECK_INT(locks_take(shared_locks(shared), &other, key, false, false), LOCKS_BUSY);
    locks_release(shared_locks(shared), &mine, key);
    CHECK_INT(locks_take(shared_locks(shared), &other, key, false, false), LOCKS_TAKEN);
    for (uint64_t i = 100; i < 100 + LOCKS_HELD; i++)
        CHECK_INT(locks_take(shared_locks(shared), &mine, (locks_key){NULL, i}, false, false), LOCKS_TAKEN);
    CHECK_INT(locks_take(shared_locks(shared), &mine, (locks_key){NULL, 1}, false, false), LOCKS_FULL);
    locks_release_all(shared_locks(shared), &mine);
    CHECK_INT(locks_take(shared_locks(shared), &mine, (locks_key){NULL, 1}, false, false), LOCKS_TAKEN);
    locks_release_all(shared_locks(shared), &mine);
    locks_release_all(shared_locks(shared), &other);
    kl_shared_free(shared);
}

#ifdef KEMILUA_FAIL_ALLOC
static bool work(void)
{
    char text[16];
    bool good = true;
    const kl_value value = {.type = KL_TYPE_STR, .s = SPAN("some text")},
                   longer = {.type = KL_TYPE_STR, .s = SPAN("a text that is longer than that")};
    kl_shared *shared = kl_shared_new();
    if (!shared) return false;
    core_htable *table = define(shared, "t", 10, 0);
    good = table != NULL;
    for (unsigned i = 0; i < 40 && table; i++) {
        good &= htable_set(table, key_of(text, sizeof text, i), &value, 0, 0);
        good &= htable_set(table, key_of(text, sizeof text, i), &longer, 0, 0);
    }
    for (unsigned i = 0; i < 40 && table; i += 2) htable_remove(table, key_of(text, sizeof text, i));
    kl_shared_free(shared);
    return good;
}

static void failing_allocations_lose_nothing(void)
{
    const long before = mem_live();
    for (long n = 1; n < 400; n++) {
        mem_fail_after(n, 0);
        work();
        mem_fail_after(0, 0);
        CHECK_INT(mem_live(), before);
    }
    CHECK(work());
}
#else
static void failing_allocations_lose_nothing(void) { CHECK(true); }
#endif

/* Whatever happens between, the tables get back the items of the copy, at their places. */
static void a_copy_keeps_items_for_later(void)
{
    kl_shared *shared = kl_shared_new();
    htable_root *root = shared_htables(shared);
    core_htable *table = define(shared, "a", 0, 0), *other = define(shared, "b", 5, 0);
    model all[KEYS] = {{false, 0}}, kept[KEYS];
    uint32_t state = 3;
    const kl_value text = {.type = KL_TYPE_STR, .s = SPAN("a text of some length")};
    for (int i = 0; i < 2000; i++) step(table, all, &state);
    CHECK(htable_set(other, SPAN("k"), &text, 0, 10));
    htable_root *copy = htable_root_copy(root);
    REQUIRE(copy != NULL);
    memcpy(kept, all, sizeof kept);
    const size_t used = htable_memory(root);
    for (int round = 0; round < 3; round++) {
        htable_root *again = htable_root_copy(copy);
        REQUIRE(again != NULL);
        for (int i = 0; i < 2000; i++) step(table, all, &state);
        htable_clear(other);
        htable_root_swap(root, copy);
        htable_root_free(copy);
        copy = again;
        memcpy(all, kept, sizeof kept);
        check_order(table, all);
        CHECK_INT(htable_memory(root), used);
        CHECK_INT(htable_expire(other, SPAN("k"), 10), 5);
        kl_arena arena;
        kl_value got;
        arena_init(&arena, 0);
        CHECK(htable_get(other, SPAN("k"), 12, &arena, &got));
        CHECK_SPAN(got.s, "a text of some length");
        CHECK(!htable_has(other, SPAN("k"), 16));
        arena_free(&arena);
    }
    htable_root_free(copy);
    kl_shared_free(shared);
}

CHECK_MAIN(CHECK_TEST(any_order_of_changes_keeps_items_and_their_order),
           CHECK_TEST(expired_items_are_stepped_to_in_order), CHECK_TEST(memory_is_counted_and_bounded),
           CHECK_TEST(same_definition_gives_the_same_table), CHECK_TEST(locks_know_their_owner),
           CHECK_TEST(failing_allocations_lose_nothing), CHECK_TEST(a_copy_keeps_items_for_later))
