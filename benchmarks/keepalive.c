/* Both ends of keep-alives over loopback, in batches. Compiled and run by keepalive.py.
 *
 *     keepalive echo PORT              gives every datagram back as it came: what a server costs that does nothing
 *     keepalive load PORT RATE SECONDS < REQUEST
 *                                      sends that request RATE times a second, a new number for each run of "@@@@@@@@"
 * in it, and prints how many were sent and answered, and the CPU seconds of doing so */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH  64
#define BYTES  4096
#define DIGITS 8
#define TICK   1e-3 /* seconds from one batch to the next */
#define LAST   0.5  /* seconds for answers to come after the end */

static char text[BATCH][BYTES];
static struct sockaddr_in peers[BATCH];
static struct iovec pieces[BATCH];
static struct mmsghdr headers[BATCH];

static double clock_of(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int bound(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    return fd;
}

static void make_room(void)
{
    for (int i = 0; i < BATCH; i++) {
        pieces[i] = (struct iovec){text[i], BYTES};
        headers[i].msg_hdr = (struct msghdr){
            .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &pieces[i], .msg_iovlen = 1};
    }
}

static int take(int fd, int flags)
{
    make_room();
    return recvmmsg(fd, headers, BATCH, flags, NULL);
}

static void echo(int fd)
{
    for (;;) {
        const int n = take(fd, MSG_WAITFORONE);
        if (n < 0) fail("recvmmsg");
        for (int i = 0; i < n; i++) pieces[i].iov_len = headers[i].msg_len;
        if (sendmmsg(fd, headers, (unsigned)n, 0) < 0) fail("sendmmsg");
    }
}

static void number(char *request, size_t size, unsigned n)
{
    for (size_t i = 0; i + DIGITS <= size; i++) {
        if (memcmp(request + i, "@@@@@@@@", DIGITS) != 0) continue;
        char digits[DIGITS + 1];
        snprintf(digits, sizeof digits, "%08u", n % 100000000);
        memcpy(request + i, digits, DIGITS);
    }
}

static void send_some(int fd, const struct sockaddr_in *to, const char *request, size_t size, unsigned from,
                      unsigned count)
{
    make_room();
    for (unsigned i = 0; i < count; i++) {
        memcpy(text[i], request, size);
        number(text[i], size, from + i);
        peers[i] = *to;
        pieces[i].iov_len = size;
    }
    for (unsigned done = 0; done < count;) {
        const int n = sendmmsg(fd, headers + done, count - done, 0);
        if (n < 0) fail("sendmmsg");
        done += (unsigned)n;
    }
}

static unsigned take_answers(int fd)
{
    unsigned count = 0;
    for (int n; (n = take(fd, MSG_DONTWAIT)) > 0;) count += (unsigned)n;
    return count;
}

static void load(int fd, uint16_t port, double rate, double seconds)
{
    static char request[BYTES];
    const size_t size = fread(request, 1, sizeof request, stdin);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const double begin = clock_of(CLOCK_MONOTONIC), all = rate * seconds;
    unsigned sent = 0, answered = 0;
    for (double now = begin; sent < (unsigned)all; now = clock_of(CLOCK_MONOTONIC)) {
        const double due = (now - begin) * rate < all ? (now - begin) * rate : all;
        while (sent < (unsigned)due) {
            const unsigned left = (unsigned)due - sent, count = left < BATCH ? left : BATCH;
            send_some(fd, &to, request, size, sent, count);
            sent += count;
        }
        answered += take_answers(fd);
        usleep((useconds_t)(TICK * 1e6));
    }
    while (answered < sent && poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, (int)(LAST * 1000)) > 0)
        answered += take_answers(fd);
    printf("%u %u %f\n", sent, answered, clock_of(CLOCK_PROCESS_CPUTIME_ID));
}

int main(int argc, char **argv)
{
    const bool echoes = argc == 3 && strcmp(argv[1], "echo") == 0;
    if (!echoes && (argc != 5 || strcmp(argv[1], "load") != 0)) return 2;
    const uint16_t port = (uint16_t)atoi(argv[2]);
    if (echoes) echo(bound(port));
    else load(bound(0), port, atof(argv[3]), atof(argv[4]));
    return 0;
}
