#include "index.h"

#include "base/buf.h"
#include "base/mem.h"

struct kl_stream {
    kl_buf bytes;
    size_t at;          /* where the message or keep-alive being read starts in bytes */
    size_t scanned;     /* how far behind `at` the empty line was looked for in vain */
    size_t head, total; /* of that message, once its headers are whole; else 0 */
    size_t limit;
    kl_error error; /* status KL_OK while the framing holds */
};

kl_stream *kl_stream_new(size_t limit)
{
    kl_stream *stream = kl_calloc(1, sizeof *stream);
    if (stream) stream->limit = limit;
    return stream;
}

void kl_stream_free(kl_stream *stream)
{
    if (!stream) return;
    buf_free(&stream->bytes);
    kl_free(stream);
}

static kl_status report(const kl_stream *stream, kl_error *err)
{
    if (err) *err = stream->error;
    return stream->error.status;
}

static kl_status fail(kl_stream *stream, kl_error *err, kl_status status, size_t offset, int hint, const char *text)
{
    error_at(&stream->error, status, (int64_t)offset, "%s", text);
    stream->error.hint = hint;
    return report(stream, err);
}

/* What was handed out is dropped here, so that it stayed readable until now. */
kl_status kl_stream_feed(kl_stream *stream, const char *data, size_t size, kl_error *err)
{
    if (stream->error.status != KL_OK) return report(stream, err);
    if (stream->at) {
        stream->bytes.n -= stream->at;
        memmove(stream->bytes.s, stream->bytes.s + stream->at, stream->bytes.n);
        stream->at = 0;
    }
    buf_add(&stream->bytes, span_of(data, size));
    return stream->bytes.failed
               ? fail(stream, err, KL_ENOMEM, stream->bytes.n, 0, "no memory for the bytes of a stream")
               : KL_OK;
}

static kl_span unread(const kl_stream *stream)
{
    return stream->bytes.n > stream->at ? span_of(stream->bytes.s + stream->at, stream->bytes.n - stream->at)
                                        : SPAN("");
}

/* Line ends in front of a message (RFC 3261 7.5), and blanks, which Kamailio's reader skips too. Two CRLF are a ping,
 * one before anything else is a pong (RFC 5626 4.4.1); which of them it is shows in the bytes behind it, so that it
 * makes no difference in what pieces they come. KL_ENOENT: a message starts here. */
static kl_status next_keepalive(kl_stream *stream, int *keepalive)
{
    for (;;) {
        kl_span rest = unread(stream);
        if (!rest.n) return KL_EMORE;
        if (*rest.s == ' ' || *rest.s == '\t') {
            stream->at++;
            continue;
        }
        if (*rest.s != '\r' && *rest.s != '\n') return KL_ENOENT;
        if (*rest.s == '\r' && rest.n < 2) return KL_EMORE;
        if (*rest.s == '\n' || rest.s[1] != '\n') {
            stream->at++;
            continue;
        }
        if (rest.n < 3 || (rest.n < 4 && rest.s[2] == '\r')) return KL_EMORE;
        *keepalive = rest.s[2] == '\r' && rest.s[3] == '\n' ? 4 : 2;
        stream->at += (size_t)*keepalive;
        return KL_OK;
    }
}

/* Looks for the empty line; true when head is set. */
static bool find_head(kl_stream *stream, kl_span rest)
{
    const char *end = span_end(rest), *p = rest.s + stream->scanned;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        stream->scanned = (size_t)(p - rest.s);
        if (end - p < 2 || (p[1] == '\r' && end - p < 3)) return false;
        p++;
        if (*p == '\n' || *p == '\r') {
            stream->head = (size_t)(p - rest.s) + (*p == '\r' && p[1] == '\n' ? 2 : 1);
            return true;
        }
    }
    stream->scanned = rest.n;
    return false;
}

static kl_status find_length(kl_stream *stream, kl_span head, uint32_t *length, kl_error *err)
{
    const char *end = span_end(head), *p = memchr(head.s, '\n', head.n), *at, *expected;
    bool found = false;
    uint32_t n = 0;
    for (p = p ? p + 1 : end; p < end && *p != '\r' && *p != '\n';) {
        sip_hdr hdr;
        const char *next = index_header(p, end, &hdr, &at, &expected);
        if (next && hdr.id == SIP_HDR_CONTENT_LENGTH) {
            if (!sip_content_length(hdr_body(&hdr), &n))
                return fail(stream, err, KL_EPARSE, (size_t)(hdr_body(&hdr).s - head.s), 400,
                            "expected a number in Content-Length");
            if (found && n != *length)
                return fail(stream, err, KL_EPARSE, (size_t)(hdr_body(&hdr).s - head.s), 400,
                            "expected the same number in every Content-Length");
            *length = n;
            found = true;
        }
        /* a malformed header is the business of who parses the message */
        next = next ? next : index_header_end(p, end);
        p = next ? next : end;
    }
    if (!found) return fail(stream, err, KL_EPARSE, (size_t)(p - head.s), 400, "expected a header Content-Length");
    return KL_OK;
}

static kl_status read_head(kl_stream *stream, kl_error *err)
{
    kl_span rest = unread(stream);
    uint32_t length = 0;
    if (!find_head(stream, rest) ? rest.n > stream->limit : stream->head > stream->limit)
        return fail(stream, err, KL_ETOOBIG, stream->limit, 513, "the headers of a message are over the limit");
    if (!stream->head) return KL_EMORE;
    kl_status status = find_length(stream, span_of(rest.s, stream->head), &length, err);
    if (status != KL_OK) return status;
    if (length > stream->limit - stream->head)
        return fail(stream, err, KL_ETOOBIG, stream->head, 513, "a message is over the limit");
    stream->total = stream->head + length;
    return KL_OK;
}

kl_status kl_stream_next(kl_stream *stream, kl_span *out, int *keepalive, kl_error *err)
{
    *keepalive = 0;
    if (stream->error.status != KL_OK) return report(stream, err);
    if (!stream->total) {
        kl_status status = stream->scanned ? KL_ENOENT : next_keepalive(stream, keepalive);
        if (status == KL_ENOENT) status = read_head(stream, err);
        else if (status == KL_OK) *out = span_of(stream->bytes.s + stream->at - *keepalive, (size_t)*keepalive);
        if (status != KL_OK || *keepalive) return status;
    }
    if (stream->bytes.n - stream->at < stream->total) return KL_EMORE;
    *out = span_of(stream->bytes.s + stream->at, stream->total);
    stream->at += stream->total;
    stream->scanned = stream->head = stream->total = 0;
    return KL_OK;
}
