/* Any bytes as a message: what is read of it lies in it, what is built of it without edits is what came, and replies
 * and forwards can be read again. */
#include "fuzz.h"
#include "sip/call_id.h"

static void headers_lie_in_the_message(const kl_msg *msg)
{
    const kl_span whole = span_of(msg->buf, msg->len);
    const char *before = msg->buf;
    for (const sip_hdr *hdr = msg->hdrs; hdr < msg->hdrs + msg->hdr_count; hdr++) {
        FUZZ_CHECK(fuzz_within(hdr_line(hdr), whole) && fuzz_within(hdr_name(hdr), hdr_line(hdr)) &&
                   fuzz_within(hdr_body(hdr), hdr_line(hdr)));
        FUZZ_CHECK(hdr_line(hdr).s >= before);
        before = hdr_line(hdr).s + hdr_line(hdr).n;
        fuzz_touch(hdr_body(hdr));
        FUZZ_CHECK(msg_hdr_first(msg, hdr->id) != NULL || hdr->id == SIP_HDR_OTHER);
        msg_hdr_next(msg, hdr);
        msg_hdr_named(msg, hdr_name(hdr));
        msg_hdr_index(msg, hdr_name(hdr), -1);
    }
    FUZZ_CHECK(fuzz_within(msg->body, whole) && fuzz_within(msg->first_line, whole) && msg->eoh <= msg->len);
}

static void parts_lie_in_the_message(kl_msg *msg)
{
    const kl_span whole = span_of(msg->buf, msg->len);
    const sip_uri *const uris[] = {msg_ruri(msg), msg_ouri(msg), msg_from_uri(msg), msg_to_uri(msg)};
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        FUZZ_CHECK(!uris[i] || (fuzz_within(uris[i]->text, whole) && fuzz_within(uris[i]->host, uris[i]->text)));
    const sip_nameaddr *const ends[] = {msg_from(msg), msg_to(msg)};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        FUZZ_CHECK(!ends[i] || (fuzz_within(ends[i]->text, whole) && fuzz_within(ends[i]->uri, ends[i]->text) &&
                                fuzz_within(ends[i]->tag, ends[i]->text)));
    const sip_via *const vias[] = {msg_via1(msg), msg_via2(msg)};
    for (size_t i = 0; i < sizeof vias / sizeof *vias; i++)
        FUZZ_CHECK(!vias[i] || (fuzz_within(vias[i]->text, whole) && fuzz_within(vias[i]->branch, vias[i]->text)));
    const sip_credentials *credentials = msg_credentials(msg);
    if (credentials) fuzz_touch(credentials->username);
    msg_cseq(msg);
    fuzz_touch(msg_method(msg));
    msg_method_id(msg);
}

static bool same_via(const sip_via *a, const sip_via *b)
{
    return a && b ? span_eq(a->text, b->text) && span_eq(a->branch, b->branch) : !a && !b;
}

static void is_cloned_as_it_is(kl_msg *msg, kl_span bytes)
{
    kl_span built;
    kl_msg *clone = msg_clone(msg);
    FUZZ_CHECK(clone && kl_msg_build(clone, &built) == KL_OK && span_eq(built, bytes));
    headers_lie_in_the_message(clone);
    parts_lie_in_the_message(clone);
    FUZZ_CHECK(clone->hdr_count == msg->hdr_count && memcmp(clone->first, msg->first, sizeof msg->first) == 0);
    FUZZ_CHECK(same_via(msg_via1(msg), msg_via1(clone)) && same_via(msg_via2(msg), msg_via2(clone)));
    kl_msg_free(clone);
}

static void reads_again(kl_span bytes)
{
    kl_msg *msg = kl_msg_new(0);
    const kl_packet packet = fuzz_packet(bytes, KL_PROTO_UDP);
    kl_error err;
    FUZZ_CHECK(msg && kl_msg_parse(msg, &packet, &err) == KL_OK);
    kl_msg_free(msg);
}

/* received goes before a comment, as in Kamailio, and the two do not read as a parameter. */
static bool has_comment(const sip_via *via) { return via && via->comment.s; }

static void replies_and_forwards_read_again(kl_msg *msg)
{
    static const unsigned char secret[32] = {1};
    kl_buf out, tag;
    buf_init(&out);
    buf_init(&tag);
    char instance[BUILD_TAG_INSTANCE];
    build_tag_instance(secret, instance);
    build_to_tag(msg, secret, instance, &tag);
    const build_reply_options reply = {
        .to_tag = buf_span(&tag), .server = SPAN("Server: f"), .via_params = SPAN(";a=1")};
    if (msg->is_request && build_reply(msg, 200, SPAN("OK"), &reply, &out)) reads_again(buf_span(&out));
    build_branch(msg, secret, 0, &tag);
    if (msg->is_request && !msg->hdrs_bad && build_forward(msg, &fuzz_forward, &out) && !has_comment(msg_via1(msg)))
        reads_again(buf_span(&out));
    if (!msg->is_request)
        build_forward_reply(
            msg, &(build_back_options){.proto = KL_PROTO_TCP, .status_line = SPAN("SIP/2.0 299 Changed")}, &out);
    buf_free(&out);
    buf_free(&tag);
}

static void is_built_as_it_came(kl_msg *msg, kl_span bytes)
{
    kl_span built;
    FUZZ_CHECK(kl_msg_build(msg, &built) == KL_OK && span_eq(built, bytes));
}

/* So that every thread tells the same owner. */
static void call_id_is_found_without_parsing(kl_msg *msg, kl_span bytes)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CALL_ID);
    FUZZ_CHECK(hdr && span_eq(sip_call_id_of(bytes), hdr_body(hdr)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const kl_span bytes = span_of((const char *)data, size);
    const kl_packet packet = fuzz_packet(bytes, KL_PROTO_UDP);
    kl_msg *msg = kl_msg_new(0);
    kl_error err;
    if (kl_msg_parse(msg, &packet, &err) == KL_OK) {
        call_id_is_found_without_parsing(msg, bytes);
        headers_lie_in_the_message(msg);
        parts_lie_in_the_message(msg);
        is_built_as_it_came(msg, bytes);
        is_cloned_as_it_is(msg, bytes);
        replies_and_forwards_read_again(msg);
        is_built_as_it_came(msg, bytes);
        FUZZ_CHECK(msg_replace(msg, bytes, &err) == KL_OK);
        headers_lie_in_the_message(msg);
        is_built_as_it_came(msg, bytes);
    }
    kl_msg_free(msg);
    return 0;
}
