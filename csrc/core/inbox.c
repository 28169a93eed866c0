#include "inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/mutex.h"
#include "base/status.h"

#define PLACES     256 /* a power of two: buckets of what was offered */
#define WORDS      16  /* of 8 bytes, of a message that is told from others */
#define NO_END     (-1)
#define SPARE_ROOM 2048 /* bytes of a message, with its addresses, whose block is used again */
#define SPARES     256  /* of them at most: half a megabyte */
enum { BYTE_INPUT = 0, BYTE_RING = 1 };

struct kl_inbox {
    atomic_size_t references;
    pthread_mutex_t lock;
    inbox_input *first, **last;
    inbox_input look;    /* at the timers: there is always room for it */
    bool looks;          /* it is in the queue */
    atomic_size_t count; /* changed with the lock */
    size_t bytes, limit; /* limit: of bytes, 0 for none */
    bool closed;
    bool attended; /* inbox_attend */
    inbox_input *spare;
    size_t spares;
    inbox_input *dropped; /* a block that comes to the spare ones with the next lock; whoever takes inputs has it */
    inbox_wake wake;      /* NULL: nobody waits */
    int64_t with;
    int in, out;           /* ends of the pipe, NO_END: not open */
    inbox_input **offered; /* by hash, NULL before the first */
};

