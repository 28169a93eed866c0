/* memory.c: relayed calls fed to the loop of `kemilua serve` from memory, without sockets, in as many threads as it
 * has: what two threads do beside one is not told by sockets that both share with a generator. Compiled and loaded
 * before the C library by generator.py; takes the place of recvmmsg, sendmmsg and epoll_wait for the loop's sockets.
 *
 * GENERATOR_THREADS, GENERATOR_CALLS, GENERATOR_RESULT: threads, calls, the file that gets "SECONDS CALLS FAULTS". What
 * comes by a socket goes its way; calls begin with the first such datagram. */
#define _GNU_SOURCE
#include "calls.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define CALLER_PORT  49001 /* of nobody: what is sent there stays here */
#define CALLEE_PORT  49002
#define MOST_THREADS 16
#define MOST_EPOLLS  4096
#define WINDOW       256 /* calls under way for each thread */
#define ROOM         4096
#define WARM_UP      500

typedef struct parcel {
    side from;
    size_t size;
    char data[MESSAGE_SIZE];
} parcel;

/* What waits for one thread. */
typedef struct mailbox {
    pthread_mutex_t lock;
    uint64_t taken, put;
    parcel *parcels;
} mailbox;

static struct {
    pthread_mutex_t lock; /* of the calls */
    calls calls;
    mailbox boxes[MOST_THREADS];
    unsigned threads, arrived;
    uint64_t count, parcels;
    double began;
    bool started, told;
    void *loop_sockets[MOST_EPOLLS]; /* what each epoll tells of its socket */
    int (*recvmmsg)(int, struct mmsghdr *, unsigned, int, struct timespec *);
    int (*sendmmsg)(int, struct mmsghdr *, unsigned, int);
    int (*epoll_wait)(int, struct epoll_event *, int, int);
    int (*epoll_ctl)(int, int, int, struct epoll_event *);
} world;

static _Thread_local int own_box = -1;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- mailboxes */

/* To each thread in turn, as a socket gives its datagrams to whoever reads. */
static void post(void *with, side from, const char *data, size_t size)
{
    (void)with;
    mailbox *box = &world.boxes[world.parcels++ % world.threads];
    pthread_mutex_lock(&box->lock);
    parcel *one = &box->parcels[box->put % ROOM];
    if (box->put - box->taken < ROOM) {
        one->from = from;
        one->size = size;
        memcpy(one->data, data, size);
        box->put++;
    }
    pthread_mutex_unlock(&box->lock);
}

static bool take(mailbox *box, struct msghdr *into, unsigned *size)
{
    pthread_mutex_lock(&box->lock);
    const bool found = box->taken < box->put;
    if (found) {
        const parcel *one = &box->parcels[box->taken++ % ROOM];
        struct sockaddr_in *source = into->msg_name;
        *source = (struct sockaddr_in){.sin_family = AF_INET,
                                       .sin_port = htons(one->from == CALLER ? CALLER_PORT : CALLEE_PORT),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        into->msg_namelen = sizeof *source;
        into->msg_flags = 0;
        memcpy(into->msg_iov->iov_base, one->data, one->size);
        *size = (unsigned)one->size;
    }
    pthread_mutex_unlock(&box->lock);
    return found;
}

static unsigned take_many(mailbox *box, struct mmsghdr *into, unsigned most)
{
    unsigned n = 0;
    while (n < most && take(box, &into[n].msg_hdr, &into[n].msg_len)) n++;
    return n;
}

/* ---- calls */

static void begin(int socket)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    getsockname(socket, (struct sockaddr *)&at, &size);
    world.calls.at = (places){.server = ntohs(at.sin_port), .caller = CALLER_PORT, .callee = CALLEE_PORT};
    world.started = true;
}

