#include "shared_engines.h"

#include "base/mem.h"
#include "base/mutex.h"
#include "base/status.h"

bool shared_engines_init(shared_engines *engines)
{
    atomic_init(&engines->count, 0);
    return mutex_init(&engines->lock);
}

void shared_engines_done(shared_engines *engines)
{
    for (int i = 0; i < engines->count; i++) kl_inbox_free(engines->inboxes[i]);
    kl_free(engines->inboxes);
    pthread_mutex_destroy(&engines->lock);
}

static void enter(shared_engines *engines) { pthread_mutex_lock(&engines->lock); }
static void leave(shared_engines *engines) { pthread_mutex_unlock(&engines->lock); }

static kl_status grow(shared_engines *engines)
{
    if (engines->count == SHARED_MAX_ENGINES) return KL_ETOOBIG;
    const int cap = engines->cap ? engines->cap * 2 : 1;
    kl_inbox **inboxes = kl_realloc(engines->inboxes, (size_t)cap * sizeof(kl_inbox *));
    if (!inboxes) return KL_ENOMEM;
    engines->inboxes = inboxes;
    engines->cap = cap;
    return KL_OK;
}

kl_status shared_engines_join(shared_engines *engines, kl_inbox *box, int *number)
{
    enter(engines);
    int free = 0;
    while (free < engines->count && engines->inboxes[free]) free++;
    const kl_status status = free == engines->cap ? grow(engines) : KL_OK;
    if (status == KL_OK) {
        engines->inboxes[free] = inbox_ref(box);
        if (free >= engines->count) engines->count = free + 1;
        *number = free;
    }
    leave(engines);
    return status;
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
    return atomic_load_explicit(&engines->count, memory_order_relaxed);
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

void shared_engines_offer(shared_engines *engines, inbox_offer *offers, size_t count, int owner, size_t most)
{
    kl_inbox *box = inbox_of(engines, owner);
    if (!box) return;
    inbox_put_offers(box, offers, count, owner, most);
    kl_inbox_free(box);
}

void shared_engines_ring(shared_engines *engines, int number)
{
    kl_inbox *box = inbox_of(engines, number);
    if (box) kl_inbox_ring(box);
    kl_inbox_free(box);
}

void shared_engines_look_at_timers(shared_engines *engines, int number)
{
    kl_inbox *box = inbox_of(engines, number);
    if (box) inbox_look_at_timers(box);
    kl_inbox_free(box);
}
