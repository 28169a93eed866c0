#include "msg.h"

/* Remembers how a first look went; true when the part is there and good. */
static bool look(sip_lazy *state, bool present, kl_status status)
{
    *state = !present ? SIP_LAZY_ABSENT : status == KL_OK ? SIP_LAZY_GOOD : SIP_LAZY_BAD;
    return *state == SIP_LAZY_GOOD;
}

static const sip_uri *uri_of(sip_lazy *state, sip_uri *uri, bool present, kl_span text)
{
    if (*state == SIP_LAZY_UNKNOWN) look(state, present, present ? sip_uri_parse(text, uri, NULL) : KL_ENOENT);
    return *state == SIP_LAZY_GOOD ? uri : NULL;
}

kl_span msg_current_uri(const kl_msg *msg) { return msg->new_uri.s ? msg->new_uri : msg->uri; }

const sip_uri *msg_ouri(kl_msg *msg) { return uri_of(&msg->lazy.ouri, &msg->p_ouri, msg->is_request, msg->uri); }

const sip_uri *msg_ruri(kl_msg *msg)
{
    return msg->new_uri.s ? uri_of(&msg->lazy.ruri, &msg->p_ruri, true, msg->new_uri) : msg_ouri(msg);
}

const sip_uri *msg_dst(kl_msg *msg)
{
    return uri_of(&msg->lazy.dst, &msg->p_dst, msg->dst_uri.s != NULL, msg->dst_uri);
}

/* From, To, CSeq and Via were read by the index. */
const sip_nameaddr *msg_from(kl_msg *msg) { return msg->lazy.from == SIP_LAZY_GOOD ? &msg->p_from : NULL; }

const sip_nameaddr *msg_to(kl_msg *msg) { return msg->lazy.to == SIP_LAZY_GOOD ? &msg->p_to : NULL; }

const sip_cseq *msg_cseq(kl_msg *msg) { return msg->lazy.cseq == SIP_LAZY_GOOD ? &msg->p_cseq : NULL; }

const sip_via *msg_via1(kl_msg *msg) { return msg->lazy.via1 == SIP_LAZY_GOOD ? &msg->p_via1 : NULL; }

const sip_via *msg_via2(kl_msg *msg) { return msg->lazy.via2 == SIP_LAZY_GOOD ? &msg->p_via2 : NULL; }

const sip_uri *msg_from_uri(kl_msg *msg)
{
    const sip_nameaddr *from = msg_from(msg);
    return uri_of(&msg->lazy.from_uri, &msg->p_from_uri, from != NULL, from ? from->uri : SPAN_NULL);
}

const sip_uri *msg_to_uri(kl_msg *msg)
{
    const sip_nameaddr *to = msg_to(msg);
    return uri_of(&msg->lazy.to_uri, &msg->p_to_uri, to != NULL, to ? to->uri : SPAN_NULL);
}

const sip_credentials *msg_credentials(kl_msg *msg)
{
    if (msg->lazy.authorization == SIP_LAZY_UNKNOWN) {
        const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_PROXY_AUTHORIZATION);
        hdr = hdr ? hdr : msg_hdr_first(msg, SIP_HDR_AUTHORIZATION);
        look(&msg->lazy.authorization, hdr != NULL,
             hdr ? sip_credentials_parse(hdr->body, &msg->p_authorization, NULL) : KL_ENOENT);
    }
    return msg->lazy.authorization == SIP_LAZY_GOOD ? &msg->p_authorization : NULL;
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
