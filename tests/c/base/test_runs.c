/* A list of rows by address: what it tells is what was put in, whatever takes the place of what. */
#include "check.h"

#include "base/runs.h"

static const uint64_t some[] = {10, 11, 12, 13, 14}, others[] = {20, 21, 22};

static uint64_t at(const run_list *list, size_t number) { return *(const uint64_t *)runs_at(list, number); }

static void add_all(run_list *list, const uint64_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) CHECK(runs_add(list, &rows[i]));
}

static void rows_keep_their_numbers(void)
{
    run_list list;
    runs_init(&list, sizeof *some);
    CHECK_INT(list.count, 0);
    add_all(&list, some, 2);
    add_all(&list, others, 3);
    add_all(&list, some + 2, 3);
    const uint64_t wanted[] = {10, 11, 20, 21, 22, 12, 13, 14};
    CHECK_INT(list.count, 8);
    for (size_t i = 0; i < 8; i++) CHECK_INT(at(&list, i), wanted[i]);
    CHECK(runs_at(&list, 3) == &others[1]);
    runs_free(&list);
    CHECK_INT(list.count, 0);
}

/* Each row of each list in turn: the first, one in the middle, the last, one that stands alone. */
static void one_takes_the_place_of_another(void)
{
    static const uint64_t alone = 99;
    for (size_t number = 0; number < 8; number++) {
        run_list list;
        runs_init(&list, sizeof *some);
        add_all(&list, some, 5);
        add_all(&list, others, 3);
        for (int twice = 0; twice < 2; twice++) {
            CHECK(runs_replace(&list, number, &alone));
            CHECK_INT(list.count, 8);
            for (size_t i = 0; i < 8; i++) CHECK_INT(at(&list, i), i == number ? 99 : i < 5 ? some[i] : others[i - 5]);
        }
        CHECK(runs_add(&list, &some[0]));
        CHECK_INT(at(&list, 8), 10);
        runs_free(&list);
    }
}

static void every_other_one_is_replaced(void)
{
    uint64_t many[64], mine[64];
    run_list list;
    runs_init(&list, sizeof *many);
    for (size_t i = 0; i < 64; i++) {
        many[i] = i;
        mine[i] = 1000 + i;
        CHECK(runs_add(&list, &many[i]));
    }
    for (size_t i = 0; i < 64; i += 2) CHECK(runs_replace(&list, i, &mine[63 - i]));
    for (size_t i = 0; i < 64; i++) CHECK_INT(at(&list, i), i % 2 ? i : 1063 - i);
    runs_free(&list);
}

CHECK_MAIN(CHECK_TEST(rows_keep_their_numbers), CHECK_TEST(one_takes_the_place_of_another),
           CHECK_TEST(every_other_one_is_replaced))
