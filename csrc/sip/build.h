/* build.h: messages become bytes here and nowhere else. Whatever is written replaces out's content; false when memory
 * ends. */
#ifndef KL_SIP_BUILD_H
#define KL_SIP_BUILD_H

#include "edit.h"

/* The message with its edits and changed R-URI applied, no Via of ours, nothing stamped (msg_apply_changes, $mbu,
 * Message.to_bytes). */
bool build_message(kl_msg *msg, kl_buf *out);

/* Whether a text can stand within one line: it holds no CR, LF or NUL. Whatever comes from a script or out of an escape
 * and goes into a start line, a header or a URI is asked here, by the writers of this room and by core/line.h for
 * functions, which say so in the log. What takes header lines as such is not. */
bool build_is_line(kl_span text);
/* What a piece of the buffer would be sent as, with its edits; the piece itself when there is none. False: the arena is
 * full. */
bool build_piece(kl_msg *msg, kl_span piece, kl_span *out);

typedef struct build_reply_options {
    kl_span to_tag;     /* put on a To that has none; empty: none */
    kl_span server;     /* whole "Server: ..." header text without CRLF; empty: none */
    kl_span via_params; /* ";name=value" and so on behind all on the top Via; empty: none */
} build_reply_options;
/* True when the reply of that code gets our To-tag: To has none and the code is 180 or more, as in Kamailio. */
bool build_reply_needs_tag(kl_msg *msg, int code);
/* RFC 3261 8.2.6 in Kamailio's order: status line (the last three digits of code), then Via (the top one with received
 * and rport), From, To, Call-ID, CSeq and, for 180..299, Record-Route in the order of the request, reply_headers,
 * Content-Type, Server, Content-Length, body. False too when one of these headers is missing, doubled or malformed, or
 * the reason is not within a line. */
bool build_reply(kl_msg *msg, int code, kl_span reason, const build_reply_options *options, kl_buf *out);

/* The socket that sends, as texts of edits name it. All zero where none is known: a reply on its way back,
 * msg_apply_changes. */
typedef struct build_socket {
    kl_span address;          /* host[:port][;transport=x] */
    kl_span name;             /* empty: unnamed */
    kl_transport proto, told; /* told: what the address says, another when the socket advertises one */
    bool received;            /* the message came in on it */
} build_socket;

typedef struct build_forward_options {
    kl_span via_host;       /* of our Via; IPv6 in brackets */
    kl_span via_port;       /* decimal text, empty: omitted as Kamailio omits it */
    kl_transport proto;     /* that it is sent by */
    kl_transport via_proto; /* that our Via names; NONE: the same */
    kl_span branch;         /* whole value with the magic cookie */
    bool rport;             /* ;rport on our Via */
    int server_id;          /* ;srvid= on our Via; 0: none */
    kl_span via_params;     /* ";name=value" and so on behind all on our Via; empty: none */
    kl_span uri;            /* R-URI of this branch; .s NULL: msg_current_uri */
    bool strip_vias;        /* corex.forward_uac: no Via but ours, and nothing stamped */
    build_socket socket;
} build_forward_options;
/* RFC 3261 16.6 and 18.2.1: the edited message with our Via before the first one, which gets received and rport. A
 * message from a stream connection has its number on our Via (;i=), where the reply finds it. On streams a missing
 * Content-Length is added. */
bool build_forward(kl_msg *msg, const build_forward_options *options, kl_buf *out);
/* A whole reply, ours or one that we send on, as a 500 to the same request: Via, From, To, Call-ID, CSeq and Server of
 * it, and no body. */
bool build_failure(kl_span reply, kl_buf *out);
typedef struct build_back_options {
    kl_transport proto;
    kl_span status_line; /* without line end, replaces the reply's; .s NULL: keeps it */
    /* ";name=value" and so on behind all on the Via that becomes the top one; empty: none */
    kl_span via_params;
} build_back_options;
/* A reply on its way back: the top Via removed, edits applied. */
bool build_forward_reply(kl_msg *msg, const build_back_options *options, kl_buf *out);

/* RFC 3261 16.11 step 6: the same for retransmissions and for CANCEL and ACK of a hop, another for another transaction;
 * writes "z9hG4bK....index". */
void build_branch(kl_msg *msg, const unsigned char secret[32], int index, kl_buf *out);
/* The part of them that all To-tags of one secret have. */
#define BUILD_TAG_INSTANCE 32
void build_tag_instance(const unsigned char secret[32], char instance[BUILD_TAG_INSTANCE]);
/* 8.2.6.2: stable for retransmissions of one request and for its ACK: "<32 hex>.<8 hex>", the first part the same for
 * all of one secret. */
void build_to_tag(kl_msg *msg, const unsigned char secret[32], const char instance[BUILD_TAG_INSTANCE], kl_buf *out);

/* ---- for the files that build */
static inline bool build_is_stream(kl_transport proto) { return proto != KL_PROTO_UDP && proto != KL_PROTO_NONE; }
/* What the top Via needs on its way on or back (RFC 3261 18.2.1, RFC 3581 4): either is empty when it needs none. */
typedef struct build_stamp {
    char text[32 + 64];      /* ";rport=5060" and behind it ";received=192.0.2.1" */
    kl_span rport, received; /* spans into text */
} build_stamp;
void build_stamp_of(const kl_msg *msg, const sip_via *via, build_stamp *stamp);
/* The rport parameter of a Via with the blanks around it, up to its semicolons. */
kl_span build_rport_piece(const sip_via *via);

#endif
