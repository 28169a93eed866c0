/* udp_batch.c: what comes in. Of a batch of datagrams those of other engines' calls are handed over, then comes what
 * others handed to this one, then the rest is routed. */
#define _GNU_SOURCE
#include "net.h"

#ifdef __linux__

#    include <errno.h>

#    include "udp.h"

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
                               .now = udp_clock(CLOCK_REALTIME),
                               .monotonic = udp_clock(CLOCK_MONOTONIC)};
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

/* Handed over first, as the own ones may take long; those that stay are marked. */
static void sort_out(kl_loop *loop, loop_socket *socket, bool *mine, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
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
    bool mine[UDP_MAX_BATCH];
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
    sort_out(loop, socket, mine, count);
    if (loop->others && socket->ready) ask_for_help(loop);
    if (loop->others) udp_take_inputs(loop); /* they came earlier */
    for (unsigned i = 0; i < count && !loop->ended; i++)
        if (mine[i]) route(loop, socket, i);
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
