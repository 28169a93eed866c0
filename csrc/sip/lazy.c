#include "msg.h"

/* A part that was there from an earlier look is written again: spans into the same message. NULL: no memory. */
static void *room_for(kl_msg *msg, void *part, size_t size) { return part ? part : arena_alloc(&msg->arena, size); }

static const sip_uri *uri_of(kl_msg *msg, uint8_t *state, sip_uri **uri, bool present, kl_span text)
{
    if (KL_UNLIKELY(*state == SIP_LAZY_UNKNOWN)) {
        if (!present) *state = SIP_LAZY_ABSENT;
        else if ((*uri = room_for(msg, *uri, sizeof **uri)))
            *state = sip_uri_parse(text, *uri, NULL) == KL_OK ? SIP_LAZY_GOOD : SIP_LAZY_BAD;
    }
    return *state == SIP_LAZY_GOOD ? *uri : NULL;
}

kl_span msg_current_uri(const kl_msg *msg) { return msg->new_uri.s ? msg->new_uri : msg->uri; }

const sip_uri *msg_ouri(kl_msg *msg) { return uri_of(msg, &msg->lazy.ouri, &msg->p_ouri, msg->is_request, msg->uri); }

const sip_uri *msg_ruri(kl_msg *msg)
{
    return msg->new_uri.s ? uri_of(msg, &msg->lazy.ruri, &msg->p_ruri, true, msg->new_uri) : msg_ouri(msg);
}

const sip_uri *msg_dst(kl_msg *msg)
{
    return uri_of(msg, &msg->lazy.dst, &msg->p_dst, msg->dst_uri.s != NULL, msg->dst_uri);
}

const sip_nameaddr *msg_from(kl_msg *msg) { return msg->from; }
const sip_nameaddr *msg_to(kl_msg *msg) { return msg->to; }
const sip_cseq *msg_cseq(kl_msg *msg) { return msg->cseq; }
const sip_via *msg_via1(kl_msg *msg) { return msg->via1; }
const sip_via *msg_via2(kl_msg *msg) { return msg->via2; }

const sip_uri *msg_from_uri(kl_msg *msg)
{
    const sip_nameaddr *from = msg_from(msg);
    return uri_of(msg, &msg->lazy.from_uri, &msg->p_from_uri, from != NULL, from ? from->uri : SPAN_NULL);
}

const sip_uri *msg_to_uri(kl_msg *msg)
{
    const sip_nameaddr *to = msg_to(msg);
    return uri_of(msg, &msg->lazy.to_uri, &msg->p_to_uri, to != NULL, to ? to->uri : SPAN_NULL);
}

static sip_lazy read_credentials(kl_msg *msg)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_PROXY_AUTHORIZATION);
    hdr = hdr ? hdr : msg_hdr_first(msg, SIP_HDR_AUTHORIZATION);
    if (!hdr) return SIP_LAZY_ABSENT;
    msg->p_authorization = room_for(msg, msg->p_authorization, sizeof *msg->p_authorization);
    if (!msg->p_authorization) return SIP_LAZY_UNKNOWN;
    return sip_credentials_parse(hdr_body(hdr), msg->p_authorization, NULL) == KL_OK ? SIP_LAZY_GOOD : SIP_LAZY_BAD;
}

const sip_credentials *msg_credentials(kl_msg *msg)
{
    if (msg->lazy.authorization == SIP_LAZY_UNKNOWN) msg->lazy.authorization = (uint8_t)read_credentials(msg);
    return msg->lazy.authorization == SIP_LAZY_GOOD ? msg->p_authorization : NULL;
}

uint32_t msg_method_id(kl_msg *msg)
{
    if (!msg->method_id && msg_cseq(msg)) msg->method_id = msg_cseq(msg)->method_id;
    return msg->method_id;
}

kl_span msg_method(kl_msg *msg)
{
    if (msg->is_request) return msg->method;
    const sip_cseq *cseq = msg_cseq(msg);
    return cseq ? cseq->method : SPAN_NULL;
}
