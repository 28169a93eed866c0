/* main.c: both sides of calls through a server on loopback, as many as are asked for. Compiled and run by generator.py.
 *
 * generator SERVER-PORT CORE prints the ports of caller and callee, then reads a command a line:
 *     KIND COUNT RATE WINDOW USER     calls, RATE a second (0: as fast as it goes), at most WINDOW under way
 *     expire SECONDS                  waits until no call rings, that long at most
 * and answers each with a line of names and figures. What comes between two commands is handled as well. */
#define _GNU_SOURCE
#include "calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH      64
#define MOST_CALLS 8000000
#define BUFFER     4194304
#define LOOK_EVERY 0.05  /* seconds between looks at who waits */
#define TICK       0.001 /* seconds that are slept at a fixed rate, whatever comes: a server would pay for waking it */
#define HOLE       5.0   /* seconds that calls may take after the last one has started */

typedef struct wire {
    int fd;
    unsigned waiting; /* to be sent */
    struct mmsghdr in[BATCH], out[BATCH];
    struct iovec in_pieces[BATCH], out_pieces[BATCH];
    char in_data[BATCH][MESSAGE_SIZE], out_data[BATCH][MESSAGE_SIZE];
} wire;

typedef struct generator {
    calls calls;
    wire wires[2];
    uint64_t received, sent, errors;
    double looked;
} generator;

typedef struct order {
    call_kind kind;
    uint64_t count;
    double rate;
    uint32_t window;
} order;

static double clock_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(void) { return clock_now(CLOCK_MONOTONIC); }

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- wires */

static void wire_flush(generator *g, wire *w)
{
    for (unsigned done = 0; done < w->waiting;) {
        const int n = sendmmsg(w->fd, w->out + done, w->waiting - done, 0);
        if (n > 0) done += (unsigned)n;
        else if (errno == ECONNREFUSED || errno == ENOBUFS)
            g->errors++; /* told once, of an earlier one or of this one */
        else if (errno != EINTR) give_up("sendmmsg");
    }
    g->sent += w->waiting;
    w->waiting = 0;
}

static void wire_send(void *with, side from, const char *data, size_t size)
{
    generator *g = with;
    wire *w = &g->wires[from];
    memcpy(w->out_data[w->waiting], data, size);
    w->out_pieces[w->waiting].iov_len = size;
    if (++w->waiting == BATCH) wire_flush(g, w);
}

