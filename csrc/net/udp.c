/* udp.c: the loop of one engine. A batch of datagrams in; those of other engines' calls handed over; what others handed
 * to this one; the rest routed; timers; a batch out. All of it without Python, which is entered by exports alone, and
 * between two inputs to settle what they left. */
#define _GNU_SOURCE
#include "net.h"

#include "base/mem.h"
#include "base/status.h"

#ifdef __linux__

#    include <errno.h>
#    include <math.h>
#    include <stdarg.h>
#    include <stdio.h>
#    include <sys/epoll.h>
#    include <time.h>
#    include <unistd.h>

#    include "engine/engine.h"
#    include "lines.h"

#    define MAX_SOCKETS 64
#    define MAX_BATCH   1024
#    define MAX_WAIT    60.0 /* seconds */
#    define MAX_JUMP    0.5  /* seconds to wait at most where timers go by a clock that may be set */
#    define LAST_TURNS  1000 /* batches that are taken after kl_loop_stop */
#    define NO_LEVEL    INT_MIN
#    define LOG_RETRY   50 /* milliseconds until a slow reader of log lines is asked again */
#    define LOG_LAST    1000

struct kl_loop {
    kl_loop_config config;
    kl_inbox *box;
    int ring; /* the inbox's pipe */
    int epoll;
    loop_socket sockets[MAX_SOCKETS];
    size_t socket_count;
    arrivals in;
    departures out;
    effect_queue queue;
    log_lines lines;
    loop_counters counters;
    atomic_bool stopping;
    atomic_int log_level; /* to be set, NO_LEVEL: none */

    /* of the run */
    kl_engine *engine;
    kl_error *err;
    bool handles_signals;
    bool entered; /* Python was, since the last input */
    bool others;  /* there are more engines */
    bool ended;   /* it is over, *err says why */
    bool stopped; /* it was */
    kl_status status;
    kl_packet packet; /* the one that is routed, and whom it came from */
    const net_address *source;
    loop_socket *came_in;
    char source_host[NET_HOST];
};

/* ---- effects that are done here */

static void give_to_python(kl_loop *loop, const kl_effect *effect)
{
    if (!(loop->config.wanted & 1u << effect->kind)) return;
    if (effect->kind == KL_EFFECT_LOG) {
        const lines_taken taken = lines_put(&loop->lines, effect, loop->engine->now);
        if (taken == LINES_LOST) counter_add(&loop->counters, COUNT_overflow, 1);
        if (taken != LINES_NOT_HERE) return;
    }
    counter_add(&loop->counters, queue_put(&loop->queue, effect) ? COUNT_queued : COUNT_overflow, 1);
}

/* A line of the loop's own. */
static void say(kl_loop *loop, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void say(kl_loop *loop, int level, const char *format, ...)
{
    char text[512];
    va_list args;
    if (level > loop->engine->config.log_level) return;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const size_t size = n < 0 ? 0 : n < (int)sizeof text ? (size_t)n : sizeof text - 1;
    give_to_python(loop, &(kl_effect){.kind = KL_EFFECT_LOG, .level = level, .conid = -1, .data = span_of(text, size)});
}

/* An input, as this may be within a run. */
static void post_unsent(kl_loop *loop, const departure *one, const char *host)
{
    kl_error err;
    const kl_packet packet = {.data = loop->out.text.s + one->at,
                              .size = one->size,
                              .source_host = span_text(host),
                              .source_port = address_port(&one->to),
                              .transport = KL_PROTO_UDP,
                              .conid = -1,
                              .now = kl_engine_now(loop->engine),
                              .monotonic = kl_engine_monotonic(loop->engine)};
    kl_inbox_post_send_failed(loop->box, &packet, &err);
}

static void tell_unsent(void *with, const departure *one, int reason)
{
    char host[NET_HOST];
    address_host(&one->to, host);
    say(with, KL_LOG_ERR, "%zu bytes could not be sent to %s port %u: %s", one->size, host, address_port(&one->to),
        strerror(reason));
    if (reason != EAGAIN && reason != ENOBUFS) post_unsent(with, one, host); /* these pass */
}

static bool is_of(const loop_socket *socket, const kl_effect *effect)
{
    return socket->port == effect->local_port && span_eq(socket_host(socket), effect->local_host);
}

static int family_of(const loop_socket *socket) { return span_find(socket_host(socket), ':') ? AF_INET6 : AF_INET; }

/* Where there is a choice, the socket that the message came in by. NULL: it leaves from none of ours. */
static loop_socket *socket_for(kl_loop *loop, const kl_effect *effect, const net_address *to)
{
    const bool any = effect->local_port == 0;
    const int family = to->any.sa_family;
    if (loop->came_in && (any ? family_of(loop->came_in) == family : is_of(loop->came_in, effect)))
        return loop->came_in;
    for (size_t i = 0; i < loop->socket_count; i++) {
        loop_socket *socket = &loop->sockets[i];
        if (any ? family_of(socket) == family : is_of(socket, effect)) return socket;
    }
    return NULL;
}

/* Most of what is sent goes back where the message came from. */
static bool address_of(const kl_loop *loop, const kl_effect *effect, net_address *to)
{
    if (loop->source && effect->port == loop->packet.source_port && span_eq(effect->host, loop->packet.source_host)) {
        *to = *loop->source;
        return true;
    }
    return address_read(effect->host, effect->port, to);
}

static bool send_here(kl_loop *loop, const kl_effect *effect)
{
    net_address to;
    if (effect->transport != KL_PROTO_UDP || !address_of(loop, effect, &to)) return false;
    loop_socket *from = socket_for(loop, effect, &to);
    if (!from) return false;
    if (!departures_add(&loop->out, from, &to, effect->data)) {
        counter_add(&loop->counters, COUNT_send_failed, 1);
        say(loop, KL_LOG_ERR, "out of memory: a message to %.*s is lost", (int)effect->host.n, effect->host.s);
    }
    return true;
}

static void apply(kl_loop *loop)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(loop->engine, &count);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind == KL_EFFECT_SEND && send_here(loop, &effects[i])) continue;
        if (effects[i].kind == KL_EFFECT_DROP) counter_add(&loop->counters, COUNT_dropped, 1);
        give_to_python(loop, &effects[i]);
    }
}

