/* udp_batch.c: what comes in. Of a batch of datagrams those of other engines' calls are handed over, then comes what
 * others handed to this one, then the rest is routed. */
#define _GNU_SOURCE
#include "net.h"

#ifdef __linux__

#    include <errno.h>

#    include "udp.h"

/* ---- one message */

typedef struct moment {
    double now, monotonic;
} moment;

static moment now(void) { return (moment){udp_clock(CLOCK_REALTIME), udp_clock(CLOCK_MONOTONIC)}; }

/* A datagram of the batch; `host` is the text of where it came from. */
static kl_packet packet_of(const kl_loop *loop, const loop_socket *socket, unsigned i, moment at, char host[NET_HOST])
{
    const kl_span data = arrivals_data(&loop->in, i);
    const net_address *source = &loop->in.sources[i];
    return (kl_packet){.data = data.s,
                       .size = data.n,
                       .source_host = span_of(host, address_host(source, host)),
                       .source_port = address_port(source),
                       .local_host = socket_host(socket),
                       .local_port = socket->port,
                       .transport = KL_PROTO_UDP,
                       .conid = -1,
                       .now = at.now,
                       .monotonic = at.monotonic};
}

static void route(kl_loop *loop, loop_socket *socket, unsigned i)
{
    loop->source = &loop->in.sources[i];
    loop->came_in = socket;
    loop->packet = packet_of(loop, socket, i, now(), loop->source_host);
    udp_after(loop, kl_engine_receive(loop->engine, &loop->packet, loop->err));
}

/* ---- what others handed to this engine */

/* At most a batch of it: sockets have their turn. True: there may be more. */
bool udp_take_inputs(kl_loop *loop)
{
    for (unsigned i = 0; i < loop->config.batch && !loop->ended; i++) {
        if (inbox_is_empty(loop->box)) return false;
        kl_input_kind kind;
        int64_t ticket;
        loop->source = NULL;
        loop->came_in = NULL;
        /* a command has none of its own */
        kl_engine_set_time(loop->engine, udp_clock(CLOCK_REALTIME), udp_clock(CLOCK_MONOTONIC));
        const kl_status status = kl_engine_handle_input(loop->engine, &kind, &ticket, loop->err);
        udp_after(loop, status);
        if (status == KL_OK && kind == KL_INPUT_RPC && !loop->ended) udp_answer(loop, ticket);
    }
    return !loop->ended && !inbox_is_empty(loop->box);
}

/* ---- a batch */

/* Leaves out what another engine has now, or could not take. */
static unsigned hand_over(kl_loop *loop, const kl_packet *packets, unsigned *whole, unsigned count)
{
    static const loop_counter counts[] = {
        [KL_OVER_GIVEN] = COUNT_handed_over, [KL_OVER_REPEATED] = COUNT_repeated, [KL_OVER_FULL] = COUNT_inbox_full};
    kl_over over[KL_OVER_MOST];
    unsigned left = 0;
    kl_engine_hand_over(loop->engine, packets, count, loop->config.backlog, over);
    for (unsigned i = 0; i < count; i++) {
        if (over[i] == KL_OVER_MINE) whole[left++] = whole[i];
        else counter_add(&loop->counters, counts[over[i]], 1);
    }
    return left;
}

static unsigned hand_over_all(kl_loop *loop, const loop_socket *socket, unsigned *whole, unsigned count)
{
    kl_packet packets[KL_OVER_MOST];
    char hosts[KL_OVER_MOST][NET_HOST];
    const moment at = now();
    unsigned left = 0;
    for (unsigned begin = 0; begin < count; begin += KL_OVER_MOST) {
        const unsigned n = count - begin < KL_OVER_MOST ? count - begin : KL_OVER_MOST;
        for (unsigned i = 0; i < n; i++) packets[i] = packet_of(loop, socket, whole[begin + i], at, hosts[i]);
        const unsigned mine = hand_over(loop, packets, whole + begin, n);
        memmove(whole + left, whole + begin, mine * sizeof *whole);
        left += mine;
    }
    return left;
}

/* The places of those that came in whole. */
static unsigned find_whole(kl_loop *loop, unsigned *whole)
{
    unsigned count = 0;
    for (unsigned i = 0; i < loop->in.count; i++) {
        if (!arrivals_truncated(&loop->in, i)) whole[count++] = i;
        else counter_add(&loop->counters, COUNT_truncated, 1);
    }
    return count;
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
    unsigned mine[UDP_MAX_BATCH];
    const unsigned count = (unsigned)arrivals_take(&loop->in, socket->fd, &reason);
    socket->ready = count == loop->in.cap;
    if (count == 0) {
        if (reason == 0) return;
        counter_add(&loop->counters, COUNT_receive_errors, 1);
        socket->ready = reason == ECONNREFUSED; /* of a datagram sent earlier: it is told once */
        if (!socket->ready) udp_say(loop, KL_LOG_ERR, "a socket cannot be read: %s", strerror(reason));
        return;
    }
    counter_add(&loop->counters, COUNT_received, count);
    counter_add(&loop->counters, COUNT_receive_batches, 1);
    unsigned left = find_whole(loop, mine);
    if (loop->others) { /* theirs first, as the own ones may take long */
        left = hand_over_all(loop, socket, mine, left);
        if (socket->ready) ask_for_help(loop);
        udp_take_inputs(loop); /* they came earlier */
    }
    for (unsigned i = 0; i < left && !loop->ended; i++) route(loop, socket, mine[i]);
}

bool udp_take_batches(kl_loop *loop)
{
    bool more = false;
    for (size_t i = 0; i < loop->socket_count && !loop->ended; i++) {
        if (loop->sockets[i].ready) take_batch(loop, &loop->sockets[i]);
        more |= loop->sockets[i].ready;
    }
    return more;
}

void udp_look_at_all(kl_loop *loop)
{
    for (size_t i = 0; i < loop->socket_count; i++) loop->sockets[i].ready = true;
}

#endif
