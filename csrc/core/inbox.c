#include "inbox.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "base/status.h"

struct kl_inbox {
    atomic_size_t references;
    pthread_mutex_t lock;
    inbox_input *first, **last;
    inbox_input look;           /* at the timers: there is always room for it */
    bool looks;                 /* it is in the queue */
    size_t count, bytes, limit; /* limit: of bytes, 0 for none */
    bool closed;
    inbox_wake wake; /* NULL: nobody waits */
    int64_t with;
};

kl_inbox *inbox_new(size_t limit)
{
    kl_inbox *box = kl_calloc(1, sizeof *box);
    if (!box) return NULL;
    if (pthread_mutex_init(&box->lock, NULL) != 0) {
        kl_free(box);
        return NULL;
    }
    atomic_init(&box->references, 1);
    box->last = &box->first;
    box->limit = limit;
    return box;
}

kl_inbox *inbox_ref(kl_inbox *box)
{
    atomic_fetch_add_explicit(&box->references, 1, memory_order_relaxed);
    return box;
}

void kl_inbox_free(kl_inbox *box)
{
    if (!box || atomic_fetch_sub_explicit(&box->references, 1, memory_order_acq_rel) > 1) return;
    for (inbox_input *input; (input = inbox_take(box));) inbox_drop(box, input);
    pthread_mutex_destroy(&box->lock);
    kl_free(box);
}

static void enter(kl_inbox *box) { pthread_mutex_lock(&box->lock); }
static void leave(kl_inbox *box) { pthread_mutex_unlock(&box->lock); }

void inbox_close(kl_inbox *box)
{
    enter(box);
    box->closed = true;
    box->wake = NULL;
    leave(box);
    for (inbox_input *input; (input = inbox_take(box));) inbox_drop(box, input);
}

void inbox_set_wake(kl_inbox *box, inbox_wake wake, int64_t with)
{
    enter(box);
    box->wake = wake;
    box->with = with;
    leave(box);
}

/* ---- in */

/* Room for an input and `more` bytes that it points to. */
static inbox_input *make(kl_input_kind kind, size_t more)
{
    inbox_input *input = kl_calloc(1, sizeof *input + more);
    if (!input) return NULL;
    input->kind = kind;
    input->size = sizeof *input + more;
    return input;
}

static bool is_full(const kl_inbox *box, size_t more)
{
    return box->limit && (box->bytes > box->limit || more > box->limit - box->bytes);
}

static void append(kl_inbox *box, inbox_input *input)
{
    *box->last = input;
    box->last = &input->next;
    box->count++;
    box->bytes += input->size;
}

/* Whoever waits is told without the lock: it may want to post something itself. */
static void leave_and_wake(kl_inbox *box, bool first)
{
    const inbox_wake wake = first ? box->wake : NULL;
    const int64_t with = box->with;
    leave(box);
    if (wake) wake(with);
}

static kl_status post(kl_inbox *box, inbox_input *input, kl_error *err)
{
    if (!input) return error_set(err, KL_ENOMEM, "out of memory posting to an engine");
    enter(box);
    const kl_status status = box->closed ? KL_ENOENT : is_full(box, input->size) ? KL_EBUSY : KL_OK;
    if (status == KL_OK) append(box, input);
    leave_and_wake(box, status == KL_OK && box->count == 1);
    if (status != KL_OK) kl_free(input);
    if (status == KL_ENOENT) error_set(err, status, "the engine is closed");
    else if (status != KL_OK)
        error_set(err, status, "the engine is behind: more than %zu bytes wait in its inbox", box->limit);
    return status;
}

void inbox_look_at_timers(kl_inbox *box)
{
    enter(box);
    const bool added = !box->closed && !box->looks;
    if (added) {
        box->looks = true;
        box->look = (inbox_input){.kind = KL_INPUT_TIMER, .timer = {.now = -1}};
        append(box, &box->look);
    }
    leave_and_wake(box, added && box->count == 1);
}