/* ---- between inputs */

static void flush(kl_loop *loop)
{
    departures_flush(&loop->out);
    lines_flush(&loop->lines, 0);
}

/* bridge_host.entering: what earlier messages send does not wait for Python. */
static void entering(void *with)
{
    kl_loop *loop = with;
    loop->entered = true;
    flush(loop);
}

static void end(kl_loop *loop, kl_status status)
{
    loop->ended = true;
    loop->status = status;
}

static void settle(kl_loop *loop, int64_t ticket)
{
    loop->entered = false;
    if (kl_py_between(loop->engine->host.handle, ticket)) end(loop, KL_EPYTHON);
}

/* An input was handled: its effects, and how it failed. */
static void after(kl_loop *loop, kl_status status)
{
    apply(loop);
    if (KL_UNLIKELY(status != KL_OK || loop->err->status != KL_OK)) {
        counter_add(&loop->counters, COUNT_failed, 1);
        if (status == KL_EBUSY) end(loop, status);
        else if (loop->config.raises) end(loop, status);
    }
    if (KL_UNLIKELY(loop->entered) && !loop->ended) settle(loop, 0);
}

/* An RPC command of the host: it leaves effects of its own. */
static void answer(kl_loop *loop, int64_t ticket)
{
    kl_engine_clear_effects(loop->engine);
    flush(loop);
    settle(loop, ticket);
    apply(loop);
}

/* ---- time */

static double clock_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double timers_now(const kl_loop *loop)
{
    return clock_now(loop->engine->config.two_clocks ? CLOCK_MONOTONIC : CLOCK_REALTIME);
}

static void run_timers(kl_loop *loop)
{
    if (engine_soonest_timer(loop->engine) > timers_now(loop)) return;
    loop->source = NULL;
    loop->came_in = NULL;
    after(loop, kl_engine_timer(loop->engine, clock_now(CLOCK_REALTIME), clock_now(CLOCK_MONOTONIC), loop->err));
}

/* Milliseconds, rounded up: a timer is never early. */
static int until_timer(const kl_loop *loop)
{
    const double most = loop->engine->config.two_clocks ? MAX_WAIT : MAX_JUMP;
    const double due = engine_soonest_timer(loop->engine);
    const double wait = due - timers_now(loop);
    return isinf(due) || wait > most ? (int)(most * 1000) : wait <= 0 ? 0 : (int)ceil(wait * 1000);
}

/* ---- one message */

static void meet(kl_loop *loop, loop_socket *socket, unsigned i)
{
    const kl_span data = arrivals_data(&loop->in, i);
    const net_address *source = &loop->in.sources[i];
    loop->source = source;
    loop->came_in = socket;
    loop->packet = (kl_packet){.data = data.s,
                               .size = data.n,
                               .source_host = span_of(loop->source_host, address_host(source, loop->source_host)),
                               .source_port = address_port(source),
                               .local_host = socket_host(socket),
                               .local_port = socket->port,
                               .transport = KL_PROTO_UDP,
                               .conid = -1,
                               .now = clock_now(CLOCK_REALTIME),
                               .monotonic = clock_now(CLOCK_MONOTONIC)};
}

