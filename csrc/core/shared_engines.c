#include "shared_engines.h"

#include "base/status.h"

bool shared_engines_init(shared_engines *engines) { return pthread_mutex_init(&engines->lock, NULL) == 0; }

void shared_engines_done(shared_engines *engines)
{
    for (int i = 0; i < engines->count; i++) kl_inbox_free(engines->inboxes[i]);
    pthread_mutex_destroy(&engines->lock);
}

static void enter(shared_engines *engines) { pthread_mutex_lock(&engines->lock); }
static void leave(shared_engines *engines) { pthread_mutex_unlock(&engines->lock); }

int shared_engines_join(shared_engines *engines, kl_inbox *box)
{
    enter(engines);
    int number = 0;
    while (number < SHARED_MAX_ENGINES && engines->inboxes[number]) number++;
    if (number == SHARED_MAX_ENGINES) number = -1;
    else engines->inboxes[number] = inbox_ref(box);
    if (number >= engines->count) engines->count = number + 1;
    leave(engines);
    return number;
}

void shared_engines_leave(shared_engines *engines, int number)
{
    enter(engines);
    kl_inbox *box = engines->inboxes[number];
    engines->inboxes[number] = NULL;
    leave(engines);
    kl_inbox_free(box);
}

int shared_engines_count(shared_engines *engines)
{
    enter(engines);
    const int count = engines->count;
    leave(engines);
    return count;
}

/* Held, as the engine may end meanwhile. */
static kl_inbox *inbox_of(shared_engines *engines, int number)
{
    kl_inbox *box = NULL;
    enter(engines);
    if (number >= 0 && number < engines->count && engines->inboxes[number]) box = inbox_ref(engines->inboxes[number]);
    leave(engines);
    return box;
}

kl_status shared_engines_post(shared_engines *engines, int number, inbox_action run, const void *data, size_t size,
                              kl_error *err)
{
    kl_inbox *box = inbox_of(engines, number);
    if (!box) return error_set(err, KL_ENOENT, "there is no engine %d", number);
    const kl_status status = inbox_post_action(box, run, data, size, err);
    kl_inbox_free(box);
    return status;
}

void shared_engines_look_at_timers(shared_engines *engines, int number)
{
    kl_inbox *box = inbox_of(engines, number);
    if (box) inbox_look_at_timers(box);
    kl_inbox_free(box);
}