static unsigned wire_open(wire *w, unsigned server)
{
    const int buffer = BUFFER;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (w->fd < 0 || bind(w->fd, (struct sockaddr *)&at, sizeof at) ||
        getsockname(w->fd, (struct sockaddr *)&at, &size))
        give_up("a socket");
    const unsigned port = ntohs(at.sin_port);
    at.sin_port = htons((uint16_t)server);
    if (connect(w->fd, (struct sockaddr *)&at, sizeof at)) give_up("connect");
    setsockopt(w->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(w->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    for (unsigned i = 0; i < BATCH; i++) {
        w->in_pieces[i] = (struct iovec){w->in_data[i], MESSAGE_SIZE};
        w->out_pieces[i] = (struct iovec){w->out_data[i], 0};
        w->in[i].msg_hdr = (struct msghdr){.msg_iov = &w->in_pieces[i], .msg_iovlen = 1};
        w->out[i].msg_hdr = (struct msghdr){.msg_iov = &w->out_pieces[i], .msg_iovlen = 1};
    }
    return port;
}

static void wire_read(generator *g, side at, double now)
{
    wire *w = &g->wires[at];
    const int n = recvmmsg(w->fd, w->in, BATCH, MSG_DONTWAIT, NULL);
    if (n < 0) {
        if (errno == ECONNREFUSED) g->errors++;
        else if (errno != EAGAIN && errno != EINTR) give_up("recvmmsg");
        return;
    }
    g->received += (uint64_t)n;
    for (int i = 0; i < n; i++) calls_heard(&g->calls, at, w->in_data[i], w->in[i].msg_len, now);
}

/* ---- a turn */

static void flush(generator *g)
{
    wire_flush(g, &g->wires[CALLER]);
    wire_flush(g, &g->wires[CALLEE]);
}

static void read_both(generator *g)
{
    const double now = seconds();
    for (int at = CALLER; at <= CALLEE; at++) wire_read(g, (side)at, now);
    if (now - g->looked > LOOK_EVERY) {
        calls_look(&g->calls, now);
        g->looked = now;
    }
    flush(g);
}

/* Waits for something to come, that many seconds at most. True: a command may be read. */
static bool turn(generator *g, double wait, bool commands)
{
    struct pollfd fds[] = {
        {g->wires[CALLER].fd, POLLIN, 0}, {g->wires[CALLEE].fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    const struct timespec most = {0, wait > LOOK_EVERY ? (long)(LOOK_EVERY * 1e9) : wait > 0 ? (long)(wait * 1e9) : 0};
    flush(g);
    if (ppoll(fds, commands ? 3 : 2, &most, NULL) < 0 && errno != EINTR) give_up("ppoll");
    read_both(g);
    return commands && fds[2].revents;
}

static void tick(generator *g)
{
    flush(g);
    nanosleep(&(struct timespec){0, (long)(TICK * 1e9)}, NULL);
    read_both(g);
}

/* ---- commands */

static void tell(generator *g, double began, double cpu)
{
    const call_counts *n = &g->calls.counts;
    printf("started %lu completed %lu failed %lu retransmitted %lu repeated %lu unexpected %lu expired %lu ringing %u "
           "received %lu sent %lu errors %lu seconds %.6f cpu %.6f\n",
           n->started, n->completed, n->failed, n->retransmitted, n->repeated, n->unexpected, n->expired,
           g->calls.ringing, g->received, g->sent, g->errors, seconds() - began,
           clock_now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    fflush(stdout);
}

static void clear(generator *g)
{
    g->calls.counts = (call_counts){0};
    g->received = g->sent = g->errors = 0;
}

/* Starts those that are due. */
static void start_due(generator *g, const order *o, double began)
{
    const double now = seconds();
    while (g->calls.counts.started < o->count && g->calls.under_way < o->window) {
        const double due = o->rate > 0 ? began + (double)g->calls.counts.started / o->rate : now;
        if (due > now) return;
        if (!calls_start(&g->calls, o->kind, now)) give_up("no more room for calls");
    }
}

static void run(generator *g, const order *o)
{
    double last = seconds();
    const double began = last, cpu = clock_now(CLOCK_PROCESS_CPUTIME_ID);
    clear(g);
    while (g->calls.counts.started < o->count || (g->calls.under_way && seconds() - last < HOLE)) {
        const uint64_t before = g->calls.counts.started;
        start_due(g, o, began);
        if (g->calls.counts.started != before) last = seconds();
        if (o->rate > 0) tick(g);
        else turn(g, LOOK_EVERY, false);
    }
    g->calls.counts.failed += g->calls.under_way; /* those that hang */
    tell(g, began, cpu);
}

static void expire(generator *g, double most)
{
    const double began = seconds(), cpu = clock_now(CLOCK_PROCESS_CPUTIME_ID);
    clear(g);
    while (g->calls.ringing && seconds() - began < most) turn(g, LOOK_EVERY, false);
    tell(g, began, cpu);
}

static void obey(generator *g, const char *line)
{
    static const char *const names[KINDS] = {"refused", "relayed", "answered", "ringing"};
    char kind[16], user[32];
    order o;
    double most;
    if (sscanf(line, "expire %lf", &most) == 1) {
        expire(g, most);
        return;
    }
    if (sscanf(line, "%15s %lu %lf %u %31s", kind, &o.count, &o.rate, &o.window, user) == 5)
        for (int i = 0; i < KINDS; i++) {
            if (strcmp(kind, names[i]) != 0) continue;
            o.kind = (call_kind)i;
            memcpy(g->calls.user, user, sizeof user);
            run(g, &o);
            return;
        }
    fprintf(stderr, "no command: %s", line);
    exit(1);
}

static void pin(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores)) give_up("sched_setaffinity");
}

int main(int argc, char **argv)
{
    static generator g;
    char line[128];
    if (argc != 3) {
        fprintf(stderr, "usage: generator SERVER-PORT CORE\n");
        return 2;
    }
    places at = {.server = (unsigned)atoi(argv[1])};
    pin(atoi(argv[2]));
    at.caller = wire_open(&g.wires[CALLER], at.server);
    at.callee = wire_open(&g.wires[CALLEE], at.server);
    if (!calls_init(&g.calls, &at, MOST_CALLS)) give_up("memory");
    g.calls.send = wire_send;
    g.calls.with = &g;
    printf("%u %u\n", at.caller, at.callee);
    fflush(stdout);
    setvbuf(stdin, NULL, _IONBF, 0); /* what poll tells of is not read ahead */
    for (;;)
        if (turn(&g, LOOK_EVERY, true)) {
            if (!fgets(line, sizeof line, stdin)) return 0;
            obey(&g, line);
        }
}
