/* sdp.h: session descriptions (RFC 4566) in the body of a message, as far as routing asks. Read as Kamailio reads them:
 * v= starts, then an o= and behind it an m= must be there, and each m= needs a c= of its own or of the session. */
#ifndef KL_SIP_SDP_H
#define KL_SIP_SDP_H

#include "msg.h"

/* "a=rtpmap:ID NAME/rate" */
typedef struct sdp_rtpmap sdp_rtpmap;
struct sdp_rtpmap {
    sdp_rtpmap *next; /* as in the stream */
    kl_span id, name;
};

typedef struct sdp_stream sdp_stream;
struct sdp_stream {
    sdp_stream *next; /* as in the body */
    kl_span text;     /* from its m= to the next one, or the end */
    kl_span media, port, transport;
    kl_span formats; /* behind the transport, to the end of the line */
    kl_span address; /* of its own c=, else of the session's */
    uint8_t family;  /* 4 or 6 */
    bool inactive;   /* its last direction is a=inactive */
    sdp_rtpmap *rtpmaps;
};

typedef struct sdp_session sdp_session;
struct sdp_session {
    sdp_session *next;       /* one for each SDP part of a multipart body */
    kl_span text;            /* of the part */
    kl_span version, origin; /* sess-version and address of o= */
    kl_span address;         /* of c= before the first m=; .s NULL when there is none */
    uint8_t family;          /* 4 or 6, 0 when there is none */
    sdp_stream *streams, *last;
};

typedef struct sip_sdp {
    sdp_session *sessions, *last; /* none in a multipart body without an SDP part */
    kl_span text;                 /* of the last one */
} sip_sdp;

typedef enum sdp_status { SDP_GOOD, SDP_NO_BODY, SDP_BAD } sdp_status;
/* Read once per message. SDP_BAD: no application/sdp or multipart/mixed, malformed, or memory ended. */
sdp_status msg_sdp(kl_msg *msg, const sip_sdp **out);
/* The bytes of the description, good or not: the body when its Content-Type is application/sdp or there is none, else
 * the first such part of a multipart/mixed one. Empty: neither. */
kl_span sdp_bytes(const kl_msg *msg);
/* By Content-Type alone: application/sdp, no such header, or multipart/mixed with that text somewhere in it. */
bool sdp_is_claimed(const kl_msg *msg);

/* One line with its line end; false at the end. */
static inline bool sdp_line_next(kl_span *rest, kl_span *line)
{
    const char *feed = rest->n > 0 ? (const char *)memchr(rest->s, '\n', rest->n) : NULL;
    *line = feed ? span_between(rest->s, feed + 1) : *rest;
    *rest = span_from(*rest, line->n);
    return line->n > 0;
}
/* The value of the first line "b=NAME:value", "a=NAME:value"; .s NULL when there is none. */
kl_span sdp_value(kl_span text, char type, kl_span name);

/* A walk over the lines of a description, known by its name. Kamailio has four of them and never gives a name back. */
#define SDP_ITERATORS     4
#define SDP_ITERATOR_NAME 32
typedef struct sdp_iterator {
    char name[SDP_ITERATOR_NAME]; /* empty: free */
    enum { SDP_WALK_ENDED, SDP_WALK_BEFORE, SDP_WALK_ON } state;
    uint64_t generation; /* of the message and its bytes: what was started on others has ended */
    const char *buf;
    size_t at, n; /* the line in the text, with its end */
} sdp_iterator;
/* False: no description, no name is free, or the name is not 1 to 31 bytes. The others: false, or .s NULL, when it is
 * not going, or on no line. */
bool sdp_iterator_start(sdp_iterator *all, kl_msg *msg, kl_span name);
bool sdp_iterator_next(sdp_iterator *all, kl_msg *msg, kl_span name);
bool sdp_iterator_end(sdp_iterator *all, kl_span name);
kl_span sdp_iterator_line(sdp_iterator *all, kl_msg *msg, kl_span name);

#endif
