/* Any bytes as a body with session descriptions: what is read of them lies in the body, walks over their lines end, and
 * lines can be edited on the way. The first byte says what the Content-Type is. */
#include "fuzz.h"

#include "sip/sdp.h"

static const char *const types[] = {"Content-Type: application/sdp\r\n", "c: multipart/mixed;boundary=b\r\n",
                                    "Content-Type: multipart/mixed; boundary=\"b\"\r\n", "", "c: text/plain\r\n"};

static void add_message(kl_buf *out, unsigned type, kl_span body)
{
    buf_add(out, SPAN("INVITE sip:u@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKs\r\nTo: <sip:t@h>\r\nFrom: "
                      "<sip:f@h>;tag=a\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n"));
    buf_add(out, span_text(types[type % (sizeof types / sizeof *types)]));
    buf_add(out, SPAN("Content-Length: "));
    buf_addu(out, body.n);
    buf_add(out, SPAN("\r\n\r\n"));
    buf_add(out, body);
}

static void stream_lies_in(const sdp_stream *stream, const sdp_session *session)
{
    const kl_span parts[] = {stream->media, stream->port, stream->transport, stream->formats};
    FUZZ_CHECK(fuzz_within(stream->text, session->text) && (stream->family == 4 || stream->family == 6));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) FUZZ_CHECK(fuzz_within(parts[i], stream->text));
    FUZZ_CHECK(fuzz_within(stream->address, session->text));
    kl_span value = sdp_value(stream->text, 'a', SPAN("rtpmap"));
    FUZZ_CHECK(fuzz_within(value, stream->text));
    value = sdp_value(stream->text, 'b', SPAN("AS"));
    FUZZ_CHECK(fuzz_within(value, stream->text));
}

static void lies_in(const sdp_session *session, kl_span body)
{
    const kl_span parts[] = {session->version, session->origin, session->address};
    FUZZ_CHECK(fuzz_within(session->text, body) && (session->address.s || session->family == 0));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) FUZZ_CHECK(fuzz_within(parts[i], session->text));
    const char *before = session->text.s;
    for (const sdp_stream *stream = session->streams; stream; stream = stream->next) {
        FUZZ_CHECK(stream->text.s >= before && (stream->next || stream == session->last));
        before = span_end(stream->text);
        stream_lies_in(stream, session);
    }
}

static void lines_end(kl_span text)
{
    kl_span rest = text, line;
    size_t left = rest.n, sum = 0;
    while (sdp_line_next(&rest, &line)) {
        FUZZ_CHECK(rest.n < left && fuzz_within(line, text));
        left = rest.n;
        sum += line.n;
    }
    FUZZ_CHECK(sum == text.n);
}

/* Cuts every third line and writes behind every fourth. */
static void is_walked(kl_msg *msg)
{
    sdp_iterator all[SDP_ITERATORS] = {{{0}, SDP_WALK_ENDED, 0, NULL, 0, 0}};
    if (!sdp_iterator_start(all, msg, SPAN("walk"))) return;
    for (size_t i = 0; sdp_iterator_next(all, msg, SPAN("walk")); i++) {
        const kl_span line = sdp_iterator_line(all, msg, SPAN("walk"));
        FUZZ_CHECK(i <= msg->len && line.n > 0 && fuzz_within(line, span_of(msg->buf, msg->len)));
        if (i % 3 == 0) edit_cut(msg, line);
        if (i % 4 == 0) edit_replace(msg, span_of(span_end(line), 0), SPAN("a=x\r\n"));
    }
    FUZZ_CHECK(sdp_iterator_line(all, msg, SPAN("walk")).s == NULL);
    sdp_iterator_end(all, SPAN("walk"));
}

static void is_read(kl_msg *msg)
{
    const sip_sdp *sdp, *again;
    const sdp_status status = msg_sdp(msg, &sdp);
    FUZZ_CHECK(msg_sdp(msg, &again) == status);
    sdp_is_claimed(msg);
    if (status != SDP_GOOD) return;
    FUZZ_CHECK(again == sdp);
    lines_end(sdp->text);
    for (const sdp_session *session = sdp->sessions; session; session = session->next) lies_in(session, msg->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    const unsigned type = fuzz_byte(&in);
    kl_msg *msg = kl_msg_new(0);
    kl_buf wire;
    kl_error err;
    kl_span built;
    buf_init(&wire);
    add_message(&wire, type, fuzz_rest(&in));
    const kl_packet packet = fuzz_packet(buf_span(&wire), KL_PROTO_UDP);
    FUZZ_CHECK(kl_msg_parse(msg, &packet, &err) == KL_OK);
    is_read(msg);
    is_walked(msg);
    FUZZ_CHECK(kl_msg_build(msg, &built) == KL_OK);
    buf_clear(&wire);
    buf_add(&wire, built);
    FUZZ_CHECK(msg_replace(msg, buf_span(&wire), &err) == KL_OK);
    is_read(msg);
    buf_free(&wire);
    kl_msg_free(msg);
    return 0;
}
