#include "buf.h"

#include "mem.h"
#include "text.h"

#ifdef KEMILUA_DEBUG
enum { FIRST_SIZE = 16 };
#else
enum { FIRST_SIZE = 512 };
#endif

void buf_init(kl_buf *buf) { *buf = (kl_buf){NULL, 0, 0, false}; }

void buf_free(kl_buf *buf)
{
    kl_free(buf->s);
    buf_init(buf);
}

void buf_clear(kl_buf *buf)
{
    buf->n = 0;
    buf->failed = false;
}

static bool fail(kl_buf *buf)
{
    buf->failed = true;
    return false;
}

bool buf_reserve(kl_buf *buf, size_t more)
{
    if (buf->failed) return false;
    if (more <= buf->cap - buf->n) return true;
    if (more > SIZE_MAX / 4 || buf->n > SIZE_MAX / 4) return fail(buf);
    size_t cap = buf->cap ? buf->cap : FIRST_SIZE;
    while (cap - buf->n < more) cap *= 2;
    char *s = kl_realloc(buf->s, cap);
    if (!s) return fail(buf);
    buf->s = s;
    buf->cap = cap;
    return true;
}

void buf_add(kl_buf *buf, kl_span text)
{
    if (!text.n || !buf_reserve(buf, text.n)) return;
    memcpy(buf->s + buf->n, text.s, text.n);
    buf->n += text.n;
}

void buf_addc(kl_buf *buf, char c)
{
    if (buf_reserve(buf, 1)) buf->s[buf->n++] = c;
}

void buf_addu(kl_buf *buf, uint64_t n)
{
    if (buf_reserve(buf, TEXT_INT)) buf->n = (size_t)(text_put_uint(buf->s + buf->n, n) - buf->s);
}

void buf_addi(kl_buf *buf, int64_t n)
{
    if (buf_reserve(buf, TEXT_INT)) buf->n = (size_t)(text_put_int(buf->s + buf->n, n) - buf->s);
}