/* Whether it is another engine's, which has it now, or could not take it. */
static bool hand_over(kl_loop *loop)
{
    static const loop_counter counts[] = {
        [KL_OVER_GIVEN] = COUNT_handed_over, [KL_OVER_REPEATED] = COUNT_repeated, [KL_OVER_FULL] = COUNT_inbox_full};
    const kl_over over = kl_engine_hand_over(loop->engine, &loop->packet, loop->config.backlog);
    if (over == KL_OVER_MINE) return false;
    counter_add(&loop->counters, counts[over], 1);
    return true;
}

static void route(kl_loop *loop, loop_socket *socket, unsigned i)
{
    meet(loop, socket, i);
    after(loop, kl_engine_receive(loop->engine, &loop->packet, loop->err));
}

/* ---- what others handed to this engine */

/* At most a batch of it: sockets have their turn. True: there may be more. */
static bool take_inputs(kl_loop *loop)
{
    for (unsigned i = 0; i < loop->config.batch && !loop->ended; i++) {
        if (inbox_is_empty(loop->box)) return false;
        kl_input_kind kind;
        int64_t ticket;
        loop->source = NULL;
        loop->came_in = NULL;
        const kl_status status = kl_engine_handle_input(loop->engine, &kind, &ticket, loop->err);
        after(loop, status);
        if (status == KL_OK && kind == KL_INPUT_RPC && !loop->ended) answer(loop, ticket);
    }
    return !loop->ended && !inbox_is_empty(loop->box);
}

/* ---- a batch */

/* Handed over first, as the own ones may take long; those that stay are marked. */
static void sort_out(kl_loop *loop, loop_socket *socket, bool *mine)
{
    for (unsigned i = 0; i < loop->in.count; i++) {
        mine[i] = !arrivals_truncated(&loop->in, i);
        if (!mine[i]) {
            counter_add(&loop->counters, COUNT_truncated, 1);
            continue;
        }
        if (!loop->others) continue;
        meet(loop, socket, i);
        mine[i] = !hand_over(loop);
    }
}

/* The next loop looks at the sockets, as this one may not come back soon to what is left in them. */
static void ask_for_help(kl_loop *loop)
{
    const kl_engine *engine = loop->engine;
    const int count = kl_shared_engines(engine->shared);
    shared_engines_ring(shared_engines_of(engine->shared), (engine->number + 1) % count);
}

static void take_batch(kl_loop *loop, loop_socket *socket)
{
    int reason;
    bool mine[MAX_BATCH];
    const unsigned count = (unsigned)arrivals_take(&loop->in, socket->fd, &reason);
    socket->ready = count == loop->in.cap;
    if (count == 0) {
        if (reason == 0) return;
        counter_add(&loop->counters, COUNT_receive_errors, 1);
        socket->ready = reason == ECONNREFUSED; /* of a datagram sent earlier: it is told once */
        if (!socket->ready) say(loop, KL_LOG_ERR, "a socket cannot be read: %s", strerror(reason));
        return;
    }
    counter_add(&loop->counters, COUNT_received, count);
    counter_add(&loop->counters, COUNT_receive_batches, 1);
    sort_out(loop, socket, mine);
    if (loop->others && socket->ready) ask_for_help(loop);
    if (loop->others) take_inputs(loop); /* they came earlier */
    for (unsigned i = 0; i < count && !loop->ended; i++)
        if (mine[i]) route(loop, socket, i);
}

static bool take_batches(kl_loop *loop)
{
    bool more = false;
    for (size_t i = 0; i < loop->socket_count && !loop->ended; i++) {
        if (loop->sockets[i].ready) take_batch(loop, &loop->sockets[i]);
        more |= loop->sockets[i].ready;
    }
    return more;
}

static void look_at_all(kl_loop *loop)
{
    for (size_t i = 0; i < loop->socket_count; i++) loop->sockets[i].ready = true;
}

/* ---- waiting */

/* Somebody rang: to stop, for a signal, or because there is much to do. */
static void hear(kl_loop *loop)
{
    char bytes[64];
    bool rang = false;
    ssize_t n;
    do { /* most often there is one byte, and no second call that says so */
        n = read(loop->ring, bytes, sizeof bytes);
        for (ssize_t i = 0; i < n; i++) rang |= bytes[i] != 0;
    } while (n == (ssize_t)sizeof bytes);
    if (!rang) return;
    look_at_all(loop);
    if (!loop->handles_signals) return;
    if (bridge_signals(&loop->engine->host)) settle(loop, 0);
    loop->entered = false;
}

