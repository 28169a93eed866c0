/* Regions: against a list of what was given out, at sizes from a byte to megabytes; marks; memory that ends. */
#include "check.h"

#include "base/mem.h"
#include "base/region/region.h"

#define HELD 400

/* Every byte of a block is told by its place in the list and its size. */
typedef struct held {
    unsigned char *at;
    size_t n;
} held;

static uint64_t state = 1;

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Mostly as Lua asks: small, now and then a table, seldom a long string. */
static size_t any_size(void)
{
    switch (any() % 16) {
    case 0: return (size_t)1 << (any() % 14);
    case 1: return (size_t)3 << (any() % 13);
    case 2: return 1 + any() % 5000;
    case 3: return any() % 8 ? 200 + any() % 200 : 1 + any() % 300000;
    default: return 1 + any() % 130;
    }
}

static unsigned char byte_of(size_t i, size_t n, size_t at) { return (unsigned char)(i * 31 + n * 7 + at); }

static void fill(const held *list, size_t i)
{
    for (size_t at = 0; at < list[i].n; at++) list[i].at[at] = byte_of(i, list[i].n, at);
}

static bool is_whole(const held *list, size_t i, size_t n, size_t upto)
{
    for (size_t at = 0; at < upto; at++)
        if (list[i].at[at] != byte_of(i, n, at)) return false;
    return true;
}

static bool all_whole(const held *list)
{
    for (size_t i = 0; i < HELD; i++)
        if (list[i].at && !is_whole(list, i, list[i].n, list[i].n)) return false;
    return true;
}

static bool apart(const held *list)
{
    for (size_t i = 0; i < HELD; i++)
        for (size_t k = 0; k < i; k++)
            if (list[i].at && list[k].at && list[i].at < list[k].at + list[k].n && list[k].at < list[i].at + list[i].n)
                return false;
    return true;
}

/* One step on one of the list: it comes, goes or changes its size. */
static void step(kl_region *region, held *list, bool growing)
{
    const size_t i = any() % HELD, n = any_size();
    if (!list[i].at) {
        list[i] = (held){region_alloc(region, n), n};
        REQUIRE(list[i].at);
        CHECK((uintptr_t)list[i].at % (n > REGION_SMALL ? 16 : 8) == 0);
        fill(list, i);
    } else if (any() % 3 == 0 || (!growing && any() % 3)) {
        CHECK(is_whole(list, i, list[i].n, list[i].n));
        region_release(region, list[i].at, list[i].n);
        list[i].at = NULL;
    } else {
        const size_t before = list[i].n, fewer = n < before ? n : before;
        list[i].at = region_realloc(region, list[i].at, before, n);
        REQUIRE(list[i].at);
        CHECK(is_whole(list, i, before, fewer));
        list[i].n = n;
        fill(list, i);
    }
}

static void release_all(kl_region *region, held *list)
{
    for (size_t i = 0; i < HELD; i++) {
        if (list[i].at) region_release(region, list[i].at, list[i].n);
        list[i].at = NULL;
    }
}

static void blocks_keep_their_bytes_and_stay_apart(void)
{
    static held list[HELD];
    for (uint64_t seed = 1; seed <= 6; seed++) {
        state = seed * 0x9E3779B97F4A7C15u;
        kl_region *region = region_new();
        for (int i = 0; i < 40000; i++) {
            step(region, list, i / 4000 % 2 == 0);
            if (i % 5000 == 0) CHECK(all_whole(list) && apart(list));
        }
        CHECK(all_whole(list));
        release_all(region, list);
        region_free(region);
    }
    CHECK_INT(mem_live(), 0);
}

static void memory_is_used_again(void)
{
    static held list[HELD];
    kl_region *region = region_new();
    size_t mapped = 0;
    for (int round = 0; round < 60; round++) {
        state = 77;
        for (int i = 0; i < 2000; i++) step(region, list, true);
        release_all(region, list);
        if (round == 2) mapped = region_mapped(region);
        if (round > 2) CHECK_INT(region_mapped(region), mapped);
    }
    region_free(region);
}

