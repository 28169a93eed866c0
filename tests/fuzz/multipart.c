/* A value of Content-Type, to the first LF, and the body behind it: boundaries and parts that are found lie in them,
 * and a body whose delimiters were put right is right. */
#include "fuzz.h"

#include "sip/mime.h"

static void types_lie_in(kl_span value)
{
    mime_type type;
    kl_span boundary;
    if (!mime_parse(value, &type)) return;
    FUZZ_CHECK(fuzz_within(type.type, value) && fuzz_within(type.subtype, value) && fuzz_within(type.params, value));
    FUZZ_CHECK(mime_same(&type, &type) == mime_same(&type, &type));
    if (mime_boundary(type.params, &boundary)) FUZZ_CHECK(boundary.n > 0 && fuzz_within(boundary, value));
}

static void part_lies_in(kl_span body, kl_span boundary, kl_span type)
{
    mime_part part;
    if (!mime_part_find(body, boundary, type, &part)) return;
    FUZZ_CHECK(fuzz_within(part.line, body) && fuzz_within(part.content, body) && fuzz_within(part.delimiter, body));
    FUZZ_CHECK(part.line.n > 0 && part.delimiter.n > boundary.n + 1);
    FUZZ_CHECK(span_end(part.line) <= part.content.s && span_end(part.content) <= part.delimiter.s);
}

static void is_closed(kl_span body, kl_span boundary)
{
    char *once = malloc(body.n + MIME_CLOSE_MORE), *again = NULL;
    if (!once) abort();
    const size_t n = mime_close(body, boundary, 1, once);
    if (n != SIZE_MAX) {
        FUZZ_CHECK(n <= body.n + MIME_CLOSE_MORE && (again = malloc(n + MIME_CLOSE_MORE)) != NULL);
        const size_t same = mime_close(span_of(once, n), boundary, 1, again);
        FUZZ_CHECK(same != SIZE_MAX && span_eq(span_of(once, n), span_of(again, same)));
    }
    free(once);
    free(again);
}

static void in_a_message(kl_span value, kl_span body)
{
    kl_buf wire;
    kl_error err;
    kl_span boundary;
    kl_msg *msg = kl_msg_new(0);
    buf_init(&wire);
    buf_add(&wire, SPAN("INVITE sip:u@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKs\r\nTo: <sip:t@h>\r\nFrom: "
                        "<sip:f@h>;tag=a\r\n"));
    buf_add(&wire, SPAN("Call-ID: c\r\nCSeq: 1 INVITE\r\nContent-Type: "));
    buf_add(&wire, value);
    buf_add(&wire, SPAN("\r\n\r\n"));
    buf_add(&wire, body);
    const kl_packet packet = fuzz_packet(buf_span(&wire), KL_PROTO_UDP);
    if (kl_msg_parse(msg, &packet, &err) == KL_OK && mime_msg_boundary(msg, &boundary)) {
        FUZZ_CHECK(boundary.n > 0 && fuzz_within(boundary, span_of(msg->buf, msg->len)));
        part_lies_in(msg->body, boundary, SPAN("application/sdp"));
        part_lies_in(msg->body, boundary, SPAN("text/plain"));
        if (msg->body.s) is_closed(msg->body, boundary);
    }
    buf_free(&wire);
    kl_msg_free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    const kl_span value = fuzz_until(&in, '\n'), body = fuzz_rest(&in);
    types_lie_in(value);
    in_a_message(value, body);
    return 0;
}