static void wait_for_more(kl_loop *loop, int milliseconds)
{
    struct epoll_event events[MAX_SOCKETS + 1];
    if (milliseconds != 0 && !inbox_attend(loop->box, false)) milliseconds = 0;
    const int n = epoll_wait(loop->epoll, events, MAX_SOCKETS + 1, milliseconds);
    inbox_attend(loop->box, true);
    for (int i = 0; i < n; i++) {
        loop_socket *socket = events[i].data.ptr;
        if (socket) socket->ready = true;
        else hear(loop);
    }
}

/* ---- the run */

static void set_log_level(kl_loop *loop)
{
    const int level = atomic_exchange_explicit(&loop->log_level, NO_LEVEL, memory_order_relaxed);
    if (level != NO_LEVEL) kl_engine_set_log_level(loop->engine, level);
}

/* True: there is more to do at once. */
static bool turn(kl_loop *loop)
{
    if (KL_UNLIKELY(atomic_load_explicit(&loop->log_level, memory_order_relaxed) != NO_LEVEL)) set_log_level(loop);
    loop->others = kl_shared_engines(loop->engine->shared) > 1;
    bool more = take_batches(loop);
    if (!loop->ended) more |= take_inputs(loop);
    if (!loop->ended) run_timers(loop);
    flush(loop);
    return more;
}

/* However much there is to do at once, other sockets and whoever rings are seen in between. */
static int how_long(const kl_loop *loop, bool more)
{
    if (more) return 0;
    const int wait = until_timer(loop);
    return loop->lines.text.n > 0 && wait > LOG_RETRY ? LOG_RETRY : wait;
}

static void run(kl_loop *loop)
{
    look_at_all(loop);
    while (!loop->ended && !atomic_load_explicit(&loop->stopping, memory_order_acquire)) {
        const bool more = turn(loop);
        if (!loop->ended) wait_for_more(loop, how_long(loop, more));
    }
    look_at_all(loop); /* what had come in by now is done */
    for (int i = 0; i < LAST_TURNS && !loop->ended && turn(loop); i++) {}
    if (!inbox_attend(loop->box, false)) kl_inbox_ring(loop->box); /* for whoever takes them now */
    lines_flush(&loop->lines, LOG_LAST);
}

static kl_status begin(const kl_loop *loop, kl_engine *engine, kl_error *err)
{
    error_clear(err);
    if (loop->stopped) return error_set(err, KL_EARG, "a loop runs once");
    if (!engine->started) return error_set(err, KL_EARG, "the engine has not started");
    if (engine->inbox != loop->box) return error_set(err, KL_EARG, "the loop is another engine's");
    if (!engine_hold(engine)) return error_set(err, KL_EBUSY, "the engine is in use by another thread");
    return KL_OK;
}

kl_status kl_loop_run(kl_loop *loop, kl_engine *engine, int handles_signals, kl_error *err)
{
    const kl_status status = begin(loop, engine, err);
    if (status == KL_OK) {
        loop->engine = engine;
        loop->err = err;
        loop->handles_signals = handles_signals;
        engine->host.entering = entering;
        engine->host.with = loop;
        run(loop);
        engine->host.entering = NULL;
        kl_engine_clear_effects(engine);
        engine_let(engine);
    }
    loop->stopped = true;
    return status == KL_OK ? loop->status : status;
}

void kl_loop_stop(kl_loop *loop)
{
    atomic_store_explicit(&loop->stopping, true, memory_order_release);
    kl_inbox_ring(loop->box);
}

void kl_loop_end(kl_loop *loop) { queue_close(&loop->queue); }

/* ---- the loop itself */

