/* build_tag.c: branches and To-tags: keyed hashes of what RFC 3261 names, so that nothing has to be remembered. */
#include "build.h"

#include "base/siphash.h"
#include "base/text.h"

#define MAGIC "z9hG4bK"

/* What tells a transaction of one hop from another, its CANCEL and ACK apart from neither: the topmost Via, Call-ID,
 * the number of CSeq, From (16.11). */
static void add_transaction(siphash_fields *to, kl_msg *msg)
{
    const sip_via *via = msg_via1(msg);
    const sip_hdr *call_id = msg_hdr_first(msg, SIP_HDR_CALL_ID);
    const sip_cseq *cseq = msg_cseq(msg);
    const sip_nameaddr *from = msg_from(msg);
    siphash_fields_add(to, via ? via->host : SPAN_NULL);
    siphash_fields_add(to, via ? via->port : SPAN_NULL);
    siphash_fields_add(to, via ? via->branch : SPAN_NULL);
    siphash_fields_add(to, call_id ? hdr_body(call_id) : SPAN_NULL);
    siphash_fields_add(to, cseq ? cseq->number : SPAN_NULL);
    siphash_fields_add(to, from ? from->tag : SPAN_NULL);
}

/* A client of RFC 2543 makes no unique branch: the Request-URI and the To-tag tell its transactions apart. */
static void add_old_transaction(siphash_fields *to, kl_msg *msg)
{
    const sip_via *via = msg_via1(msg);
    if (via && span_starts(via->branch, SPAN(MAGIC))) return;
    const sip_nameaddr *address = msg_to(msg);
    siphash_fields_add(to, msg->uri);
    siphash_fields_add(to, address ? address->tag : SPAN_NULL);
}

void build_branch(kl_msg *msg, const unsigned char secret[32], int index, kl_buf *out)
{
    siphash_fields all;
    siphash_fields_begin(&all, secret, SPAN("branch"));
    add_transaction(&all, msg);
    add_old_transaction(&all, msg);
    const uint64_t first = siphash_fields_end(&all),
                   second = siphash_of(secret + 16, span_of((const char *)&first, sizeof first));
    buf_clear(out);
    if (!buf_reserve(out, 64)) return;
    char *at = text_put(out->s, SPAN(MAGIC));
    at = text_put_hex_digits(at, (first ^ first >> 32) & 0xffff, 4);
    *at++ = '.';
    at = text_put_hex_digits(at, first, 16);
    at = text_put_hex_digits(at, second, 16);
    *at++ = '.';
    at = text_put_uint(at, index < 0 ? 0 : (uint64_t)index);
    out->n = (size_t)(at - out->s);
}

void build_tag_instance(const unsigned char secret[32], char instance[BUILD_TAG_INSTANCE])
{
    char *at = text_put_hex_digits(instance, siphash_of(secret, SPAN("instance")), 16);
    text_put_hex_digits(at, siphash_of(secret + 16, SPAN("instance")), 16);
}

void build_to_tag(kl_msg *msg, const unsigned char secret[32], const char instance[BUILD_TAG_INSTANCE], kl_buf *out)
{
    siphash_fields all;
    siphash_fields_begin(&all, secret + 16, SPAN("to-tag"));
    add_transaction(&all, msg);
    const uint64_t suffix = siphash_fields_end(&all);
    buf_clear(out);
    if (!buf_reserve(out, 48)) return;
    char *at = text_put(out->s, span_of(instance, BUILD_TAG_INSTANCE));
    *at++ = '.';
    at = text_put_hex_digits(at, suffix & 0xffffffff, 8);
    out->n = (size_t)(at - out->s);
}
