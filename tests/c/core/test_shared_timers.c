/* What exists once for many engines happens once, in the engine whose turn it is. */
#include "check.h"

#include <pthread.h>

#include "core/shared.h"

enum { ONE, OTHER };

typedef struct ring {
    shared_timer timer;
    kl_shared *shared;
    int times;
    shared_timer *stops; /* what it stops when it rings */
} ring;

static void count(kl_ctx *ctx, shared_timer *timer)
{
    ring *one = timer_owner(timer, ring, timer);
    (void)ctx;
    one->times++;
    if (one->stops) shared_timer_stop(shared_timers_of(one->shared), one->stops);
}

typedef struct house {
    kl_shared *shared;
    shared_timers *timers;
    kl_inbox *boxes[3];
    int count;
} house;

static void add_engine(house *it, unsigned groups)
{
    const unsigned char key[16] = {1};
    kl_inbox *box = it->boxes[it->count++] = inbox_new(0);
    int number = -1;
    CHECK_INT(shared_join(it->shared, box, 0, key, &number), KL_OK);
    for (unsigned group = 0; group < 2; group++)
        if (groups & 1u << group) CHECK(shared_timers_join(it->timers, group, number));
}

static house house_of(unsigned first, unsigned second, unsigned third)
{
    house it = {.shared = kl_shared_new()};
    it.timers = shared_timers_of(it.shared);
    add_engine(&it, first);
    add_engine(&it, second);
    add_engine(&it, third);
    return it;
}

static void leave(house *it)
{
    for (int i = 0; i < it->count; i++) kl_inbox_free(it->boxes[i]);
    kl_shared_free(it->shared);
}

static bool set(house *it, ring *one, unsigned group, int64_t when)
{
    return shared_set_timer(it->shared, 2, &one->timer, group, count, when);
}

static int64_t next_of(house *it, int engine)
{
    int64_t when = -1;
    return shared_timers_next(it->timers, engine, &when) ? when : -1;
}

static void run_all(house *it, int64_t now)
{
    for (int engine = 2; engine >= 0; engine--) shared_timers_run(it->timers, engine, now, NULL);
}

static bool was_told(kl_inbox *box)
{
    inbox_input *input = inbox_take(box);
    const bool told = input && input->kind == KL_INPUT_TIMER && input->timer.now < 0;
    if (input) inbox_drop(box, input);
    return told;
}

static void the_first_engine_of_three_runs_it_once(void)
{
    house it = house_of(1, 1, 1);
    ring one = {0};
    REQUIRE(set(&it, &one, ONE, 10));
    CHECK_INT(next_of(&it, 0), 10);
    CHECK_INT(next_of(&it, 1), -1);
    CHECK(!shared_timers_are_due(it.timers, 9));
    CHECK(shared_timers_are_due(it.timers, 10));
    run_all(&it, 9);
    CHECK_INT(one.times, 0);
    run_all(&it, 10);
    run_all(&it, 20);
    CHECK_INT(one.times, 1);
    CHECK(!shared_timer_is_set(it.timers, &one.timer));
    CHECK(!shared_timers_are_due(it.timers, INT64_MAX - 1));
    leave(&it);
}

static void the_next_engine_takes_over(void)
{
    house it = house_of(1, 1, 1);
    ring one = {0};
    REQUIRE(set(&it, &one, ONE, 10));
    shared_leave(it.shared, 0);
    CHECK_INT(next_of(&it, 0), -1);
    CHECK_INT(next_of(&it, 1), 10);
    shared_leave(it.shared, 1);
    run_all(&it, 10);
    CHECK_INT(one.times, 1);
    shared_leave(it.shared, 2);
    leave(&it);
}

static void an_engine_runs_what_it_has_joined(void)
{
    house it = house_of(1 << ONE, 1 << ONE | 1 << OTHER, 1 << OTHER);
    ring one = {0}, other = {0};
    REQUIRE(set(&it, &one, ONE, 10) && set(&it, &other, OTHER, 20));
    CHECK_INT(next_of(&it, 0), 10);
    CHECK_INT(next_of(&it, 1), 20);
    CHECK_INT(next_of(&it, 2), -1);
    shared_timers_run(it.timers, 0, 30, NULL);
    CHECK_INT(one.times, 1);
    CHECK_INT(other.times, 0);
    shared_timers_run(it.timers, 1, 30, NULL);
    CHECK_INT(other.times, 1);
    leave(&it);
}

