#include "shared_engines.h"

#include "base/mem.h"
#include "base/status.h"

bool shared_engines_init(shared_engines *engines) { return pthread_mutex_init(&engines->lock, NULL) == 0; }

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

kl_status shared_engines_offer(shared_engines *engines, int number, const kl_packet *packet, size_t most,
                               bool *repeated)
{
    kl_inbox *box = inbox_of(engines, number);
    if (!box) return KL_ENOENT;
    const kl_status status = inbox_offer(box, packet, most, repeated);
    kl_inbox_free(box);
    return status;
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
