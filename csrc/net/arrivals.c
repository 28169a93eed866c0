#define _GNU_SOURCE
#include "net.h"

#ifdef __linux__

#    include <errno.h>

#    include "base/mem.h"

/* Datagrams begin at addresses that differ in more than their high bits, or they would share a few lines of the cache.
 */
#    define APART 192

bool arrivals_init(arrivals *in, unsigned cap, size_t size)
{
    *in = (arrivals){.cap = cap, .size = size, .stride = (size + 63) / 64 * 64 + APART};
    in->data = kl_malloc(cap * in->stride);
    in->sources = kl_calloc(cap, sizeof *in->sources);
    in->headers = kl_calloc(cap, sizeof *in->headers);
    in->pieces = kl_calloc(cap, sizeof *in->pieces);
    if (!in->data || !in->sources || !in->headers || !in->pieces) return false;
    for (unsigned i = 0; i < cap; i++) {
        in->pieces[i] = (struct iovec){in->data + i * in->stride, size};
        in->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &in->sources[i], .msg_iov = &in->pieces[i], .msg_iovlen = 1};
    }
    return true;
}

void arrivals_done(arrivals *in)
{
    kl_free(in->data);
    kl_free(in->sources);
    kl_free(in->headers);
    kl_free(in->pieces);
}

int arrivals_take(arrivals *in, int fd, int *reason)
{
    for (unsigned i = 0; i < in->cap; i++) in->headers[i].msg_hdr.msg_namelen = sizeof *in->sources;
    int n;
    do n = recvmmsg(fd, in->headers, in->cap, MSG_DONTWAIT, NULL);
    while (n < 0 && errno == EINTR);
    *reason = n < 0 && errno != EAGAIN && errno != EWOULDBLOCK ? errno : 0;
    in->count = n > 0 ? (unsigned)n : 0;
    return (int)in->count;
}

kl_span arrivals_data(const arrivals *in, unsigned i)
{
    return span_of(in->pieces[i].iov_base, in->headers[i].msg_len);
}

bool arrivals_truncated(const arrivals *in, unsigned i) { return in->headers[i].msg_hdr.msg_flags & MSG_TRUNC; }

#endif
