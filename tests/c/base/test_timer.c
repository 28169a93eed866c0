/* The wheel against a list that is searched: what goes off, when, and in which order. */
#include "base/timer.h"

#include "base/mem.h"
#include "check.h"

#define MOST     4000
#define GONE_OFF 20000

typedef struct one {
    timer_id id;
    int64_t when;      /* of the model; -1: not set */
    unsigned long set; /* the how many-th setting */
} one;

static timer_wheel wheel;
static one all[MOST];
static unsigned long settings;
static struct {
    const one *timer;
    int64_t when;
} fired[GONE_OFF];
static size_t fired_count;
static void (*meanwhile)(one *timer);

static void fire(timer_id *id, int64_t when, void *arg)
{
    one *timer = timer_owner(id, one, id);
    CHECK(arg == &wheel);
    CHECK_INT(timer->id, 0);
    CHECK_INT(timer->when, when);
    timer->when = -1;
    if (fired_count < GONE_OFF) {
        fired[fired_count].timer = timer;
        fired[fired_count++].when = when;
    }
    if (meanwhile) meanwhile(timer);
}

static void open_wheel(void)
{
    timer_init(&wheel);
    memset(all, 0, sizeof all);
    for (int i = 0; i < MOST; i++) all[i].when = -1;
    settings = fired_count = 0;
    meanwhile = NULL;
}

static void set(one *timer, int64_t when)
{
    const int64_t passed = wheel.until > wheel.now ? wheel.until : wheel.now;
    CHECK(timer_set(&wheel, &timer->id, when, fire));
    timer->when = when > passed ? when : passed + 1;
    timer->set = ++settings;
}

static void stop(one *timer)
{
    timer_stop(&wheel, &timer->id);
    CHECK(!timer_is_set(timer->id));
    timer->when = -1;
}

/* The first of the model by time and order of setting. */
static const one *model_first(int count)
{
    const one *first = NULL;
    for (int i = 0; i < count; i++)
        if (all[i].when >= 0 &&
            (!first || all[i].when < first->when || (all[i].when == first->when && all[i].set < first->set)))
            first = &all[i];
    return first;
}

static void check_next(int count)
{
    int64_t when = -1;
    const one *first = model_first(count);
    const int64_t soonest = timer_soonest(&wheel);
    CHECK(first ? soonest > wheel.now && soonest <= first->when : soonest == INT64_MAX);
    CHECK_INT(timer_next(&wheel, &when), first != NULL);
    CHECK_INT(timer_soonest(&wheel), first ? first->when : INT64_MAX);
    if (first) CHECK_INT(when, first->when);
}

static void timers_go_off_in_order(void)
{
    static const int64_t times[] = {5, 1000000, 64, 63, 65, 4096, 4095, 5, 1, 262144, 262143, 5};
    const int count = (int)(sizeof times / sizeof *times);
    open_wheel();
    for (int i = 0; i < count; i++) set(&all[i], times[i]);
    check_next(count);
    CHECK_INT(timer_run(&wheel, 4095, &wheel), 8);
    static const int order[] = {8, 0, 7, 11, 3, 2, 4, 6};
    for (int i = 0; i < 8; i++) CHECK(fired[i].timer == &all[order[i]]);
    check_next(count);
    CHECK_INT(timer_run(&wheel, 4095, &wheel), 0);
    CHECK_INT(timer_run(&wheel, 5000000, &wheel), 4);
    CHECK(!timer_next(&wheel, &(int64_t){0}));
    timer_free(&wheel);
    CHECK_INT(mem_live(), 0);
}

static void those_of_one_time_keep_their_order_across_levels(void)
{
    open_wheel();
    set(&all[0], 300);
    timer_run(&wheel, 250, &wheel);
    set(&all[1], 300);
    timer_run(&wheel, 299, &wheel);
    set(&all[2], 300);
    set(&all[0], 300); /* anew: behind the others */
    CHECK_INT(timer_run(&wheel, 300, &wheel), 3);
    CHECK(fired[0].timer == &all[1] && fired[1].timer == &all[2] && fired[2].timer == &all[0]);
    timer_free(&wheel);
}

static void thousands_of_one_time_go_off_as_they_were_set(void)
{
    open_wheel();
    for (int i = 0; i < MOST; i++) set(&all[i * 1237 % MOST], i % 2 ? 70000 : 5);
    for (int i = 0; i < MOST; i += 2) set(&all[i * 1237 % MOST], 70000);
    for (int i = 0; i < MOST; i += 5) stop(&all[i]);
    CHECK_INT(timer_run(&wheel, 69999, &wheel), 0);
    CHECK_INT(timer_run(&wheel, 70000, &wheel), MOST - MOST / 5);
    for (size_t i = 1; i < fired_count; i++) CHECK(fired[i - 1].timer->set < fired[i].timer->set);
    timer_free(&wheel);
}

