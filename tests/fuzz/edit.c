/* Any edits on any message: it is built, answered and forwarded, built the same twice, and read again as what it
 * became. */
#include "fuzz.h"

static const sip_hdr *some_header(const kl_msg *msg, unsigned n)
{
    return msg->hdr_count ? &msg->hdrs[n % msg->hdr_count] : NULL;
}

static kl_span some_piece(const kl_msg *msg, unsigned at, unsigned n)
{
    if (msg->len == 0) return span_of(msg->buf, 0);
    const size_t start = at % msg->len, most = msg->len - start;
    return span_of(msg->buf + start, n < most ? n : most);
}

enum { APPEND, INSERT, AFTER, BEFORE, REMOVE, CUT, REPLACE, BODY, REPLY, URI, APPLY, BY_NAME, OPERATIONS };

static void apply(kl_msg *msg)
{
    kl_span built;
    kl_error err;
    FUZZ_CHECK(kl_msg_build(msg, &built) == KL_OK);
    kl_buf copy;
    buf_init(&copy);
    buf_add(&copy, built);
    msg_replace(msg, buf_span(&copy), &err);
    buf_free(&copy);
}

static void edit(kl_msg *msg, fuzz_input *in)
{
    const unsigned what = fuzz_byte(in) % OPERATIONS, at = fuzz_number(in);
    const sip_hdr *hdr = some_header(msg, at);
    const kl_span text = fuzz_text(in);
    switch (what) {
    case APPEND: edit_append(msg, text); break;
    case INSERT: edit_insert(msg, text); break;
    case AFTER:
        if (hdr) edit_after(msg, hdr, text);
        break;
    case BEFORE:
        if (hdr) edit_before(msg, hdr, text);
        break;
    case REMOVE:
        if (hdr) edit_remove(msg, hdr);
        break;
    case CUT: edit_cut(msg, some_piece(msg, at, (unsigned)text.n)); break;
    case REPLACE: edit_replace(msg, some_piece(msg, at, fuzz_byte(in)), text); break;
    case BODY: edit_body(msg, text, at & 1 ? SPAN("text/plain") : SPAN_NULL); break;
    case REPLY: edit_reply(msg, text); break;
    case URI:
        if (msg->is_request) msg_set_uri(msg, text);
        break;
    case APPLY: apply(msg); break;
    default: kl_msg_edit(msg, (kl_edit)(at % (KL_EDIT_REPLY + 1)), text, SPAN("x-foo"), (int)(at >> 8) - 1); break;
    }
}

static void is_written(kl_msg *msg)
{
    kl_buf first, second, other;
    buf_init(&first);
    buf_init(&second);
    buf_init(&other);
    FUZZ_CHECK(build_message(msg, &first));
    const build_reply_options options = {.to_tag = SPAN("x"), .server = SPAN("Server: f")};
    if (build_reply(msg, 404, SPAN("Not Found"), &options, &other)) fuzz_touch(buf_span(&other));
    if (msg_via1(msg) && build_forward(msg, &fuzz_forward, &other)) fuzz_touch(buf_span(&other));
    if (build_forward_reply(msg, &(build_back_options){.proto = KL_PROTO_TCP, .via_params = SPAN(";a=b")}, &other))
        fuzz_touch(buf_span(&other));
    FUZZ_CHECK(build_message(msg, &second) && span_eq(buf_span(&first), buf_span(&second)));
    kl_msg *clone = msg_clone(msg);
    FUZZ_CHECK(clone && build_message(clone, &second) && span_eq(buf_span(&first), buf_span(&second)));
    kl_msg_free(clone);
    buf_free(&first);
    buf_free(&second);
    buf_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    const unsigned count = fuzz_byte(&in) % 16;
    fuzz_input edits = {in.at, in.end};
    const size_t left = (size_t)(in.end - in.at), length = fuzz_number(&edits) % (left + 1);
    kl_msg *msg = kl_msg_new(0);
    edits.end = in.at + (length < 2 ? (left < 2 ? left : 2) : length); /* then comes the message */
    fuzz_parse(msg, span_between((const char *)edits.end, (const char *)in.end),
               data && size && data[0] & 128 ? KL_PROTO_TCP : KL_PROTO_UDP);
    for (unsigned i = 0; i < count; i++) edit(msg, &edits);
    is_written(msg);
    apply(msg);
    kl_msg_free(msg);
    return 0;
}
