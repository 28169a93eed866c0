#define _GNU_SOURCE
#include "net.h"

#ifdef __linux__

#    include <errno.h>
#    include <poll.h>

#    include "base/mem.h"

#    define MOST_BYTES (1 << 20) /* that wait for a flush */
#    define PATIENCE   5         /* waits for a full buffer, of so many milliseconds each */
#    define PAUSE      10

bool departures_init(departures *out, unsigned cap, loop_counters *counters, departures_failed failed, void *with)
{
    *out = (departures){.cap = cap, .counters = counters, .failed = failed, .with = with};
    buf_init(&out->text);
    out->items = kl_calloc(cap, sizeof *out->items);
    out->headers = kl_calloc(cap, sizeof *out->headers);
    out->pieces = kl_calloc(cap, sizeof *out->pieces);
    return out->items && out->headers && out->pieces;
}

void departures_done(departures *out)
{
    buf_free(&out->text);
    kl_free(out->items);
    kl_free(out->headers);
    kl_free(out->pieces);
}

bool departures_add(departures *out, loop_socket *from, const net_address *to, kl_span data)
{
    if (out->count == out->cap || out->text.n > MOST_BYTES) departures_flush(out);
    const size_t at = out->text.n;
    buf_add(&out->text, data);
    if (out->text.failed) {
        departures_flush(out);
        return false;
    }
    out->items[out->count++] = (departure){.at = at, .size = data.n, .to = *to, .from = from};
    return true;
}

/* The loop_counter of a datagram that was given up. */
static loop_counter counter_of(int reason)
{
    switch (reason) {
    case EAGAIN: return COUNT_send_blocked;
    case ENOBUFS: return COUNT_send_no_buffers;
    case ECONNREFUSED: return COUNT_send_refused;
    case ENETUNREACH:
    case EHOSTUNREACH: return COUNT_send_unreachable;
    case EMSGSIZE: return COUNT_send_too_large;
    default: return COUNT_send_failed;
    }
}

/* Whether the same datagram may be tried again. ENOBUFS does not make poll wait. */
static bool may_try_again(int fd, int reason, int tries)
{
    if (reason == EINTR) return true;
    if (reason == ECONNREFUSED) return tries == 0; /* it tells of a datagram that was sent earlier */
    if ((reason != EAGAIN && reason != ENOBUFS) || tries >= PATIENCE) return false;
    if (reason == EAGAIN) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, PAUSE);
    else poll(NULL, 0, PAUSE);
    return true;
}

/* Sends items from `begin` on, which leave from one socket. */
static void send_run(departures *out, unsigned begin, unsigned count)
{
    const int fd = out->items[begin].from->fd;
    int tries = 0;
    for (unsigned done = 0; done < count;) {
        const int n = sendmmsg(fd, out->headers + begin + done, count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            done += (unsigned)n;
            tries = 0;
            counter_add(out->counters, COUNT_sent, (uint64_t)n);
            counter_add(out->counters, COUNT_send_batches, 1);
            continue;
        }
        const int reason = errno == EWOULDBLOCK ? EAGAIN : errno;
        if (may_try_again(fd, reason, tries++)) continue;
        counter_add(out->counters, counter_of(reason), 1);
        out->failed(out->with, &out->items[begin + done], reason);
        done++;
        tries = 0;
    }
}

void departures_flush(departures *out)
{
    for (unsigned i = 0; i < out->count; i++) {
        departure *one = &out->items[i];
        out->pieces[i] = (struct iovec){out->text.s + one->at, one->size};
        out->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &one->to, .msg_namelen = address_size(&one->to), .msg_iov = &out->pieces[i], .msg_iovlen = 1};
    }
    for (unsigned begin = 0, end; begin < out->count; begin = end) {
        for (end = begin + 1; end < out->count && out->items[end].from == out->items[begin].from;) end++;
        send_run(out, begin, end - begin);
    }
    out->count = 0;
    buf_clear(&out->text);
}

#endif