kl_inbox *inbox_new(size_t limit)
{
    kl_inbox *box = kl_calloc(1, sizeof *box);
    if (!box) return NULL;
    if (!mutex_init(&box->lock)) {
        kl_free(box);
        return NULL;
    }
    atomic_init(&box->references, 1);
    atomic_init(&box->count, 0);
    box->last = &box->first;
    box->limit = limit;
    box->in = box->out = NO_END;
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
    while (box->spare) {
        inbox_input *input = box->spare;
        box->spare = input->next;
        kl_free(input);
    }
    pthread_mutex_destroy(&box->lock);
    if (box->in != NO_END) close(box->in);
    if (box->out != NO_END) close(box->out);
    kl_free(box->offered);
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

static size_t count_of(const kl_inbox *box) { return atomic_load_explicit(&box->count, memory_order_relaxed); }

static void set_count(kl_inbox *box, size_t count) { atomic_store_explicit(&box->count, count, memory_order_relaxed); }

static bool is_full(const kl_inbox *box, size_t more)
{
    return box->limit && (box->bytes > box->limit || more > box->limit - box->bytes);
}

static void append(kl_inbox *box, inbox_input *input)
{
    *box->last = input;
    box->last = &input->next;
    set_count(box, count_of(box) + 1);
    box->bytes += input->size;
}

/* A pipe that is full says all there is to say. */
static void ring(int out, char byte)
{
    if (out == NO_END) return;
    const int before = errno;
    while (write(out, &byte, 1) < 0 && errno == EINTR) {}
    errno = before;
}

/* Whoever waits is told without the lock: it may want to post something itself. */
static void leave_and_wake(kl_inbox *box, bool first)
{
    const bool told = first && !box->attended;
    const inbox_wake wake = told ? box->wake : NULL;
    const int64_t with = box->with;
    const int out = told ? box->out : NO_END;
    leave(box);
    ring(out, BYTE_INPUT);
    if (wake) wake(with);
}

static kl_status post_if(kl_inbox *box, inbox_input *input, bool may_be_full, kl_error *err)
{
    if (!input) return error_set(err, KL_ENOMEM, "out of memory posting to an engine");
    enter(box);
    const bool full = !may_be_full && is_full(box, input->size);
    const kl_status status = box->closed ? KL_ENOENT : full ? KL_EBUSY : KL_OK;
    if (status == KL_OK) append(box, input);
    leave_and_wake(box, status == KL_OK && count_of(box) == 1);
    if (status != KL_OK) kl_free(input);
    if (status == KL_ENOENT) error_set(err, status, "the engine is closed");
    else if (status != KL_OK)
        error_set(err, status, "the engine is behind: more than %zu bytes wait in its inbox", box->limit);
    return status;
}

static kl_status post(kl_inbox *box, inbox_input *input, kl_error *err) { return post_if(box, input, false, err); }

bool inbox_put_ready(kl_inbox *box, inbox_input *input)
{
    enter(box);
    const bool added = !box->closed;
    if (added) append(box, input);
    const bool first = added && count_of(box) == 1;
    leave(box);
    if (!added) input->drop(input);
    return first;
}

void inbox_wake_up(kl_inbox *box)
{
    enter(box);
    leave_and_wake(box, true);
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
    leave_and_wake(box, added && count_of(box) == 1);
}

static kl_span put(char **at, kl_span text)
{
    if (text.n == 0) return text;
    const kl_span copy = span_of(memcpy(*at, text.s, text.n), text.n);
    *at += text.n;
    return copy;
}

static size_t size_of_packet(const kl_packet *packet)
{
    return packet->size + packet->source_host.n + packet->local_host.n;
}

static void set_packet(inbox_input *input, const kl_packet *packet)
{
    char *at = (char *)(input + 1);
    input->packet = *packet;
    input->packet.data = put(&at, span_of(packet->data, packet->size)).s;
    input->packet.source_host = put(&at, packet->source_host);
    input->packet.local_host = put(&at, packet->local_host);
}

static inbox_input *make_packet(kl_input_kind kind, const kl_packet *packet)
{
    inbox_input *input = make(kind, size_of_packet(packet));
    if (input) set_packet(input, packet);
    return input;
}

kl_status kl_inbox_post_packet(kl_inbox *box, const kl_packet *packet, kl_error *err)
{
    return post(box, make_packet(KL_INPUT_PACKET, packet), err);
}

kl_status kl_inbox_post_send_failed(kl_inbox *box, const kl_packet *packet, kl_error *err)
{
    return post(box, make_packet(KL_INPUT_SEND_FAILED, packet), err);
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

kl_status kl_inbox_post_stored(kl_inbox *box, int64_t ticket, kl_span error, kl_error *err)
{
    inbox_input *input = make(KL_INPUT_STORED, error.n);
    if (input) {
        char *at = (char *)(input + 1);
        input->stored.ticket = ticket;
        if (error.s) input->stored.error = error.n > 0 ? put(&at, error) : SPAN("");
    }
    return post_if(box, input, true, err);
}

/* ---- offered: retransmissions are put together */

/* Never 0. Of what all messages of a call have, and of some words of this one, which need no secret: a bucket holds no
 * more than what may wait at all. */
static uint64_t hash_of(const inbox_offer *offer)
{
    const kl_packet *packet = offer->packet;
    uint64_t hash = offer->hash ^ packet->size ^ (uint64_t)packet->source_port << 32, word;
    const size_t step = packet->size / WORDS + 1;
    for (size_t at = 0; at + sizeof word <= packet->size; at += step) {
        memcpy(&word, packet->data + at, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash | 1;
}

static bool is_same(const kl_packet *a, const kl_packet *b)
{
    return a->source_port == b->source_port && a->size == b->size && a->local_port == b->local_port &&
           span_eq(a->source_host, b->source_host) && span_eq(a->local_host, b->local_host) &&
           memcmp(a->data, b->data, a->size) == 0;
}

static inbox_input **place_of(const kl_inbox *box, uint64_t hash) { return &box->offered[hash >> 1 & (PLACES - 1)]; }

static bool is_there(const kl_inbox *box, const kl_packet *packet, uint64_t hash)
{
    const inbox_input *other = *place_of(box, hash);
    while (other && (other->hash != hash || !is_same(&other->packet, packet))) other = other->same_place;
    return other != NULL;
}

/* Blocks are used again: what one thread takes and another gives back waits for the heap's lock. */
static inbox_input *take_spare(kl_inbox *box)
{
    inbox_input *input = box->spare;
    if (!input) return kl_malloc(sizeof *input + SPARE_ROOM);
    box->spare = input->next;
    box->spares--;
    return input;
}

static void give_back(kl_inbox *box, inbox_input *input)
{
    if (box->spares < SPARES && !box->closed) {
        input->next = box->spare;
        box->spare = input;
        box->spares++;
    } else kl_free(input);
}

static inbox_input *make_offered(kl_inbox *box, const kl_packet *packet)
{
    if (size_of_packet(packet) > SPARE_ROOM) return make_packet(KL_INPUT_PACKET, packet);
    inbox_input *input = take_spare(box);
    if (!input) return NULL;
    *input = (inbox_input){.kind = KL_INPUT_PACKET, .size = sizeof *input + size_of_packet(packet), .spare = true};
    set_packet(input, packet);
    return input;
}

static kl_over put_offer(kl_inbox *box, const inbox_offer *offer, size_t most)
{
    const uint64_t hash = hash_of(offer);
    if (is_there(box, offer->packet, hash)) return KL_OVER_REPEATED;
    if (count_of(box) >= most || is_full(box, sizeof(inbox_input) + size_of_packet(offer->packet))) return KL_OVER_FULL;
    inbox_input *input = make_offered(box, offer->packet);
    if (!input) return KL_OVER_FULL;
    inbox_input **place = place_of(box, hash);
    input->hash = hash;
    input->same_place = *place;
    *place = input;
    append(box, input);
    return KL_OVER_GIVEN;
}

static bool has_places(kl_inbox *box)
{
    if (!box->offered) box->offered = kl_calloc(PLACES, sizeof *box->offered);
    return box->offered != NULL;
}

void inbox_put_offers(kl_inbox *box, inbox_offer *offers, size_t count, int owner, size_t most)
{
    enter(box);
    const bool was_empty = box->first == NULL, closed = box->closed, ready = !closed && has_places(box);
    for (size_t i = 0; i < count; i++)
        if (offers[i].owner == owner)
            offers[i].over = ready ? put_offer(box, &offers[i], most) : closed ? KL_OVER_MINE : KL_OVER_FULL;
    leave_and_wake(box, was_empty && box->first);
}

static void forget_place(kl_inbox *box, const inbox_input *input)
{
    inbox_input **at = place_of(box, input->hash);
    while (*at != input) at = &(*at)->same_place;
    *at = input->same_place;
}

/* ---- the pipe */

static bool make_quiet(int end) { return fcntl(end, F_SETFD, FD_CLOEXEC) == 0 && fcntl(end, F_SETFL, O_NONBLOCK) == 0; }

static kl_status open_pipe(kl_inbox *box)
{
    int ends[2];
    if (box->in != NO_END) return KL_OK;
    if (pipe(ends) != 0) return KL_EIO;
    if (!make_quiet(ends[0]) || !make_quiet(ends[1])) {
        close(ends[0]);
        close(ends[1]);
        return KL_EIO;
    }
    box->in = ends[0];
    box->out = ends[1];
    if (count_of(box) > 0) ring(box->out, BYTE_INPUT);
    return KL_OK;
}

kl_status kl_inbox_open(kl_inbox *box, int *in, int *out, kl_error *err)
{
    enter(box);
    const kl_status status = open_pipe(box);
    const int reason = errno;
    *in = box->in;
    *out = box->out;
    leave(box);
    return status == KL_OK ? KL_OK : error_set(err, status, "no pipe can be made: %s", strerror(reason));
}

void kl_inbox_ring(kl_inbox *box)
{
    enter(box);
    const int out = box->out;
    leave(box);
    ring(out, BYTE_RING);
}

bool inbox_attend(kl_inbox *box, bool attended)
{
    enter(box);
    const bool is_empty = count_of(box) == 0;
    box->attended = attended;
    leave(box);
    return is_empty;
}

/* ---- out */

/* Who comes in at this moment is seen the next time. */
bool inbox_is_empty(kl_inbox *box) { return count_of(box) == 0; }

inbox_input *inbox_take(kl_inbox *box)
{
    enter(box);
    if (box->dropped) give_back(box, box->dropped);
    box->dropped = NULL;
    inbox_input *input = box->first;
    if (input) {
        box->first = input->next;
        if (!box->first) box->last = &box->first;
        set_count(box, count_of(box) - 1);
        box->bytes -= input->size;
        if (input->hash) forget_place(box, input);
    }
    leave(box);
    return input;
}

void inbox_drop(kl_inbox *box, inbox_input *input)
{
    if (input == &box->look) {
        enter(box);
        box->looks = false;
        leave(box);
    } else if (input->drop) input->drop(input);
    else if (input->spare && !box->dropped) box->dropped = input;
    else kl_free(input);
}
