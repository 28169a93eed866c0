#include "shared_timers.h"

#include "base/mem.h"
#include "base/mutex.h"
#include "base/status.h"

bool shared_timers_init(shared_timers *timers)
{
    atomic_init(&timers->earliest, INT64_MAX);
    return mutex_init(&timers->lock);
}

void shared_timers_done(shared_timers *timers)
{
    for (unsigned i = 0; i < SHARED_MAX_GROUPS; i++) {
        if (timers->groups[i]) timer_free(&timers->groups[i]->wheel);
        kl_free(timers->groups[i]);
    }
    pthread_mutex_destroy(&timers->lock);
}

static void enter(shared_timers *timers) { pthread_mutex_lock(&timers->lock); }
static void leave(shared_timers *timers) { pthread_mutex_unlock(&timers->lock); }

/* ---- who runs what */

static int runner_of(const shared_group *group)
{
    for (unsigned i = 0; i < SHARED_MAX_ENGINES / 64; i++)
        if (group->members[i]) return (int)(i * 64) + __builtin_ctzll(group->members[i]);
    return -1;
}

bool shared_timers_join(shared_timers *timers, unsigned group, int engine)
{
    enter(timers);
    shared_group *joined = timers->groups[group];
    if (!joined && (joined = kl_calloc(1, sizeof *joined))) {
        timer_init(&joined->wheel);
        joined->last_due = &joined->due;
        timers->groups[group] = joined;
    }
    if (joined) joined->members[engine / 64] |= UINT64_C(1) << engine % 64;
    leave(timers);
    return joined != NULL;
}

void shared_timers_leave(shared_timers *timers, int engine)
{
    enter(timers);
    for (unsigned i = 0; i < SHARED_MAX_GROUPS; i++)
        if (timers->groups[i]) timers->groups[i]->members[engine / 64] &= ~(UINT64_C(1) << engine % 64);
    leave(timers);
}

/* ---- setting */

static void note_earliest(shared_timers *timers)
{
    int64_t when, earliest = INT64_MAX;
    for (unsigned i = 0; i < SHARED_MAX_GROUPS; i++)
        if (timers->groups[i] && timer_next(&timers->groups[i]->wheel, &when) && when < earliest) earliest = when;
    atomic_store_explicit(&timers->earliest, earliest, memory_order_relaxed);
}

/* What all of them go off with. */
static void list_due(timer_id *id, int64_t when, void *arg)
{
    shared_group *group = arg;
    shared_timer *timer = timer_owner(id, shared_timer, id);
    (void)when;
    timer->is_due = true;
    if (timer->is_listed) return;
    timer->is_listed = true;
    timer->next_due = NULL;
    *group->last_due = timer;
    group->last_due = &timer->next_due;
}

bool shared_timer_set(shared_timers *timers, shared_timer *timer, unsigned number, shared_timer_fn fn, int64_t when,
                      int *runner)
{
    enter(timers);
    shared_group *group = timers->groups[number];
    KL_ASSERT(!timer->fn || timer->fn == fn);
    timer->group = number;
    timer->fn = fn;
    int64_t before = INT64_MAX, after;
    timer_next(&group->wheel, &before);
    const bool done = timer_set(&group->wheel, &timer->id, when, list_due);
    const bool sooner = done && timer_next(&group->wheel, &after) && after < before;
    if (runner) *runner = sooner ? runner_of(group) : -1;
    note_earliest(timers);
    leave(timers);
    return done;
}

void shared_timer_stop(shared_timers *timers, shared_timer *timer)
{
    enter(timers);
    shared_group *group = timers->groups[timer->group];
    if (group) timer_stop(&group->wheel, &timer->id);
    timer->is_due = false;
    note_earliest(timers);
    leave(timers);
}

bool shared_timer_is_set(shared_timers *timers, const shared_timer *timer)
{
    enter(timers);
    const bool set = timer_is_set(timer->id);
    leave(timers);
    return set;
}

/* ---- time */

bool shared_timers_next(shared_timers *timers, int engine, int64_t *when)
{
    int64_t next, earliest = INT64_MAX;
    enter(timers);
    for (unsigned i = 0; i < SHARED_MAX_GROUPS; i++) {
        shared_group *group = timers->groups[i];
        if (group && runner_of(group) == engine && timer_next(&group->wheel, &next) && next < earliest) earliest = next;
    }
    leave(timers);
    if (earliest < INT64_MAX) *when = earliest;
    return earliest < INT64_MAX;
}

static void list_all_due(shared_timers *timers, int engine, int64_t now)
{
    enter(timers);
    for (unsigned i = 0; i < SHARED_MAX_GROUPS; i++) {
        shared_group *group = timers->groups[i];
        if (group && runner_of(group) == engine) timer_run(&group->wheel, now, group);
    }
    note_earliest(timers);
    leave(timers);
}

/* The next one to call of those that this engine runs; NULL: there is none. */
static shared_timer *take_due(shared_timers *timers, int engine)
{
    shared_timer *taken = NULL;
    enter(timers);
    for (unsigned i = 0; i < SHARED_MAX_GROUPS && !taken; i++) {
        shared_group *group = timers->groups[i];
        if (!group || runner_of(group) != engine) continue;
        while (group->due && !taken) {
            shared_timer *first = group->due;
            group->due = first->next_due;
            if (!group->due) group->last_due = &group->due;
            first->is_listed = false;
            taken = first->is_due ? first : NULL;
            first->is_due = false;
        }
    }
    leave(timers);
    return taken;
}

void shared_timers_run(shared_timers *timers, int engine, int64_t now, kl_ctx *ctx)
{
    list_all_due(timers, engine, now);
    for (shared_timer *timer; (timer = take_due(timers, engine));) timer->fn(ctx, timer);
}

/* ---- copies */

struct shared_timers_copy {
    timer_wheel wheels[SHARED_MAX_GROUPS];
};

void shared_timers_copy_free(shared_timers_copy *copy)
{
    for (unsigned i = 0; i < SHARED_MAX_GROUPS && copy; i++) timer_copy_free(&copy->wheels[i]);
    kl_free(copy);
}

shared_timers_copy *shared_timers_save(shared_timers *timers)
{
    shared_timers_copy *copy = kl_calloc(1, sizeof *copy);
    bool good = copy != NULL;
    enter(timers);
    for (unsigned i = 0; i < SHARED_MAX_GROUPS && good; i++) {
        const shared_group *group = timers->groups[i];
        KL_ASSERT(!group || !group->due);
        if (group) good = timer_copy(&group->wheel, &copy->wheels[i]);
    }
    leave(timers);
    if (good) return copy;
    shared_timers_copy_free(copy);
    return NULL;
}

void shared_timers_rewind(shared_timers *timers, const shared_timers_copy *copy)
{
    enter(timers);
    for (unsigned i = 0; i < SHARED_MAX_GROUPS; i++) {
        shared_group *group = timers->groups[i];
        KL_ASSERT(!group || !group->due);
        if (group) timer_rewind(&group->wheel, &copy->wheels[i]);
    }
    note_earliest(timers);
    leave(timers);
}