static void time_that_has_passed_is_the_next_one(void)
{
    open_wheel();
    timer_run(&wheel, 1000, &wheel);
    set(&all[0], 1000);
    set(&all[1], -5);
    check_next(2);
    CHECK_INT(timer_run(&wheel, 900, &wheel), 0);
    CHECK_INT(timer_run(&wheel, 1001, &wheel), 2);
    timer_free(&wheel);
}

static void again(one *timer) { set(timer, 0); }

/* What sets itself for at once goes off in the next run. */
static void run_ends(void)
{
    open_wheel();
    meanwhile = again;
    set(&all[0], 10);
    CHECK_INT(timer_run(&wheel, 100, &wheel), 1);
    check_next(1);
    CHECK_INT(all[0].when, 101);
    CHECK_INT(timer_run(&wheel, 200, &wheel), 1);
    timer_free(&wheel);
    CHECK_INT(all[0].id, 0);
}

static void stop_others(one *timer)
{
    for (int i = 0; i < 40; i++)
        if (&all[i] != timer && (i & 1)) stop(&all[i]);
}

static void timer_that_goes_off_may_stop_those_of_its_time(void)
{
    open_wheel();
    for (int i = 0; i < 40; i++) set(&all[i], 500);
    meanwhile = stop_others;
    CHECK_INT(timer_run(&wheel, 1000, &wheel), 20);
    CHECK_INT(wheel.count, 0);
    timer_free(&wheel);
}

static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void disturb(one *timer)
{
    one *other = &all[draw() % 300];
    if (draw() % 3 == 0) set(other, wheel.now + (int64_t)(draw() % 5000));
    else if (draw() % 3 == 0) stop(other);
    else if (draw() % 4 == 0) set(timer, wheel.until + (int64_t)(draw() % 100));
}

static void it_does_what_a_list_does(void)
{
    open_wheel();
    meanwhile = disturb;
    int64_t now = 1700000000000000;
    timer_run(&wheel, now, &wheel);
    for (int step = 0; step < 60000; step++) {
        one *timer = &all[draw() % 300];
        const uint64_t what = draw() % 10;
        if (what < 6) set(timer, now + (int64_t)(draw() % (UINT64_C(1) << draw() % 34)));
        else if (what < 9) stop(timer);
        else {
            now += (int64_t)(draw() % (UINT64_C(1) << draw() % 28));
            fired_count = 0;
            timer_run(&wheel, now, &wheel);
            for (size_t i = 1; i < fired_count; i++) CHECK(fired[i - 1].when <= fired[i].when);
            const one *first = model_first(300);
            CHECK(!first || first->when > now);
            CHECK(timer_soonest(&wheel) > now);
        }
        if (step % 16 == 0) check_next(300);
    }
    timer_free(&wheel);
    CHECK_INT(mem_live(), 0);
}

/* In what order those of the model would go off: without disturbance, each run is the sorted list. */
static void each_run_is_the_sorted_list(void)
{
    open_wheel();
    int64_t now = 12345;
    for (int step = 0; step < 300; step++) {
        for (int i = 0; i < 30; i++) set(&all[draw() % 200], now + (int64_t)(draw() % 300));
        now += (int64_t)(draw() % 200);
        one copy[200];
        memcpy(copy, all, sizeof copy);
        fired_count = 0;
        timer_run(&wheel, now, &wheel);
        for (size_t i = 0; i < fired_count; i++) {
            const size_t at = (size_t)(fired[i].timer - all);
            CHECK_INT(copy[at].when, fired[i].when);
            if (i > 0 && fired[i - 1].when == fired[i].when) CHECK(copy[fired[i - 1].timer - all].set < copy[at].set);
        }
    }
    timer_free(&wheel);
}

/* As transactions do: what is set is stopped long before its time, and now goes on meanwhile. */
static void what_was_stopped_does_not_stay_behind(void)
{
    open_wheel();
    int64_t now = 1700000000000000;
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < 5; i++) set(&all[i], now + (int64_t)(draw() % 600000) + 1);
        for (int i = 0; i < 5; i++)
            if (round % 7 || i) stop(&all[i]);
        check_next(5);
        now += (int64_t)(draw() % 50000);
        timer_run(&wheel, now, &wheel);
        CHECK(timer_soonest(&wheel) > now);
    }
    CHECK(wheel.cap <= 1024);
    timer_free(&wheel);
    CHECK_INT(mem_live(), 0);
}

