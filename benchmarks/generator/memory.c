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
#define SHARES       32 /* of the calls, each with a lock: threads seldom want the same one */

typedef struct parcel {
    side from;
    size_t size;
    char data[MESSAGE_SIZE];
} parcel;

/* What waits for one thread. */
typedef struct mailbox {
    pthread_spinlock_t lock;
    uint64_t taken, put;
    parcel *parcels;
} mailbox;

typedef struct share {
    _Alignas(64) pthread_spinlock_t lock;
    calls calls;
} share;

static struct {
    share shares[SHARES]; /* each has numbers of its own, one range behind the other */
    uint32_t range;
    mailbox boxes[MOST_THREADS];
    unsigned threads, arrived;
    uint64_t count, parcels, over;
    pthread_spinlock_t lock; /* of the end */
    double began;
    bool started, told;
    void *loop_sockets[MOST_EPOLLS]; /* what each epoll tells of its socket */
    int (*recvmmsg)(int, struct mmsghdr *, unsigned, int, struct timespec *);
    int (*sendmmsg)(int, struct mmsghdr *, unsigned, int);
    int (*epoll_wait)(int, struct epoll_event *, int, int);
    int (*epoll_ctl)(int, int, int, struct epoll_event *);
} world;

static _Thread_local int own_box = -1;
static _Thread_local unsigned own_turn;

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
    mailbox *box = &world.boxes[__atomic_fetch_add(&world.parcels, 1, __ATOMIC_RELAXED) % world.threads];
    pthread_spin_lock(&box->lock);
    parcel *one = &box->parcels[box->put % ROOM];
    if (box->put - box->taken < ROOM) {
        one->from = from;
        one->size = size;
        memcpy(one->data, data, size);
        box->put++;
    }
    pthread_spin_unlock(&box->lock);
}

static bool take(mailbox *box, struct msghdr *into, unsigned *size)
{
    pthread_spin_lock(&box->lock);
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
    pthread_spin_unlock(&box->lock);
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
    for (unsigned i = 0; i < SHARES; i++)
        world.shares[i].calls.at = (places){.server = ntohs(at.sin_port), .caller = CALLER_PORT, .callee = CALLEE_PORT};
    __atomic_store_n(&world.started, true, __ATOMIC_RELEASE);
}

static call_counts all_counts(void)
{
    call_counts all = {0};
    for (unsigned i = 0; i < SHARES; i++) {
        pthread_spin_lock(&world.shares[i].lock);
        const call_counts *some = &world.shares[i].calls.counts;
        all.completed += some->completed;
        all.failed += some->failed;
        all.repeated += some->repeated;
        all.unexpected += some->unexpected;
        pthread_spin_unlock(&world.shares[i].lock);
    }
    return all;
}

/* So many calls are over. */
static void tell(uint64_t over)
{
    pthread_spin_lock(&world.lock);
    if (world.began == 0 && over >= WARM_UP) world.began = seconds();
    if (over == world.count && !world.told) {
        const double end = seconds();
        const call_counts counts = all_counts();
        world.told = true;
        FILE *out = fopen(getenv("GENERATOR_RESULT"), "w");
        if (!out) abort();
        fprintf(out, "%f %lu %lu\n", end - world.began, counts.completed - WARM_UP,
                counts.failed + counts.repeated + counts.unexpected);
        fclose(out);
    }
    pthread_spin_unlock(&world.lock);
}

/* One share has its turn. */
static void start_more(void)
{
    share *one = &world.shares[own_turn++ % SHARES];
    const uint32_t most = (WINDOW * world.threads + SHARES - 1) / SHARES;
    pthread_spin_lock(&one->lock);
    while (one->calls.under_way < most && one->calls.counts.started < world.range) calls_start(&one->calls, RELAYED, 0);
    pthread_spin_unlock(&one->lock);
}

/* By the number in the Call-ID. */
static share *share_of(const char *data, size_t size)
{
    static const char name[] = "Call-ID: ";
    const char *at = memmem(data, size, name, sizeof name - 1), *end = data + size;
    uint64_t number = 0;
    for (at = at ? at + sizeof name - 1 : end; at < end && *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    return number > 0 && number <= (uint64_t)world.range * SHARES ? &world.shares[(number - 1) / world.range] : NULL;
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
    share *const one = share_of(message->msg_iov->iov_base, message->msg_iov->iov_len);
    if (!one) return;
    pthread_spin_lock(&one->lock);
    const call_counts *const counts = &one->calls.counts;
    const uint64_t before = counts->completed + counts->failed;
    calls_heard(&one->calls, to->sin_port == htons(CALLER_PORT) ? CALLER : CALLEE, message->msg_iov->iov_base,
                message->msg_iov->iov_len, 0);
    const uint64_t ended = counts->completed + counts->failed - before;
    pthread_spin_unlock(&one->lock);
    if (ended == 0) return;
    const uint64_t over = __atomic_add_fetch(&world.over, ended, __ATOMIC_RELAXED);
    if (over == WARM_UP || over == world.count) tell(over);
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
    world.range = (uint32_t)(atoll(count) / SHARES);
    world.count = (uint64_t)world.range * SHARES;
    if (world.threads == 0 || world.threads > MOST_THREADS || world.count <= WARM_UP) abort();
    pthread_spin_init(&world.lock, PTHREAD_PROCESS_PRIVATE);
    for (unsigned i = 0; i < SHARES; i++) {
        share *one = &world.shares[i];
        pthread_spin_init(&one->lock, PTHREAD_PROCESS_PRIVATE);
        if (!calls_init(&one->calls, &(places){0}, (i + 1) * world.range)) abort();
        one->calls.next = i * world.range + 1;
        one->calls.send = post;
    }
    for (unsigned i = 0; i < world.threads; i++) {
        pthread_spin_init(&world.boxes[i].lock, PTHREAD_PROCESS_PRIVATE);
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
    if (done > 0) return (int)done;
    while (done < count && !is_ours(&from[done].msg_hdr)) done++; /* calls may follow, which are nobody's outside */
    return world.sendmmsg(socket, from, done, flags);
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
