/* build_tag.c: branches and To-tags: keyed hashes of what RFC 3261 names, so that nothing has to be remembered. */
#include "build.h"

#include "base/siphash.h"

#define MAGIC "z9hG4bK"

static char *put_hex(char *at, uint64_t value, int digits)
{
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) *at++ = "0123456789abcdef"[value >> shift & 15];
    return at;
}

static void add_field(siphash *hash, const kl_span *field) { siphash_add_field(hash, field ? *field : SPAN_NULL); }

/* What tells a transaction of one hop from another, its CANCEL and ACK apart from neither: the topmost Via, Call-ID,
 * the number of CSeq, From (16.11). */
static void add_transaction(siphash *hash, kl_msg *msg)
{
    const sip_via *via = msg_via1(msg);
    const sip_hdr *call_id = msg_hdr_first(msg, SIP_HDR_CALL_ID);
    const sip_cseq *cseq = msg_cseq(msg);
    const sip_nameaddr *from = msg_from(msg);
    add_field(hash, via ? &via->host : NULL);
    add_field(hash, via ? &via->port : NULL);
    add_field(hash, via ? &via->branch : NULL);
    siphash_add_field(hash, call_id ? hdr_body(call_id) : SPAN_NULL);
    add_field(hash, cseq ? &cseq->number : NULL);
    add_field(hash, from ? &from->tag : NULL);
}

/* A client of RFC 2543 makes no unique branch: the Request-URI and the To-tag tell its transactions apart. */
static void add_old_transaction(siphash *hash, kl_msg *msg)
{
    const sip_via *via = msg_via1(msg);
    if (via && span_starts(via->branch, SPAN(MAGIC))) return;
    const sip_nameaddr *to = msg_to(msg);
    add_field(hash, &msg->uri);
    add_field(hash, to ? &to->tag : NULL);
}

void build_branch(kl_msg *msg, const unsigned char secret[32], int index, kl_buf *out)
{
    siphash high, low;
    siphash_begin(&high, secret);
    siphash_add(&high, SPAN("branch"));
    add_transaction(&high, msg);
    add_old_transaction(&high, msg);
    const uint64_t first = siphash_end(&high);
    siphash_begin(&low, secret + 16);
    siphash_add(&low, span_of((const char *)&first, sizeof first));
    const uint64_t second = siphash_end(&low);
    buf_clear(out);
    if (!buf_reserve(out, 64)) return;
    char digits[20], *at = span_put(out->s, SPAN(MAGIC));
    at = put_hex(at, (first ^ first >> 32) & 0xffff, 4);
    *at++ = '.';
    at = put_hex(at, first, 16);
    at = put_hex(at, second, 16);
    *at++ = '.';
    at = span_put(at, span_decimal(digits, index < 0 ? 0 : (uint64_t)index));
    out->n = (size_t)(at - out->s);
}

void build_to_tag(kl_msg *msg, const unsigned char secret[32], kl_buf *out)
{
    siphash hash;
    siphash_begin(&hash, secret + 16);
    siphash_add(&hash, SPAN("to-tag"));
    add_transaction(&hash, msg);
    const uint64_t suffix = siphash_end(&hash);
    buf_clear(out);
    if (!buf_reserve(out, 48)) return;
    char *at = put_hex(out->s, siphash_of(secret, SPAN("instance")), 16);
    at = put_hex(at, siphash_of(secret + 16, SPAN("instance")), 16);
    *at++ = '.';
    at = put_hex(at, suffix & 0xffffffff, 8);
    out->n = (size_t)(at - out->s);
}
