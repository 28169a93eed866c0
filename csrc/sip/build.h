/* build.h: messages become bytes here and nowhere else. Whatever is written replaces out's content; false when memory ends. */
#ifndef KL_SIP_BUILD_H
#define KL_SIP_BUILD_H

#include "edit.h"

/* The message with its edits and changed R-URI applied, no Via of ours, nothing stamped (msg_apply_changes, $mbu, Message.to_bytes). */
bool build_message(kl_msg *msg, kl_buf *out);

typedef struct build_reply_options {
    kl_span to_tag;             /* added when To has none and code > 100 (Kamailio: >= 180); empty: none */
    kl_span server;             /* whole "Server: ..." header text without CRLF; empty: none */
} build_reply_options;
/* RFC 3261 8.2.6 in Kamailio's order: status line, Via (top one with received and rport), From, To, Call-ID, CSeq in the order of the request,
 * Record-Route for 180..299, Contact for 3xx with branches, reply_headers, Server, Content-Length (and type), body. */
bool build_reply(kl_msg *msg, int code, kl_span reason, const build_reply_options *options, kl_buf *out);

typedef struct build_forward_options {
    kl_span via_host;           /* of our Via; IPv6 in brackets */
    kl_span via_port;           /* decimal text, empty: omitted as Kamailio omits it */
    kl_transport proto;
    kl_span branch;             /* whole value with the magic cookie */
    bool rport;                 /* ;rport on our Via */
    kl_span uri;                /* R-URI of this branch; .s NULL: msg_current_uri */
    bool strip_vias;            /* corex.forward_uac */
} build_forward_options;
bool build_forward(kl_msg *msg, const build_forward_options *options, kl_buf *out);
/* A reply on its way back: our Via (the top one) removed, edits applied. */
bool build_forward_reply(kl_msg *msg, kl_buf *out);

/* RFC 3261 16.11 step 6: the same for retransmissions, another for another transaction; writes "z9hG4bK....index". secret: instance bytes. */
void build_branch(kl_msg *msg, const unsigned char secret[32], int index, kl_buf *out);
/* 8.2.6.2: stable for retransmissions of one request: "<32 hex>.<8 hex>". */
void build_to_tag(kl_msg *msg, const unsigned char secret[32], kl_buf *out);

#endif
