/* build_reply.c: replies of our own, RFC 3261 8.2.6. */
#include "build.h"

#include "base/text.h"

static kl_span without_line_end(kl_span line)
{
    if (line.n > 0 && line.s[line.n - 1] == '\n') line.n--;
    if (line.n > 0 && line.s[line.n - 1] == '\r') line.n--;
    return line;
}

static bool once(const kl_msg *msg, sip_hdr_id id)
{
    return msg->first[id] != SIP_NO_HDR && msg->hdrs[msg->first[id]].next == SIP_NO_HDR;
}

static bool answerable(const kl_msg *msg)
{
    return !msg->hdrs_bad && once(msg, SIP_HDR_FROM) && once(msg, SIP_HDR_TO) && once(msg, SIP_HDR_CALL_ID) &&
           once(msg, SIP_HDR_CSEQ);
}

bool build_reply_needs_tag(kl_msg *msg, int code)
{
    if (code < 180) return false;
    const sip_nameaddr *to = msg_to(msg);
    return to && span_empty(to->tag);
}

static char *put_between(char *at, const char *from, const char *to) { return text_put(at, span_between(from, to)); }

/* Behind the last value of a line the blanks belong to it, as in Kamailio; a second CR does not. */
static const char *end_of_value(const sip_via *via, const char *line_end)
{
    const char *end = span_end(via->text), *at = end;
    while (at < line_end && char_is(*at, SPAN_WS)) at++;
    if (at < line_end) return end;
    while (at > end && (at[-1] == '\r' || at[-1] == '\n')) at--;
    return at;
}

/* rport keeps its place, or comes behind the branch; received and then `more` go last. A list keeps the other values as
 * they are. */
static char *put_top_via(char *at, const kl_msg *msg, const sip_hdr *hdr, const sip_via *via, kl_span more)
{
    build_stamp stamp;
    build_stamp_of(msg, via, &stamp);
    const kl_span line = without_line_end(hdr_line(hdr));
    const char *const line_end = line.s + line.n, *const value_end = end_of_value(via, line_end), *from = line.s;
    if (via->rport_present) {
        const kl_span piece = build_rport_piece(via);
        at = put_between(at, from, piece.s);
        at = text_put(at, span_from(stamp.rport, 1));
        from = piece.s + piece.n;
    } else if (stamp.rport.n > 0) {
        const char *place = via->branch.s ? via->branch.s + via->branch.n : value_end;
        at = put_between(at, from, place);
        at = text_put(at, stamp.rport);
        from = place;
    }
    at = put_between(at, from, value_end);
    at = text_put(at, stamp.received);
    at = text_put(at, more);
    at = put_between(at, value_end, line_end);
    return text_put(at, SPAN("\r\n"));
}

/* Where the body ends, which trailing NULs and CRs do not belong to. */
static char *put_to(char *at, const sip_hdr *hdr, kl_span tag)
{
    const char *place = span_end(hdr_body(hdr));
    at = put_between(at, hdr_line(hdr).s, place);
    at = text_put(at, SPAN(";tag="));
    at = text_put(at, tag);
    return put_between(at, place, span_end(hdr_line(hdr)));
}

static char *put_headers(char *at, kl_msg *msg, const sip_via *via, const build_reply_options *options, kl_span tag,
                         bool record_route)
{
    const sip_hdr *top = msg_hdr_first(msg, SIP_HDR_VIA);
    for (const sip_hdr *hdr = msg->hdrs, *end = hdr + msg->hdr_count; hdr < end; hdr++) {
        switch (hdr->id) {
        case SIP_HDR_VIA:
            at = hdr == top ? put_top_via(at, msg, hdr, via, options->via_params) : text_put(at, hdr_line(hdr));
            break;
        case SIP_HDR_TO: at = tag.n > 0 ? put_to(at, hdr, tag) : text_put(at, hdr_line(hdr)); break;
        case SIP_HDR_RECORD_ROUTE:
            if (record_route) at = text_put(at, hdr_line(hdr));
            break;
        case SIP_HDR_FROM:
        case SIP_HDR_CALL_ID:
        case SIP_HDR_CSEQ: at = text_put(at, hdr_line(hdr)); break;
        default: break;
        }
    }
    return at;
}

static char *put_status_line(char *at, unsigned code, kl_span reason)
{
    at = text_put(at, SPAN("SIP/2.0 "));
    at = text_put_digits(at, (unsigned)code, 3);
    at = text_put(at, SPAN(" "));
    at = text_put(at, reason);
    return text_put(at, SPAN("\r\n"));
}

static char *put_tail(char *at, const kl_msg *msg, kl_span server)
{
    at = text_put(at, msg->reply_headers);
    if (msg->reply_content_type.n > 0) {
        at = text_put(at, SPAN("Content-Type: "));
        at = text_put(at, msg->reply_content_type);
        at = text_put(at, SPAN("\r\n"));
    }
    if (server.n > 0) {
        at = text_put(at, server);
        at = text_put(at, SPAN("\r\n"));
    }
    at = text_put(at, SPAN("Content-Length: "));
    at = text_put_uint(at, msg->reply_body.n);
    at = text_put(at, SPAN("\r\n\r\n"));
    return text_put(at, msg->reply_body);
}

bool build_reply(kl_msg *msg, int code, kl_span reason, const build_reply_options *options, kl_buf *out)
{
    const sip_via *via = msg_via1(msg);
    buf_clear(out);
    if (!via || !build_is_line(reason) || !answerable(msg)) return false;
    const size_t bound = msg->eoh + reason.n + options->to_tag.n + options->server.n + options->via_params.n +
                         msg->reply_headers.n + msg->reply_content_type.n + msg->reply_body.n + sizeof(build_stamp) +
                         128;
    if (!buf_reserve(out, bound)) return false;
    const kl_span tag = build_reply_needs_tag(msg, code) ? options->to_tag : SPAN_NULL;
    char *at = put_status_line(out->s, (unsigned)code, reason);
    at = put_headers(at, msg, via, options, tag, code >= 180 && code < 300);
    at = put_tail(at, msg, options->server);
    out->n = (size_t)(at - out->s);
    return true;
}
