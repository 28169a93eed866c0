#define _GNU_SOURCE
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/text.h"

#define MOST_BYTES (1 << 20) /* that wait for a slow reader */
#define AT_ONCE    4096      /* PIPE_BUF of Linux */
#define NO_SECOND  ((time_t)-1)

void lines_init(log_lines *lines, int fd)
{
    *lines = (log_lines){.fd = fd, .second = NO_SECOND};
    buf_init(&lines->text);
}

void lines_done(log_lines *lines) { buf_free(&lines->text); }

/* ---- one line */

static kl_span level_name(int level)
{
    switch (level) {
    case KL_LOG_ERR: return SPAN(" ERROR ");
    case KL_LOG_WARN: return SPAN(" WARNING ");
    case KL_LOG_NOTICE: return SPAN(" NOTICE ");
    case KL_LOG_INFO: return SPAN(" INFO ");
    case KL_LOG_DBG: return SPAN(" DEBUG ");
    default: return SPAN(" CRITICAL ");
    }
}

static bool is_ascii(kl_span text)
{
    unsigned char any = 0;
    for (size_t i = 0; i < text.n; i++) any |= (unsigned char)text.s[i];
    return any < 0x80;
}

/* python/kemilua/_text.py: printable. */
static void add_printable(kl_buf *buf, kl_span text)
{
    size_t begin = 0;
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.s[i];
        if (c >= ' ' && c != 0x7f) continue;
        buf_add(buf, span_of(text.s + begin, i - begin));
        begin = i + 1;
        buf_addc(buf, '\\');
        if (c == '\n' || c == '\r' || c == '\t') {
            buf_addc(buf, c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
            continue;
        }
        buf_addc(buf, 'x');
        buf_addc(buf, text_digits[c >> 4]);
        buf_addc(buf, text_digits[c & 15]);
    }
    buf_add(buf, span_from(text, begin));
}

static void add_time(log_lines *lines, double now)
{
    char digits[4];
    const time_t second = (time_t)now;
    if (second != lines->second) {
        struct tm local;
        localtime_r(&second, &local);
        lines->stamp_size = strftime(lines->stamp, sizeof lines->stamp, "%Y-%m-%d %H:%M:%S,", &local);
        lines->second = second;
    }
    buf_add(&lines->text, span_of(lines->stamp, lines->stamp_size));
    text_put_digits(digits, (unsigned)((now - (double)second) * 1e3), 3);
    buf_add(&lines->text, span_of(digits, 3));
}

/* The file without its folders, and the line. */
static void add_place(kl_buf *buf, kl_span where)
{
    const char *slash = span_rfind(where, '/');
    if (slash) where = span_between(slash + 1, where.s + where.n);
    if (where.n == 0) where = SPAN("(kemilua):0");
    add_printable(buf, where);
    buf_addc(buf, ' ');
}

lines_taken lines_put(log_lines *lines, const kl_effect *effect, double now)
{
    kl_buf *buf = &lines->text;
    if (lines->fd < 0 || !is_ascii(effect->data) || !is_ascii(effect->where)) return LINES_NOT_HERE;
    const size_t before = buf->n;
    if (before + effect->data.n > MOST_BYTES) return LINES_LOST;
    add_time(lines, now);
    buf_add(buf, level_name(effect->level));
    add_place(buf, effect->where);
    add_printable(buf, effect->data);
    buf_addc(buf, '\n');
    if (!buf->failed) return LINES_TAKEN;
    buf->n = before;
    buf->failed = false;
    return LINES_LOST;
}

/* ---- all that wait */

static bool is_writable(int fd, int patience)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, patience) > 0;
}

/* Of whole lines as many as a pipe that can be written to takes without waiting, and without a line of others between.
 */
static size_t piece_of(kl_span text)
{
    if (text.n <= AT_ONCE) return text.n;
    const char *end = span_rfind(span_of(text.s, AT_ONCE), '\n');
    return end ? (size_t)(end + 1 - text.s) : AT_ONCE;
}

bool lines_flush(log_lines *lines, int patience)
{
    kl_buf *buf = &lines->text;
    size_t done = 0;
    while (done < buf->n && is_writable(lines->fd, patience)) {
        const ssize_t n = write(lines->fd, buf->s + done, piece_of(span_from(buf_span(buf), done)));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        done = n < 0 ? buf->n : done + (size_t)n; /* whoever read is gone: so are the lines */
    }
    if (done == buf->n) {
        buf_clear(buf);
        return true;
    }
    memmove(buf->s, buf->s + done, buf->n - done);
    buf->n -= done;
    return false;
}