static kl_span put(char **at, kl_span text)
{
    if (text.n == 0) return text;
    const kl_span copy = span_of(memcpy(*at, text.s, text.n), text.n);
    *at += text.n;
    return copy;
}

static kl_status post_packet(kl_inbox *box, kl_input_kind kind, const kl_packet *packet, kl_error *err)
{
    inbox_input *input = make(kind, packet->size + packet->source_host.n + packet->local_host.n);
    if (input) {
        char *at = (char *)(input + 1);
        input->packet = *packet;
        input->packet.data = put(&at, span_of(packet->data, packet->size)).s;
        input->packet.source_host = put(&at, packet->source_host);
        input->packet.local_host = put(&at, packet->local_host);
    }
    return post(box, input, err);
}

kl_status kl_inbox_post_packet(kl_inbox *box, const kl_packet *packet, kl_error *err)
{
    return post_packet(box, KL_INPUT_PACKET, packet, err);
}

kl_status kl_inbox_post_send_failed(kl_inbox *box, const kl_packet *packet, kl_error *err)
{
    return post_packet(box, KL_INPUT_SEND_FAILED, packet, err);
}

kl_status kl_inbox_post_timer(kl_inbox *box, double now, double monotonic, kl_error *err)
{
    inbox_input *input = make(KL_INPUT_TIMER, 0);
    if (input) {
        input->timer.now = now;
        input->timer.monotonic = monotonic;
    }
    return post(box, input, err);
}

kl_status inbox_post_action(kl_inbox *box, inbox_action run, const void *data, size_t size, kl_error *err)
{
    inbox_input *input = make(KL_INPUT_ACTION, size);
    if (input) {
        input->action.run = run;
        input->action.size = size;
        input->action.data = size ? memcpy(input + 1, data, size) : NULL;
    }
    return post(box, input, err);
}

kl_status kl_inbox_post_rpc(kl_inbox *box, int64_t ticket, kl_error *err)
{
    inbox_input *input = make(KL_INPUT_RPC, 0);
    if (input) input->ticket = ticket;
    return post(box, input, err);
}

static size_t size_of(const kl_target *targets, size_t count)
{
    size_t size = count * sizeof *targets;
    for (size_t i = 0; i < count; i++) size += targets[i].host.n;
    return size;
}

kl_status kl_inbox_post_resolved(kl_inbox *box, int64_t ticket, const kl_target *targets, size_t count, double now,
                                 double monotonic, kl_error *err)
{
    const kl_status good = kl_targets_check(targets, count, err);
    if (good != KL_OK) return good;
    inbox_input *input = make(KL_INPUT_RESOLVED, size_of(targets, count));
    if (input) {
        kl_target *copies = (kl_target *)(input + 1);
        char *at = (char *)(copies + count);
        for (size_t i = 0; i < count; i++) {
            copies[i] = targets[i];
            copies[i].host = put(&at, targets[i].host);
        }
        input->resolved.ticket = ticket;
        input->resolved.targets = copies;
        input->resolved.count = count;
        input->resolved.now = now;
        input->resolved.monotonic = monotonic;
    }
    return post(box, input, err);
}

/* ---- out */

bool inbox_is_empty(kl_inbox *box)
{
    enter(box);
    const bool is_empty = box->count == 0;
    leave(box);
    return is_empty;
}

inbox_input *inbox_take(kl_inbox *box)
{
    enter(box);
    inbox_input *input = box->first;
    if (input) {
        box->first = input->next;
        if (!box->first) box->last = &box->first;
        box->count--;
        box->bytes -= input->size;
    }
    leave(box);
    return input;
}

void inbox_drop(kl_inbox *box, inbox_input *input)
{
    if (input != &box->look) {
        kl_free(input);
        return;
    }
    enter(box);
    box->looks = false;
    leave(box);
}