static void end_of_time_is_a_time(void)
{
    open_wheel();
    set(&all[0], 1);
    CHECK(timer_set(&wheel, &all[1].id, INT64_MAX, fire));
    CHECK_INT(timer_run(&wheel, 2, &wheel), 1);
    all[1].when = (INT64_C(1) << TIMER_BITS * TIMER_LEVELS) - 1;
    check_next(2);
    CHECK_INT(timer_run(&wheel, INT64_MAX, &wheel), 1);
    CHECK(timer_set(&wheel, &all[1].id, INT64_MAX, fire));
    CHECK_INT(timer_run(&wheel, INT64_MAX, &wheel), 0);
    timer_stop(&wheel, &all[1].id);
    timer_free(&wheel);
}

static void short_memory_changes_nothing(void)
{
    for (long countdown = 1; countdown < 4; countdown++) {
        open_wheel();
        mem_fail_after(countdown, 1);
        CHECK(!timer_set(&wheel, &all[0].id, 5, fire));
        mem_fail_after(0, 0);
        CHECK_INT(all[0].id, 0);
        CHECK(!timer_next(&wheel, &(int64_t){0}));
        set(&all[0], 5);
        CHECK_INT(timer_run(&wheel, 5, &wheel), 1);
        timer_free(&wheel);
        CHECK_INT(mem_live(), 0);
    }
}

static void freeing_takes_back_the_ids(void)
{
    open_wheel();
    for (int i = 0; i < MOST; i++) set(&all[i], i * 7);
    timer_free(&wheel);
    for (int i = 0; i < MOST; i++) CHECK_INT(all[i].id, 0);
    CHECK_INT(mem_live(), 0);
}

/* Every timer as it was set at the time of the copy, and both lives go off alike. */
static void a_copy_brings_the_same_timers_back(void)
{
    timer_wheel copy;
    open_wheel();
    for (int i = 0; i < 500; i++) set(&all[i], 1 + i * 7919 % 3001);
    timer_run(&wheel, 1000, &wheel);
    for (int i = 0; i < 500; i += 5) stop(&all[i]);
    CHECK(timer_copy(&wheel, &copy));
    static one model[MOST];
    memcpy(model, all, sizeof model);
    size_t counts[3];
    for (int life = 0; life < 3; life++) {
        fired_count = 0;
        for (int i = 400; i < 400 + life * 1000; i++) set(&all[i], 1500 + i); /* and the wheel grows */
        if (life == 1) timer_run(&wheel, 1700, &wheel);
        timer_rewind(&wheel, &copy);
        memcpy(all, model, sizeof model);
        fired_count = 0;
        counts[life] = timer_run(&wheel, 2000, &wheel);
        CHECK_INT(counts[life], fired_count);
        CHECK_INT(counts[life], counts[0]);
        CHECK(counts[life] > 100);
        timer_rewind(&wheel, &copy);
        for (int i = 0; i < MOST; i++) CHECK_INT(all[i].id, model[i].id);
        memcpy(all, model, sizeof model);
    }
    timer_copy_free(&copy);
    timer_free(&wheel);
}

static void a_copy_of_none_takes_all_back(void)
{
    timer_wheel copy;
    int64_t when;
    open_wheel();
    CHECK(timer_copy(&wheel, &copy));
    for (int i = 0; i < 100; i++) set(&all[i], 5 + i);
    timer_rewind(&wheel, &copy);
    for (int i = 0; i < 100; i++) CHECK_INT(all[i].id, 0);
    CHECK(!timer_next(&wheel, &when));
    set(&all[0], 7);
    CHECK_INT(timer_run(&wheel, 7, &wheel), 1);
    timer_copy_free(&copy);
    timer_free(&wheel);
}

CHECK_MAIN(CHECK_TEST(timers_go_off_in_order), CHECK_TEST(those_of_one_time_keep_their_order_across_levels),
           CHECK_TEST(thousands_of_one_time_go_off_as_they_were_set), CHECK_TEST(time_that_has_passed_is_the_next_one),
           CHECK_TEST(run_ends), CHECK_TEST(timer_that_goes_off_may_stop_those_of_its_time),
           CHECK_TEST(it_does_what_a_list_does), CHECK_TEST(each_run_is_the_sorted_list),
           CHECK_TEST(what_was_stopped_does_not_stay_behind), CHECK_TEST(end_of_time_is_a_time),
           CHECK_TEST(short_memory_changes_nothing), CHECK_TEST(freeing_takes_back_the_ids),
           CHECK_TEST(a_copy_brings_the_same_timers_back), CHECK_TEST(a_copy_of_none_takes_all_back))