static void a_size_gives_its_memory_to_another(void)
{
    kl_region *region = region_new();
    static void *blocks[20000];
    size_t mapped = 0;
    for (size_t size = 16; size <= REGION_SMALL; size += 8) {
        const size_t count = sizeof blocks / sizeof *blocks * 16 / size;
        for (size_t i = 0; i < count; i++) blocks[i] = region_alloc(region, size);
        for (size_t i = 0; i < count; i++) region_release(region, blocks[i], size);
        if (size == 16) mapped = region_mapped(region);
    }
    CHECK(region_mapped(region) <= mapped + mapped / 2);
    region_free(region);
}

static void a_large_block_goes_back_to_the_system(void)
{
    kl_region *region = region_new();
    void *small = region_alloc(region, 1000);
    const size_t before = region_mapped(region);
    for (int i = 0; i < 20; i++) {
        void *large = region_alloc(region, (size_t)5 << 20);
        CHECK(region_mapped(region) >= before + ((size_t)5 << 20));
        region_release(region, large, (size_t)5 << 20);
        CHECK_INT(region_mapped(region), before);
    }
    static void *blocks[400000];
    for (size_t i = 0; i < 400000; i++) blocks[i] = region_alloc(region, 56);
    CHECK(region_mapped(region) > before + 22400000);
    for (size_t i = 0; i < 400000; i++) region_release(region, blocks[i], 56);
    CHECK(region_mapped(region) < before + 6000000);
    region_release(region, small, 1000);
    region_free(region);
}

static void growing_at_the_end_stays_in_place(void)
{
    kl_region *region = region_new();
    unsigned char *block = region_alloc(region, 300), *grown = block;
    for (size_t n = 300; n < 8000; n += 100) {
        grown = region_realloc(region, grown, n, n + 100);
        CHECK(grown == block);
    }
    CHECK(region_realloc(region, grown, 8000, 600) == block);
    CHECK((unsigned char *)region_alloc(region, 7000) > block);
    region_free(region);
}

static void sizes_that_cannot_be_are_refused(void)
{
    kl_region *region = region_new();
    CHECK(!region_alloc(region, SIZE_MAX) && !region_alloc(region, SIZE_MAX - 8) &&
          !region_alloc(region, SIZE_MAX / 2));
    CHECK(!region_alloc(region, (size_t)1 << 50));
    void *block = region_alloc(region, 400);
    CHECK(!region_realloc(region, block, 400, SIZE_MAX - 20));
    region_release(region, block, 400);
    region_free(region);
}

static void failing_allocations_change_nothing(void)
{
    mem_fail_after(1, 0);
    CHECK(!region_new());
    kl_region *region = region_new();
    REQUIRE(region);
    unsigned char *block = region_alloc(region, 40);
    memset(block, 'x', 40);
    mem_fail_after(1, 1);
    CHECK(!region_alloc(region, 1) && !region_alloc(region, 1000) && !region_realloc(region, block, 40, 4000));
    CHECK(!region_mark(region) && !region_is_marked(region));
    CHECK(region_realloc(region, block, 40, 20) != NULL);
    mem_fail_after(0, 0);
    region_free(region);
    CHECK_INT(mem_live(), 0);
}

/* ---- marks */

static void rewinding_restores_every_byte_where_it_was(void)
{
    static held list[HELD], then[HELD];
    for (uint64_t seed = 1; seed <= 4; seed++) {
        state = seed * 0x2545F4914F6CDD1Du;
        kl_region *region = region_new();
        for (int i = 0; i < 3000; i++) step(region, list, true);
        memcpy(then, list, sizeof list);
        REQUIRE(region_mark(region));
        const size_t mapped = region_mapped(region);
        for (int round = 0; round < 20; round++) {
            const int steps = round % 5 * 1500;
            for (int i = 0; i < steps; i++) step(region, list, round % 2 == 0);
            if (round % 7 == 3) release_all(region, list);
            region_rewind(region);
            memcpy(list, then, sizeof list);
            CHECK(all_whole(list));
            CHECK_INT(region_mapped(region), mapped);
        }
        for (int i = 0; i < 3000; i++) step(region, list, true);
        CHECK(all_whole(list) && apart(list));
        region_unmark(region);
        for (int i = 0; i < 3000; i++) step(region, list, false);
        release_all(region, list);
        region_free(region);
    }
    CHECK_INT(mem_live(), 0);
}

