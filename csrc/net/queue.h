/* queue.h: effects on their way to Python, as copies: put by the loop, taken by another thread. Bounded. */
#ifndef KL_NET_QUEUE_H
#define KL_NET_QUEUE_H

#include <pthread.h>

#include "base/span.h"

typedef struct queue_item queue_item;

typedef struct effect_queue {
    pthread_mutex_t lock;
    pthread_cond_t came;
    queue_item *first, **last;
    queue_item *taken; /* what the last take gave out */
    size_t count, bytes, most;
    bool open; /* more may come */
} effect_queue;

bool queue_init(effect_queue *queue, size_t most); /* effects that may wait */
void queue_done(effect_queue *queue);
bool queue_put(effect_queue *queue, const kl_effect *effect);        /* a copy; false: full, or no memory */
void queue_close(effect_queue *queue);                               /* no more will come */
int queue_take(effect_queue *queue, double seconds, kl_effect *out); /* as kl_loop_take */

#endif
