/* fuzz.h: what the targets share. Every file here is one libFuzzer target; a finding is what a sanitizer reports, a
 * leak, a broken FUZZ_CHECK, or an input that takes seconds. A target keeps nothing from one input to the next, so that
 * a saved input is the whole story. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sip/build.h"
#include "sip/msg_clone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) fuzz_broken(#condition, __FILE__, __LINE__);                                                 \
    } while (0)
#define FUZZ_MAYBE_UNUSED __attribute__((unused))

static inline void fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
    abort();
}

/* ---- the input as a row of numbers and texts; at its end all are 0 and empty */

typedef struct fuzz_input {
    const uint8_t *at, *end;
} fuzz_input;

FUZZ_MAYBE_UNUSED static unsigned fuzz_byte(fuzz_input *in) { return in->at < in->end ? *in->at++ : 0; }

FUZZ_MAYBE_UNUSED static unsigned fuzz_number(fuzz_input *in)
{
    const unsigned high = fuzz_byte(in);
    return high << 8 | fuzz_byte(in);
}

/* A length in one byte, then so many bytes. */
FUZZ_MAYBE_UNUSED static kl_span fuzz_text(fuzz_input *in)
{
    const size_t wanted = fuzz_byte(in), left = (size_t)(in->end - in->at), n = wanted < left ? wanted : left;
    const kl_span text = span_of((const char *)in->at, n);
    in->at += n;
    return text;
}

FUZZ_MAYBE_UNUSED static kl_span fuzz_until(fuzz_input *in, char mark)
{
    const char *start = (const char *)in->at;
    while (in->at < in->end && *in->at != (uint8_t)mark) in->at++;
    const kl_span text = span_between(start, (const char *)in->at);
    if (in->at < in->end) in->at++;
    return text;
}

FUZZ_MAYBE_UNUSED static kl_span fuzz_rest(fuzz_input *in)
{
    const kl_span text = span_between((const char *)in->at, (const char *)in->end);
    in->at = in->end;
    return text;
}

/* ---- texts that were given back */

/* Reads every byte, so that the sanitizer sees a span that reaches too far. */
FUZZ_MAYBE_UNUSED static void fuzz_touch(kl_span text)
{
    static volatile unsigned char sum;
    for (size_t i = 0; i < text.n; i++) sum = (unsigned char)(sum + (unsigned char)text.s[i]);
}

FUZZ_MAYBE_UNUSED static bool fuzz_within(kl_span part, kl_span whole)
{
    return part.n == 0 || (part.s >= whole.s && part.s + part.n <= whole.s + whole.n);
}

/* ---- messages */

static const char fuzz_invite[] =
    "INVITE sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.51.100.7:5099;branch=z9hG4bKa;rport , SIP/2.0/TCP second.example;branch=z9hG4bKb\r\n"
    "To: \"Bob B.\"  <sip:bob@example.com;x=1>\r\n"
    "From: Alice <sip:alice@atlanta.example:5080>;tag=1928\r\n"
    "Call-ID: a84b\r\n"
    "CSeq: 31 INVITE\r\n"
    "Contact: \"C\" <sip:c1@h>;expires=9;q=0.5, <sip:c2@h>\r\n"
    "m: sip:c3@h;expires=3\r\n"
    "Max-Forwards: 10\r\n"
    "X-Foo: one\r\n"
    "x-foo: two\r\n"
    " folded\r\n"
    "Route: <sip:r1;lr>, \"x, y\" <sip:r2>;p=q\r\n"
    "Record-Route: <sip:192.0.2.1;lr;ftag=1928>\r\n"
    "User-Agent: T/1\r\n"
    "Supported: path, 100rel\r\n"
    "P-Asserted-Identity: <tel:+1>\r\n"
    "Proxy-Authorization: Digest username=\"u@d\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"00\"\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 104\r\n"
    "\r\n"
    "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\na=rtpmap:8 "
    "PCMA/8000\r\n";

FUZZ_MAYBE_UNUSED static kl_packet fuzz_packet(kl_span bytes, kl_transport transport)
{
    return (kl_packet){.data = bytes.s,
                       .size = bytes.n,
                       .source_host = SPAN("198.51.100.7"),
                       .local_host = SPAN("192.0.2.1"),
                       .source_port = 5099,
                       .local_port = 5060,
                       .transport = transport,
                       .conid = transport == KL_PROTO_UDP ? -1 : 7,
                       .now = 1000000000.5};
}

/* The bytes, or fuzz_invite where they are no message. */
FUZZ_MAYBE_UNUSED static void fuzz_parse(kl_msg *msg, kl_span bytes, kl_transport transport)
{
    kl_packet packet = fuzz_packet(bytes, transport);
    kl_error err;
    if (bytes.n > 0 && kl_msg_parse(msg, &packet, &err) == KL_OK) return;
    packet = fuzz_packet(span_of(fuzz_invite, sizeof fuzz_invite - 1), transport);
    FUZZ_CHECK(kl_msg_parse(msg, &packet, &err) == KL_OK);
}

static const build_forward_options fuzz_forward = {.via_host = {"192.0.2.1", 9},
                                                   .via_port = {"5070", 4},
                                                   .proto = KL_PROTO_UDP,
                                                   .branch = {"z9hG4bKfuzz.0", 13},
                                                   .rport = true,
                                                   .server_id = 7,
                                                   .via_params = {";a=1;b", 6}};

#endif