static bool watch(kl_loop *loop, int fd, loop_socket *socket)
{
    /* of several loops with one socket, one wakes up */
    struct epoll_event event = {.events = EPOLLIN | (socket ? EPOLLEXCLUSIVE : 0), .data.ptr = socket};
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool make_parts(kl_loop *loop)
{
    const kl_loop_config *config = &loop->config;
    return arrivals_init(&loop->in, config->batch, config->datagram) &&
           departures_init(&loop->out, config->batch, &loop->counters, tell_unsent, loop);
}

kl_loop *kl_loop_new(const kl_loop_config *config, kl_inbox *box, kl_error *err)
{
    int out;
    error_clear(err);
    if (config->batch < 1 || config->batch > MAX_BATCH || config->datagram < 1 || config->datagram > 65535) {
        error_set(err, KL_ECONFIG, "a loop takes 1 to %d datagrams at once, of 1 to 65535 bytes", MAX_BATCH);
        return NULL;
    }
    kl_loop *loop = kl_calloc(1, sizeof *loop);
    if (!loop || !queue_init(&loop->queue, config->queue)) {
        kl_free(loop);
        error_set(err, KL_ENOMEM, "out of memory making a loop");
        return NULL;
    }
    loop->config = *config;
    loop->box = inbox_ref(box);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    atomic_init(&loop->log_level, NO_LEVEL);
    lines_init(&loop->lines, config->log_fd);
    if (!make_parts(loop)) error_set(err, KL_ENOMEM, "out of memory making a loop");
    else if (kl_inbox_open(box, &loop->ring, &out, err) != KL_OK) {
    } else if (loop->epoll < 0 || !watch(loop, loop->ring, NULL))
        error_set(err, KL_EIO, "nothing can be waited for: %s", strerror(errno));
    else return loop;
    kl_loop_free(loop);
    return NULL;
}

void kl_loop_free(kl_loop *loop)
{
    if (!loop) return;
    if (loop->epoll >= 0) close(loop->epoll);
    arrivals_done(&loop->in);
    departures_done(&loop->out);
    queue_done(&loop->queue);
    lines_done(&loop->lines);
    kl_inbox_free(loop->box);
    kl_free(loop);
}

kl_status kl_loop_add(kl_loop *loop, int fd, kl_error *err)
{
    net_address address;
    socklen_t size = sizeof address;
    error_clear(err);
    if (loop->socket_count == MAX_SOCKETS)
        return error_set(err, KL_ETOOBIG, "a loop has at most %d sockets", MAX_SOCKETS);
    memset(&address, 0, sizeof address);
    if (getsockname(fd, &address.any, &size) != 0)
        return error_set(err, KL_EIO, "descriptor %d: %s", fd, strerror(errno));
    loop_socket *socket = &loop->sockets[loop->socket_count];
    *socket = (loop_socket){.fd = fd};
    socket->host_size = address_host(&address, socket->host);
    if (socket->host_size == 0) return error_set(err, KL_ECONFIG, "descriptor %d is no UDP socket", fd);
    socket->port = address_port(&address);
    if (!watch(loop, fd, socket)) return error_set(err, KL_EIO, "descriptor %d: %s", fd, strerror(errno));
    loop->socket_count++;
    return KL_OK;
}

int kl_loop_take(kl_loop *loop, double seconds, kl_effect *out) { return queue_take(&loop->queue, seconds, out); }

kl_status kl_loop_counter(const kl_loop *loop, size_t index, const char **name, uint64_t *value)
{
    if (index >= LOOP_COUNTERS) return KL_ENOENT;
    *name = counter_names[index];
    *value = counter_get(&loop->counters, (loop_counter)index);
    return KL_OK;
}

void kl_loop_set_log_level(kl_loop *loop, int level) { atomic_store(&loop->log_level, level); }

#else

/* No loop is made, so nobody gets here with one. */
kl_loop *kl_loop_new(const kl_loop_config *config, kl_inbox *box, kl_error *err)
{
    (void)config, (void)box;
    error_set(err, KL_ENOENT, "this system has no recvmmsg");
    return NULL;
}
void kl_loop_free(kl_loop *loop) { (void)loop; }
kl_status kl_loop_add(kl_loop *loop, int fd, kl_error *err)
{
    (void)loop, (void)fd;
    return error_set(err, KL_EARG, "no loop");
}
kl_status kl_loop_run(kl_loop *loop, kl_engine *engine, int handles_signals, kl_error *err)
{
    (void)loop, (void)engine, (void)handles_signals;
    return error_set(err, KL_EARG, "no loop");
}
void kl_loop_stop(kl_loop *loop) { (void)loop; }
void kl_loop_end(kl_loop *loop) { (void)loop; }
int kl_loop_take(kl_loop *loop, double seconds, kl_effect *out)
{
    (void)loop, (void)seconds, (void)out;
    return -1;
}
kl_status kl_loop_counter(const kl_loop *loop, size_t index, const char **name, uint64_t *value)
{
    (void)loop, (void)index, (void)name, (void)value;
    return KL_ENOENT;
}
void kl_loop_set_log_level(kl_loop *loop, int level) { (void)loop, (void)level; }

#endif
