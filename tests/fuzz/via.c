/* Any bytes as the body of a Via: alone, and on top of a message that is answered and forwarded. */
#include "fuzz.h"

static void lies_in(const sip_via *via, kl_span text)
{
    const kl_span parts[] = {via->text,  via->version,    via->transport,     via->host,
                             via->port,  via->params,     via->branch,        via->received,
                             via->rport, via->rport_text, via->received_text, via->comment};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        FUZZ_CHECK(fuzz_within(parts[i], text));
        fuzz_touch(parts[i]);
    }
}

static void alone(kl_span text)
{
    sip_via via;
    kl_span rest = text;
    for (size_t left = rest.n + 1; sip_via_next(&rest, &via, NULL) == KL_OK; left = rest.n) {
        FUZZ_CHECK(rest.n < left);
        lies_in(&via, text);
    }
}

static void on_a_message(kl_span text)
{
    static const char head[] = "OPTIONS sip:u@h SIP/2.0\r\nVia: ",
                      tail[] = "\r\nTo: <sip:t@h>\r\nFrom: <sip:f@h>;tag=a\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n";
    kl_msg *msg = kl_msg_new(0);
    kl_buf wire, out;
    kl_error err;
    buf_init(&wire);
    buf_init(&out);
    buf_add(&wire, span_of(head, sizeof head - 1));
    buf_add(&wire, text);
    buf_add(&wire, span_of(tail, sizeof tail - 1));
    const kl_packet packet = fuzz_packet(buf_span(&wire), KL_PROTO_TCP);
    if (kl_msg_parse(msg, &packet, &err) == KL_OK) {
        const build_reply_options options = {.to_tag = SPAN("x"), .via_params = SPAN(";a=1")};
        build_reply(msg, 200, SPAN("OK"), &options, &out);
        fuzz_touch(buf_span(&out));
        FUZZ_CHECK(build_forward(msg, &fuzz_forward, &out));
        fuzz_touch(buf_span(&out));
    }
    buf_free(&wire);
    buf_free(&out);
    kl_msg_free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const kl_span text = span_of((const char *)data, size);
    alone(text);
    on_a_message(text);
    return 0;
}