/* The lock is held. */
static void tell(void)
{
    const call_counts *counts = &world.calls.counts;
    if (world.began == 0 && counts->completed >= WARM_UP) world.began = seconds();
    if (world.told || counts->completed + counts->failed < world.count) return;
    world.told = true;
    FILE *out = fopen(getenv("GENERATOR_RESULT"), "w");
    if (!out) abort();
    fprintf(out, "%f %lu %lu\n", seconds() - world.began, counts->completed - WARM_UP,
            counts->failed + counts->repeated + counts->unexpected);
    fclose(out);
}

static void start_more(void)
{
    pthread_mutex_lock(&world.lock);
    while (world.calls.under_way < WINDOW * world.threads && world.calls.counts.started < world.count)
        calls_start(&world.calls, RELAYED, 0);
    pthread_mutex_unlock(&world.lock);
}

static bool is_ours(const struct msghdr *message)
{
    const struct sockaddr_in *to = message->msg_name;
    return to && to->sin_family == AF_INET &&
           (to->sin_port == htons(CALLER_PORT) || to->sin_port == htons(CALLEE_PORT));
}

static void hear(const struct msghdr *message)
{
    const struct sockaddr_in *to = message->msg_name;
    pthread_mutex_lock(&world.lock);
    calls_heard(&world.calls, to->sin_port == htons(CALLER_PORT) ? CALLER : CALLEE, message->msg_iov->iov_base,
                message->msg_iov->iov_len, 0);
    tell();
    pthread_mutex_unlock(&world.lock);
}

/* ---- in the place of the C library's */

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((constructor)) static void prepare(void)
{
    const char *threads = getenv("GENERATOR_THREADS"), *count = getenv("GENERATOR_CALLS");
    if (!threads || !count || !getenv("GENERATOR_RESULT")) abort();
    *(void **)&world.recvmmsg = real("recvmmsg");
    *(void **)&world.sendmmsg = real("sendmmsg");
    *(void **)&world.epoll_wait = real("epoll_wait");
    *(void **)&world.epoll_ctl = real("epoll_ctl");
    world.threads = (unsigned)atoi(threads);
    world.count = (uint64_t)atoll(count);
    if (world.threads == 0 || world.threads > MOST_THREADS) abort();
    if (!calls_init(&world.calls, &(places){0}, (uint32_t)world.count)) abort();
    world.calls.send = post;
    pthread_mutex_init(&world.lock, NULL);
    for (unsigned i = 0; i < world.threads; i++) {
        pthread_mutex_init(&world.boxes[i].lock, NULL);
        world.boxes[i].parcels = calloc(ROOM, sizeof(parcel));
        if (!world.boxes[i].parcels) abort();
    }
}

int recvmmsg(int socket, struct mmsghdr *into, unsigned most, int flags, struct timespec *timeout)
{
    const int n = world.recvmmsg(socket, into, most, flags, timeout);
    if (n > 0 && !world.started) begin(socket);
    if (n > 0 || !world.started) return n;
    if (own_box < 0) own_box = (int)(__atomic_fetch_add(&world.arrived, 1, __ATOMIC_RELAXED) % world.threads);
    start_more();
    const unsigned taken = take_many(&world.boxes[own_box], into, most);
    if (taken > 0) return (int)taken;
    sched_yield(); /* the other thread has what is missing here */
    errno = EAGAIN;
    return -1;
}

int sendmmsg(int socket, struct mmsghdr *from, unsigned count, int flags)
{
    unsigned done = 0;
    while (done < count && is_ours(&from[done].msg_hdr)) hear(&from[done++].msg_hdr);
    return done > 0 ? (int)done : world.sendmmsg(socket, from, count, flags);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    if (event && event->events & EPOLLEXCLUSIVE && epoll < MOST_EPOLLS) world.loop_sockets[epoll] = event->data.ptr;
    return world.epoll_ctl(epoll, what, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    void *socket = world.started && epoll < MOST_EPOLLS ? world.loop_sockets[epoll] : NULL;
    const int n = world.epoll_wait(epoll, events, most, socket ? 0 : timeout);
    if (n != 0 || !socket) return n;
    events[0] = (struct epoll_event){.events = EPOLLIN, .data.ptr = socket};
    return 1;
}
