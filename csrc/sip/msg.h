/* msg.h: one SIP message: the bytes as received, an index of its headers, what the script changed since, and parsed
 * parts.
 *
 * buf never changes after parsing (one documented exception: Max-Forwards is decremented in place, as Kamailio does).
 * Header edits are a list (edit.h) that reads do not see; Request-URI, destination, flags and branches change at once.
 * All memory a message needs comes from its arena, so recycling one is a reset. */
#ifndef KL_SIP_MSG_H
#define KL_SIP_MSG_H

#include "base/work.h"
#include "base/arena.h"
#include "base/buf.h"
#include "hdr.h"
#include "method.h"
#include "nameaddr.h"
#include "slot.h"
#include "via.h"

typedef struct sip_edit sip_edit; /* edit.h */

typedef struct sip_cseq {
    kl_span number, method;
    /* value: 0 when the number is none or above 32 bits, which Kamailio's index lets pass */
    uint32_t value, method_id;
} sip_cseq;
kl_status sip_cseq_parse(kl_span body, sip_cseq *out, kl_error *err);

typedef struct sip_credentials { /* Digest, RFC 8760/7616/3261 22 */
    /* unquoted; .s NULL when absent */
    kl_span scheme, username, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, nc;
    kl_span user, domain; /* of username around @; domain .s NULL when there is no @ */
} sip_credentials;
kl_status sip_credentials_parse(kl_span body, sip_credentials *out, kl_error *err);

/* An additional branch (KSR.corex.append_branch*, $branch). The R-URI branch lives in the message itself. */
typedef struct sip_branch {
    kl_span uri, dst_uri, path, ruid, user_agent, instance;
    int q; /* 0..1000, -1 unspecified */
    uint32_t flags;
    int send_socket; /* index into the server's sockets, -1 none */
    int otcpid;
} sip_branch;

#define SIP_MAX_BRANCHES 31 /* additional ones; Kamailio's default is 11 of them, see core parameter max_branches */

typedef enum sip_lazy { SIP_LAZY_UNKNOWN = 0, SIP_LAZY_GOOD, SIP_LAZY_ABSENT, SIP_LAZY_BAD } sip_lazy;

/* What depends on how often a script has changed a message. */
#define msg_pay(msg, units) ((msg)->work ? work_pay((msg)->work, units) : (void)0)

struct kl_msg {
    kl_arena arena;
    uint64_t generation;
    kl_work *work; /* of the run that works on it (engine), NULL when there is none */
    /* of that run: 16 bytes that no peer knows, for hashes of what one may choose */
    const unsigned char *secret;
    kl_buf out; /* scratch for kl_msg_build */
    bool fresh; /* nothing came since the last reset */
    /* -- as received */
    bool is_request;
    /* a malformed header ended the index: what scans all headers fails ($hdr, $rb, KSR.hdr), what stands before it
     * reads on ($ci) */
    bool hdrs_bad;
    uint16_t hdr_count, hdr_cap;
    uint32_t method_id; /* request line, or CSeq for replies (0 until sip_msg_method_id asks) */
    int status;         /* replies; 0 for requests */
    char *buf;          /* in the arena, NUL behind it */
    size_t len;
    kl_span first_line;           /* with its line end */
    kl_span method, uri, version; /* requests; version for both */
    kl_span status_text, reason;  /* replies */
    sip_hdr *hdrs;
    size_t eoh; /* offset of the empty line */
    /* all behind the empty line, whatever Content-Length says; .s NULL without an empty line or with hdrs_bad */
    kl_span body;
    int64_t content_length;        /* -1 when there is no such header */
    uint16_t first[SIP_HDR_COUNT]; /* indexes into hdrs, SIP_NO_HDR when there is none */
    /* -- parsed parts in the arena: use the msg_* getters. The index reads those that name a hop or a dialog; NULL:
     * there is none */
    const sip_via *via1, *via2;
    const sip_nameaddr *from, *to;
    const sip_cseq *cseq;
    /* read when asked (lazy.c): what is there when lazy says good, and memory to be used again */
    sip_uri *p_ruri, *p_ouri, *p_from_uri, *p_to_uri, *p_dst;
    sip_credentials *p_authorization;
    const struct sip_sdp *sdp; /* sdp.h */
    struct {
        uint8_t ruri, ouri, from_uri, to_uri, dst, authorization, sdp; /* sip_lazy */
    } lazy;
    /* -- where it came from and when */
    kl_transport proto;
    /* index into the server's sockets, -1 when it matches none, SIP_SOCKET_UNKNOWN when nobody has looked */
    int recv_socket;
    kl_span source_host, local_host; /* numeric text, IPv6 without brackets */
    uint16_t source_port, local_port;
    int conid; /* -1 none */
    double now;
    /* -- what the script changed at once */
    kl_span new_uri;                                        /* .s NULL: unchanged */
    uint32_t new_uri_room, dst_uri_room;                    /* bytes their memory has, to be written again */
    kl_span dst_uri, path_vec, ruid, location_ua, instance; /* .s NULL: unset */
    bool ruri_is_new;                                       /* usable for forking, Kamailio's "ruri_new" */
    uint8_t branch_count, branch_cap;
    uint32_t flags, bflags;
    uint64_t xflags;
    sip_branch *branches; /* in the arena */
    int ruri_q;           /* -1 unspecified */
    int send_socket;      /* forced, -1 none */
    kl_span advertised_address, advertised_port;
    unsigned msg_flags;                       /* SIP_MSG_* */
    int reply_send_flags, forward_send_flags; /* KL_SEND_* */
    uint32_t clone_size;                      /* of a clone in a region (msg_clone.h) */
    /* -- edits (edit.h) */
    sip_edit *edits_near;                   /* the one made last: where the next one most likely goes */
    sip_edit *edits, *edits_tail;           /* requests and forwarded replies */
    kl_span reply_headers;                  /* append_to_reply, accumulated */
    size_t reply_headers_room;              /* bytes that its memory has; it doubles */
    kl_span reply_body, reply_content_type; /* .s NULL: none */
    slot_note *slots[SLOT_COUNT];           /* of other rooms; NULL: no note */
};

