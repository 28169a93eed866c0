/* build_via.c: what both ways of a message stamp on its top Via. */
#include "build.h"

#include "base/text.h"
#include "ip.h"

/* Is the address in the Via the one the message came from? Text first: that is nearly always the answer. */
static bool from_there(kl_span via_host, kl_span source)
{
    sip_ip a, b;
    if (span_eqi(via_host, source)) return true;
    return memchr(via_host.s, ':', via_host.n) && ip_parse(via_host, &a) && ip_parse(source, &b) && ip_eq(&a, &b);
}

void build_stamp_of(const kl_msg *msg, const sip_via *via, build_stamp *stamp)
{
    char *at = stamp->text;
    stamp->rport = stamp->received = SPAN_NULL;
    if (via->rport_present || (msg->msg_flags & SIP_MSG_FORCE_RPORT)) {
        at = text_put(at, SPAN(";rport="));
        at = text_put_uint(at, msg->source_port);
        stamp->rport = span_between(stamp->text, at);
    }
    if (msg->source_host.n > 46) return;
    if (via->rport_present || via->received.s || !from_there(via->host, msg->source_host)) {
        char *start = at;
        at = text_put(at, SPAN(";received="));
        at = text_put(at, msg->source_host);
        stamp->received = span_between(start, at);
    }
}

kl_span build_rport_piece(const sip_via *via)
{
    const char *start = via->rport_text.s, *end = start + via->rport_text.n, *limit = via->text.s + via->text.n;
    while (start > via->text.s && char_is(start[-1], SPAN_WS)) start--;
    const char *after = end;
    while (after < limit && char_is(*after, SPAN_WS)) after++;
    if (after < limit && *after == ';') end = after;
    return span_between(start, end);
}