static void who_runs_it_hears_of_an_earlier_time(void)
{
    house it = house_of(1, 1, 1);
    ring one = {0}, two = {0};
    REQUIRE(set(&it, &one, ONE, 100));
    CHECK(was_told(it.boxes[0]));
    REQUIRE(set(&it, &two, ONE, 200));
    CHECK(!was_told(it.boxes[0]));
    REQUIRE(set(&it, &two, ONE, 50));
    CHECK(was_told(it.boxes[0]));
    CHECK(!was_told(it.boxes[1]));
    leave(&it);
}

static void one_that_is_stopped_by_another_does_not_ring(void)
{
    house it = house_of(1, 1, 1);
    ring two = {0}, one = {.shared = it.shared, .stops = &two.timer};
    REQUIRE(set(&it, &one, ONE, 10) && set(&it, &two, ONE, 10));
    run_all(&it, 10);
    CHECK_INT(one.times, 1);
    CHECK_INT(two.times, 0);
    REQUIRE(set(&it, &two, ONE, 20));
    run_all(&it, 20);
    CHECK_INT(two.times, 1);
    leave(&it);
}

/* Three threads, each an engine of its own, and a fourth that sets the timer anew as soon as it has rung. */
typedef struct racer {
    house *it;
    int engine;
    atomic_bool *over;
    atomic_llong *now;
} racer;

static atomic_int rings;
static void ring_once(kl_ctx *ctx, shared_timer *timer)
{
    (void)ctx, (void)timer;
    atomic_fetch_add(&rings, 1);
}

static void *race(void *arg)
{
    const racer *one = arg;
    while (!atomic_load(one->over)) shared_timers_run(one->it->timers, one->engine, atomic_load(one->now), NULL);
    return NULL;
}

static void threads_ring_it_as_often_as_it_was_set(void)
{
    house it = house_of(1, 1, 1);
    shared_timer timer = {0};
    atomic_bool over;
    atomic_llong now;
    atomic_init(&over, false);
    atomic_init(&now, 0);
    racer racers[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        racers[i] = (racer){&it, i, &over, &now};
        REQUIRE(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
    }
    const int times = 300;
    for (int i = 1; i <= times; i++) {
        CHECK(shared_timer_set(it.timers, &timer, ONE, ring_once, i * 10, NULL));
        atomic_store(&now, i * 10);
        if (i == times / 2) shared_timers_leave(it.timers, 0); /* the second takes over in the middle */
        while (atomic_load(&rings) < i) sched_yield();
    }
    atomic_store(&over, true);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    CHECK_INT(atomic_load(&rings), times);
    leave(&it);
}

static void what_was_set_at_a_copy_rings_again(void)
{
    int64_t when = 0;
    kl_ctx ctx = {.number = 0};
    house it = house_of(1, 1, 1);
    ring one = {.shared = it.shared}, other = {.shared = it.shared};
    CHECK(set(&it, &one, ONE, 10));
    shared_timers_copy *copy = shared_timers_save(it.timers);
    REQUIRE(copy != NULL);
    for (int i = 1; i <= 3; i++) {
        CHECK(set(&it, &other, ONE, 5));
        shared_timers_run(it.timers, 0, 20, &ctx);
        CHECK(!shared_timers_are_due(it.timers, 20));
        CHECK_INT(one.times, i);
        CHECK_INT(other.times, i);
        shared_timers_rewind(it.timers, copy);
        CHECK(shared_timer_is_set(it.timers, &one.timer) && !shared_timer_is_set(it.timers, &other.timer));
        CHECK(shared_timers_next(it.timers, 0, &when) && shared_timers_are_due(it.timers, 10));
        CHECK_INT(when, 10);
    }
    shared_timers_copy_free(copy);
    leave(&it);
}

CHECK_MAIN(CHECK_TEST(the_first_engine_of_three_runs_it_once), CHECK_TEST(the_next_engine_takes_over),
           CHECK_TEST(an_engine_runs_what_it_has_joined), CHECK_TEST(who_runs_it_hears_of_an_earlier_time),
           CHECK_TEST(one_that_is_stopped_by_another_does_not_ring), CHECK_TEST(threads_ring_it_as_often_as_it_was_set),
           CHECK_TEST(what_was_set_at_a_copy_rings_again))