/* So a run after a rewind is the same, addresses and all. */
static void after_a_rewind_the_same_asked_gives_the_same_addresses(void)
{
    static held list[HELD], then[HELD], after[HELD];
    kl_region *region = region_new();
    state = 5;
    for (int i = 0; i < 2000; i++) step(region, list, true);
    memcpy(then, list, sizeof list);
    REQUIRE(region_mark(region));
    for (int round = 0; round < 3; round++) {
        state = 6;
        for (int i = 0; i < 1000; i++) step(region, list, true);
        if (round == 0) memcpy(after, list, sizeof list);
        else
            for (size_t i = 0; i < HELD; i++) CHECK(list[i].n <= 250000 ? list[i].at == after[i].at : true);
        region_rewind(region);
        memcpy(list, then, sizeof list);
    }
    region_free(region);
}

/* A block that ends where nothing has been given out yet is filled to its last byte. */
static void the_last_block_is_rewound_to_its_end(void)
{
    for (size_t n = 500; n < 516; n++) {
        kl_region *region = region_new();
        unsigned char *last = region_alloc(region, n);
        memset(last, 'a', n);
        CHECK(region_mark(region));
        for (int i = 0; i < 2; i++) {
            memset(last, 'b', n);
            region_rewind(region);
            for (size_t at = 0; at < n; at++) CHECK_INT(last[at], 'a');
        }
        unsigned char *next = region_alloc(region, n);
        region_release(region, next, n);
        memset(last, 'c', n); /* is its own still */
        region_free(region);
    }
}

static void marks_are_a_stack(void)
{
    kl_region *region = region_new();
    char *text = region_alloc(region, 8);
    strcpy(text, "one");
    REQUIRE(region_mark(region));
    strcpy(text, "two");
    char *more = region_alloc(region, 100000);
    strcpy(more, "more");
    REQUIRE(region_mark(region));
    strcpy(text, "three");
    region_release(region, more, 100000);
    region_rewind(region);
    CHECK_STR(text, "two");
    CHECK_STR(more, "more");
    region_rewind(region);
    region_unmark(region);
    CHECK_STR(text, "two");
    region_rewind(region);
    CHECK_STR(text, "one");
    CHECK((char *)region_alloc(region, 100000) == more);
    region_unmark(region);
    CHECK(!region_is_marked(region));
    region_free(region);
    CHECK_INT(mem_live(), 0);
}

static void what_is_marked_stays_mapped(void)
{
    const size_t n = (size_t)6 << 20;
    kl_region *region = region_new();
    char *large = region_alloc(region, n);
    large[0] = 'a', large[n - 1] = 'z';
    REQUIRE(region_mark(region));
    const size_t mapped = region_mapped(region);
    region_release(region, large, n);
    CHECK_INT(region_mapped(region), mapped);
    char *again = region_alloc(region, n);
    memset(again, 'x', n);
    region_rewind(region);
    CHECK(large[0] == 'a' && large[n - 1] == 'z');
    region_unmark(region);
    region_release(region, large, n);
    CHECK(region_mapped(region) < mapped);
    region_free(region);
}

CHECK_MAIN(CHECK_TEST(blocks_keep_their_bytes_and_stay_apart), CHECK_TEST(memory_is_used_again),
           CHECK_TEST(a_size_gives_its_memory_to_another), CHECK_TEST(a_large_block_goes_back_to_the_system),
           CHECK_TEST(growing_at_the_end_stays_in_place), CHECK_TEST(sizes_that_cannot_be_are_refused),
           CHECK_TEST(failing_allocations_change_nothing), CHECK_TEST(rewinding_restores_every_byte_where_it_was),
           CHECK_TEST(after_a_rewind_the_same_asked_gives_the_same_addresses),
           CHECK_TEST(the_last_block_is_rewound_to_its_end), CHECK_TEST(marks_are_a_stack),
           CHECK_TEST(what_is_marked_stays_mapped))
