#define _GNU_SOURCE
#include "queue.h"

#include <errno.h>
#include <time.h>

#include "base/mem.h"
#include "base/mutex.h"
#include "core/effects.h"

#define MOST_BYTES (16 << 20) /* of all that waits, however few they are */

struct queue_item {
    queue_item *next;
    size_t bytes;
    kl_effect effect;
    char text[];
};

static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) return false;
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    const bool good = pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return good;
}

bool queue_init(effect_queue *queue, size_t most)
{
    *queue = (effect_queue){.most = most, .open = true};
    queue->last = &queue->first;
    if (!mutex_init(&queue->lock)) return false;
    if (init_condition(&queue->came)) return true;
    pthread_mutex_destroy(&queue->lock);
    return false;
}

void queue_done(effect_queue *queue)
{
    while (queue->first) {
        queue_item *item = queue->first;
        queue->first = item->next;
        kl_free(item);
    }
    kl_free(queue->taken);
    pthread_cond_destroy(&queue->came);
    pthread_mutex_destroy(&queue->lock);
}

static queue_item *copy_of(const kl_effect *effect)
{
    const size_t n = effect_size(effect);
    queue_item *item = kl_malloc(sizeof *item + n);
    if (!item) return NULL;
    *item = (queue_item){.bytes = sizeof *item + n, .effect = *effect};
    effect_move(&item->effect, item->text);
    return item;
}

static bool has_room(const effect_queue *queue, const queue_item *item)
{
    return queue->count < queue->most && queue->bytes + item->bytes <= MOST_BYTES;
}

bool queue_put(effect_queue *queue, const kl_effect *effect)
{
    queue_item *item = copy_of(effect);
    if (!item) return false;
    pthread_mutex_lock(&queue->lock);
    const bool fits = has_room(queue, item), wakes = fits && queue->count == 0;
    if (fits) {
        *queue->last = item;
        queue->last = &item->next;
        queue->count++;
        queue->bytes += item->bytes;
    }
    pthread_mutex_unlock(&queue->lock);
    if (wakes) pthread_cond_signal(&queue->came);
    if (!fits) kl_free(item);
    return fits;
}

void queue_close(effect_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->open = false;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_broadcast(&queue->came);
}

static struct timespec later(double seconds)
{
    struct timespec when;
#ifdef __APPLE__
    clock_gettime(CLOCK_REALTIME, &when);
#else
    clock_gettime(CLOCK_MONOTONIC, &when);
#endif
    when.tv_sec += (time_t)seconds;
    when.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (when.tv_nsec >= 1000000000) {
        when.tv_sec++;
        when.tv_nsec -= 1000000000;
    }
    return when;
}

/* The lock is held. */
static void wait_for_one(effect_queue *queue, double seconds)
{
    const struct timespec until = later(seconds);
    while (!queue->first && queue->open)
        if (pthread_cond_timedwait(&queue->came, &queue->lock, &until) == ETIMEDOUT) return;
}

static queue_item *unlink_first(effect_queue *queue)
{
    queue_item *item = queue->first;
    if (!item) return NULL;
    queue->first = item->next;
    if (!queue->first) queue->last = &queue->first;
    queue->count--;
    queue->bytes -= item->bytes;
    return item;
}

int queue_take(effect_queue *queue, double seconds, kl_effect *out)
{
    kl_free(queue->taken);
    queue->taken = NULL;
    pthread_mutex_lock(&queue->lock);
    if (!queue->first && queue->open && seconds > 0) wait_for_one(queue, seconds);
    queue_item *item = unlink_first(queue);
    const bool open = queue->open;
    pthread_mutex_unlock(&queue->lock);
    queue->taken = item;
    if (!item) return open ? 0 : -1;
    *out = item->effect;
    return 1;
}
