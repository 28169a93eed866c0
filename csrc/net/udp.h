/* udp.h: a loop, and what its files have of each other. Private to them. */
#ifndef KL_NET_UDP_H
#define KL_NET_UDP_H

#include <stdatomic.h>
#include <time.h>

#include "engine/engine.h"
#include "held.h"
#include "lines.h"
#include "net.h"

#define UDP_MAX_SOCKETS 64
#define UDP_MAX_BATCH   1024

struct kl_loop {
    kl_loop_config config;
    kl_inbox *box;
    int ring; /* the inbox's pipe */
    int epoll;
    loop_socket sockets[UDP_MAX_SOCKETS];
    size_t socket_count;
    arrivals in;
    departures out;
    held_messages held;
    effect_queue queue;
    log_lines lines;
    loop_counters counters;
    atomic_bool stopping;
    atomic_int log_level; /* to be set, INT_MIN: none */

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

static inline double udp_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- udp_effects.c: what is sent from which socket, and what goes to Python */
void udp_apply(kl_loop *loop); /* the effects of the last input */
/* A line of the loop's own. */
void udp_say(kl_loop *loop, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
void udp_tell_unsent(void *loop, const departure *one, int reason); /* departures_failed */

/* ---- udp_batch.c: what comes in, by sockets and by the inbox */
bool udp_take_batches(kl_loop *loop); /* one of each socket that is ready; true: there may be more */
bool udp_take_inputs(kl_loop *loop);  /* at most a batch of what others handed to this engine; the same */
void udp_look_at_all(kl_loop *loop);  /* something may be in any socket */

/* ---- udp.c: between two inputs */
void udp_flush(kl_loop *loop);                   /* what is to be sent, and lines */
void udp_after(kl_loop *loop, kl_status status); /* an input was handled: its effects, and how it failed */
void udp_answer(kl_loop *loop, int64_t ticket);  /* an RPC command of the host: it leaves effects of its own */

#endif