/* Of kl_msg.recv_socket: the engine looks when a run begins. */
#define SIP_SOCKET_UNKNOWN (-2)

enum {
    SIP_MSG_FORCE_RPORT = 1,
    SIP_MSG_ADD_LOCAL_RPORT = 2,
    SIP_MSG_NO_REPLY = 4,
    SIP_MSG_FINAL_REPLY_SENT = 8,
    SIP_MSG_VIA_SERVER_ID = 16,
    SIP_MSG_FAKED = 32 /* made by the engine for an event, not received */,
    SIP_MSG_VIA_XAVP_PARAMS = 64,
    SIP_MSG_VIA_XAVP_FIELDS = 128,
    SIP_MSG_VIA_REPLY_XAVP = 256,
    SIP_MSG_MULTIPART = 512 /* parts were added or removed: mime_close works on the body that is sent */,
    SIP_MSG_FROM_STORED = 1024,
    SIP_MSG_TO_STORED = 2048 /* the URI that uac replaced is in Record-Route */
};

void msg_init(kl_msg *msg, size_t memory);
/* recycles: new generation, arena reset unless nothing came since the last one */
void msg_reset(kl_msg *msg);
void msg_done(kl_msg *msg);
/* Copies the packet into the arena and indexes it in one pass. Refused is what Kamailio drops: a bad first line; no
 * good Via, From, To, Call-ID and CSeq before the first malformed or doubled header. A malformed header behind those
 * five ends the index (hdrs_bad). err->hint is a status to answer with. */
kl_status msg_parse(kl_msg *msg, const kl_packet *packet, kl_error *err);
/* Replaces the bytes of a message and indexes anew, keeping what msg_apply_changes keeps (textopsx sheet). The old
 * bytes stay readable. On an error the message has the new bytes and nothing to read in them, as in Kamailio. */
kl_status msg_replace(kl_msg *msg, kl_span bytes, kl_error *err);

/* Headers. index: 0 the first of that name, negative from the end. NULL when there is none. */
const sip_hdr *msg_hdr_first(const kl_msg *msg, sip_hdr_id id);
const sip_hdr *msg_hdr_next(const kl_msg *msg, const sip_hdr *hdr); /* the next of the same name, also for OTHER */
/* KSR.hdr's name rules: known ids in any form, else case-insensitive; NULL with hdrs_bad */
const sip_hdr *msg_hdr_named(const kl_msg *msg, kl_span name);
/* as above; from the end NULL when there are 256 or more */
const sip_hdr *msg_hdr_index(const kl_msg *msg, kl_span name, int index);
size_t msg_hdr_count_named(const kl_msg *msg, kl_span name);

/* Parsed parts: NULL when absent or malformed (the lazy state tells which). Spans into buf or, for R-URI and
 * destination, into the arena. */
const sip_uri *msg_ruri(kl_msg *msg); /* new_uri when set, else the original */
const sip_uri *msg_ouri(kl_msg *msg);
const sip_uri *msg_dst(kl_msg *msg);
const sip_nameaddr *msg_from(kl_msg *msg);
const sip_nameaddr *msg_to(kl_msg *msg);
const sip_uri *msg_from_uri(kl_msg *msg);
const sip_uri *msg_to_uri(kl_msg *msg);
const sip_cseq *msg_cseq(kl_msg *msg);
const sip_via *msg_via1(kl_msg *msg);
const sip_via *msg_via2(kl_msg *msg);
const sip_credentials *msg_credentials(kl_msg *msg); /* Proxy-Authorization before Authorization, as $au reads */
uint32_t msg_method_id(kl_msg *msg);
kl_span msg_method(kl_msg *msg);            /* CSeq's for replies */
kl_span msg_current_uri(const kl_msg *msg); /* new_uri or the original */
kl_span msg_told_body(const kl_msg *msg);   /* as much of it as Content-Length tells, all without one; empty: none */
/* What a room noted, NULL when it did not. */
static inline void *msg_slot(const kl_msg *msg, slot_number number) { return msg->slots[number]; }

/* index: below branch_count; good until the next change of branches */
static inline sip_branch *msg_branch(const kl_msg *msg, int index) { return &msg->branches[index]; }
/* Copies the struct, not its texts. NULL when the arena is full, or there are SIP_MAX_BRANCHES. */
sip_branch *msg_branch_append(kl_msg *msg, const sip_branch *branch);
void msg_branch_remove(kl_msg *msg, int index);

/* At once. All copy; false when the arena is full, a text is not within a line (build.h), the R-URI cannot be parsed or
 * the result is over 1024 bytes (core sheet). */
bool msg_set_uri(kl_msg *msg, kl_span uri);
bool msg_set_user(kl_msg *msg, kl_span user);
bool msg_set_host(kl_msg *msg, kl_span host);
bool msg_set_port(kl_msg *msg, kl_span port); /* empty removes it */
bool msg_set_dst(kl_msg *msg, kl_span uri);   /* empty resets */

#endif
