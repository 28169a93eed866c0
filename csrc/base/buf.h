/* buf.h: bytes being written. A failure sticks and is asked for once, at the end. */
#ifndef KL_BASE_BUF_H
#define KL_BASE_BUF_H

#include "span.h"

typedef struct kl_buf {
    char *s;
    size_t n, cap;
    bool failed;
} kl_buf;

void buf_init(kl_buf *buf);
void buf_free(kl_buf *buf);
void buf_clear(kl_buf *buf); /* keeps the memory, forgets a failure */
bool buf_reserve(kl_buf *buf, size_t more);
void buf_add(kl_buf *buf, kl_span text);
void buf_addc(kl_buf *buf, char c);
void buf_addu(kl_buf *buf, uint64_t n); /* decimal */
void buf_addi(kl_buf *buf, int64_t n);
static inline kl_span buf_span(const kl_buf *buf) { return (kl_span){buf->s, buf->n}; }

#endif
