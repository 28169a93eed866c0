/* What is kept aside: by ticket, in order, and no more than there may be. */
#include "check.h"

#include "base/mem.h"
#include "net/held.h"

static bool put(held_messages *held, int64_t ticket, const char *text)
{
    const kl_effect effect = {.kind = KL_EFFECT_SEND, .host = SPAN("h"), .data = span_text(text), .ticket = ticket};
    return held_put(held, &effect, NULL);
}

static void check_taken(held_messages *held, int64_t ticket, const char *expected)
{
    char got[64] = "";
    for (held_item *one = held_take(held, ticket), *next; one; one = next) {
        next = one->next;
        CHECK_INT(one->effect.ticket, 0);
        strncat(got, one->effect.data.s, one->effect.data.n);
        kl_free(one);
    }
    CHECK_STR(got, expected);
}

static void each_ticket_has_its_own_in_order(void)
{
    held_messages held;
    held_init(&held, 1000, 1000);
    const int64_t tickets[] = {5, 3, 9, 5, 3, 1, 5};
    for (size_t i = 0; i < 7; i++) CHECK(put(&held, tickets[i], (char[]){(char)('a' + i), '\0'}));
    check_taken(&held, 5, "adg");
    check_taken(&held, 5, "");
    check_taken(&held, 4, "");
    CHECK(put(&held, 4, "x"));
    check_taken(&held, 1, "f");
    check_taken(&held, 9, "c");
    check_taken(&held, 3, "be");
    check_taken(&held, 4, "x");
    CHECK_INT(held.count, 0);
    CHECK_INT(held.bytes, 0);
    for (int64_t ticket = 100; ticket > 0; ticket--) CHECK(put(&held, ticket, "y"));
    check_taken(&held, 50, "y");
    held_done(&held);
    CHECK_INT(mem_live(), 0);
}

static void there_may_be_so_many(void)
{
    held_messages held;
    held_init(&held, 3, 5);
    CHECK(put(&held, 1, "aaa"));
    CHECK(!put(&held, 2, "bbb"));
    CHECK(put(&held, 2, "bb"));
    CHECK(!put(&held, 2, "c"));
    check_taken(&held, 1, "aaa");
    CHECK(put(&held, 1, "a"));
    CHECK(put(&held, 1, "b"));
    CHECK(!put(&held, 1, "c"));
    held_done(&held);
}

#ifdef KEMILUA_FAIL_ALLOC
static void memory_may_end_anywhere(void)
{
    for (long n = 1, refused = 1; refused; n++) {
        held_messages held;
        held_init(&held, 100, 100);
        mem_fail_after(n, 1);
        for (int64_t ticket = 1; ticket < 40; ticket++) put(&held, ticket, "x");
        refused = mem_refused();
        mem_fail_after(0, 0);
        CHECK_INT(held.count, held.bytes);
        held_done(&held);
        CHECK_INT(mem_live(), 0);
    }
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(memory_may_end_anywhere),
#endif
    CHECK_TEST(each_ticket_has_its_own_in_order), CHECK_TEST(there_may_be_so_many))
