/* udp.c: the loop of one engine: batches in (udp_batch.c), timers, batches out (udp_effects.c), and waiting. All of it
 * without Python, which is entered by exports alone, and between two inputs to settle what they left. */
#define _GNU_SOURCE
#include "net.h"

#include "base/mem.h"
#include "base/status.h"

#ifdef __linux__

#    include <errno.h>
#    include <math.h>
#    include <sys/epoll.h>
#    include <unistd.h>

#    include "udp.h"

#    define MAX_WAIT   60.0 /* seconds */
#    define MAX_JUMP   0.5  /* seconds to wait at most where timers go by a clock that may be set */
#    define LAST_TURNS 1000 /* batches that are taken after kl_loop_stop */
#    define NO_LEVEL   INT_MIN
#    define LOG_RETRY  50 /* milliseconds until a slow reader of log lines is asked again */
#    define LOG_LAST   1000

/* ---- between inputs */

void udp_flush(kl_loop *loop)
{
    departures_flush(&loop->out);
    lines_flush(&loop->lines, 0);
}

/* bridge_host.entering: what earlier messages send does not wait for Python. */
static void entering(void *with)
{
    kl_loop *loop = with;
    loop->entered = true;
    udp_flush(loop);
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

void udp_after(kl_loop *loop, kl_status status)
{
    udp_apply(loop);
    if (KL_UNLIKELY(status != KL_OK || loop->err->status != KL_OK)) {
        counter_add(&loop->counters, COUNT_failed, 1);
        if (status == KL_EBUSY) end(loop, status);
        else if (loop->config.raises) end(loop, status);
    }
    if (KL_UNLIKELY(loop->entered) && !loop->ended) settle(loop, 0);
}

void udp_answer(kl_loop *loop, int64_t ticket)
{
    kl_engine_clear_effects(loop->engine);
    udp_flush(loop);
    settle(loop, ticket);
    udp_apply(loop);
}

/* ---- time */

static double timers_now(const kl_loop *loop)
{
    return udp_clock(loop->engine->config.two_clocks ? CLOCK_MONOTONIC : CLOCK_REALTIME);
}

static void run_timers(kl_loop *loop)
{
    if (engine_soonest_timer(loop->engine) > timers_now(loop)) return;
    loop->source = NULL;
    loop->came_in = NULL;
    udp_after(loop, kl_engine_timer(loop->engine, udp_clock(CLOCK_REALTIME), udp_clock(CLOCK_MONOTONIC), loop->err));
}

/* Milliseconds, rounded up: a timer is never early. */
static int until_timer(const kl_loop *loop)
{
    const double most = loop->engine->config.two_clocks ? MAX_WAIT : MAX_JUMP;
    const double due = engine_soonest_timer(loop->engine);
    const double wait = due - timers_now(loop);
    return isinf(due) || wait > most ? (int)(most * 1000) : wait <= 0 ? 0 : (int)ceil(wait * 1000);
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
    udp_look_at_all(loop);
    if (!loop->handles_signals) return;
    if (bridge_signals(&loop->engine->host)) settle(loop, 0);
    loop->entered = false;
}

static void wait_for_more(kl_loop *loop, int milliseconds)
{
    struct epoll_event events[UDP_MAX_SOCKETS + 1];
    if (milliseconds != 0 && !inbox_attend(loop->box, false)) milliseconds = 0;
    const int n = epoll_wait(loop->epoll, events, UDP_MAX_SOCKETS + 1, milliseconds);
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
    bool more = udp_take_batches(loop);
    if (!loop->ended) more |= udp_take_inputs(loop);
    if (!loop->ended) run_timers(loop);
    udp_flush(loop);
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
    udp_look_at_all(loop);
    while (!loop->ended && !atomic_load_explicit(&loop->stopping, memory_order_acquire)) {
        const bool more = turn(loop);
        if (!loop->ended) wait_for_more(loop, how_long(loop, more));
    }
    udp_look_at_all(loop); /* what had come in by now is done */
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
           departures_init(&loop->out, config->batch, &loop->counters, udp_tell_unsent, loop);
}

kl_loop *kl_loop_new(const kl_loop_config *config, kl_inbox *box, kl_error *err)
{
    int out;
    error_clear(err);
    if (config->batch < 1 || config->batch > UDP_MAX_BATCH || config->datagram < 1 || config->datagram > 65535) {
        error_set(err, KL_ECONFIG, "a loop takes 1 to %d datagrams at once, of 1 to 65535 bytes", UDP_MAX_BATCH);
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
    held_init(&loop->held, config->held, config->held_bytes);
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
    held_done(&loop->held);
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
    if (loop->socket_count == UDP_MAX_SOCKETS)
        return error_set(err, KL_ETOOBIG, "a loop has at most %d sockets", UDP_MAX_SOCKETS);
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
