/* Any bytes on a stream connection: fed whole, byte by byte, or in pieces of odd sizes, they fall into the same
 * messages and keep-alives. */
#include "fuzz.h"

#define LIMIT 4096

/* All that comes out, one after the other: a length, the bytes; the number of a keep-alive; and the error at the end.
 */
static void take(kl_stream *stream, kl_buf *out, bool *ended)
{
    kl_span message;
    kl_error err;
    int keepalive;
    kl_status status;
    while (!*ended && (status = kl_stream_next(stream, &message, &keepalive, &err)) != KL_EMORE) {
        *ended = status != KL_OK;
        buf_addi(out, *ended ? -(int64_t)status : keepalive);
        buf_addc(out, ' ');
        if (*ended || keepalive) continue;
        buf_addu(out, message.n);
        buf_add(out, message);
    }
}

static void feed(kl_span bytes, size_t piece, kl_buf *out)
{
    kl_stream *stream = kl_stream_new(LIMIT);
    kl_error err;
    bool ended = false;
    for (size_t at = 0; at < bytes.n && !ended; at += piece) {
        const size_t n = bytes.n - at < piece ? bytes.n - at : piece;
        if (kl_stream_feed(stream, bytes.s + at, n, &err) != KL_OK) ended = true;
        take(stream, out, &ended);
    }
    kl_stream_free(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    const size_t piece = 1 + fuzz_byte(&in);
    const kl_span bytes = fuzz_rest(&in);
    kl_buf whole, single, pieces;
    buf_init(&whole);
    buf_init(&single);
    buf_init(&pieces);
    feed(bytes, bytes.n + 1, &whole);
    feed(bytes, 1, &single);
    feed(bytes, piece, &pieces);
    FUZZ_CHECK(span_eq(buf_span(&whole), buf_span(&single)) && span_eq(buf_span(&whole), buf_span(&pieces)));
    buf_free(&whole);
    buf_free(&single);
    buf_free(&pieces);
    return 0;
}
