/* net.h: what the files of this room share. Private to them. */
#ifndef KL_NET_NET_H
#define KL_NET_NET_H

#include "address.h"
#include "base/buf.h"
#include "counters.h"
#include "queue.h"

typedef struct loop_socket {
    int fd;
    char host[NET_HOST];
    size_t host_size;
    uint16_t port;
    bool ready; /* something may be there */
} loop_socket;

static inline kl_span socket_host(const loop_socket *socket) { return span_of(socket->host, socket->host_size); }

/* ---- arrivals.c: a batch in */
typedef struct arrivals {
    unsigned cap, count;
    size_t size, stride; /* bytes that a datagram may have, and from one to the next */
    char *data;
    net_address *sources;
    struct mmsghdr *headers;
    struct iovec *pieces;
} arrivals;

bool arrivals_init(arrivals *in, unsigned cap, size_t size);
void arrivals_done(arrivals *in);
/* Takes what is there, at most `cap` datagrams; 0 when there is nothing, or errno says what is wrong. */
int arrivals_take(arrivals *in, int fd, int *reason);
kl_span arrivals_data(const arrivals *in, unsigned i);
bool arrivals_truncated(const arrivals *in, unsigned i);

/* ---- departures.c: a batch out */
typedef struct departure {
    size_t at, size; /* in the text */
    net_address to;
    loop_socket *from;
} departure;

/* Told of each datagram that could not be sent. */
typedef void (*departures_failed)(void *with, const departure *one, int reason);

typedef struct departures {
    unsigned cap, count;
    kl_buf text;
    departure *items;
    struct mmsghdr *headers;
    struct iovec *pieces;
    loop_counters *counters;
    departures_failed failed;
    void *with;
} departures;

bool departures_init(departures *out, unsigned cap, loop_counters *counters, departures_failed failed, void *with);
void departures_done(departures *out);
/* A copy, which leaves with the next flush; flushes when there are many. False: no memory. */
bool departures_add(departures *out, loop_socket *from, const net_address *to, kl_span data);
void departures_flush(departures *out);

#endif
