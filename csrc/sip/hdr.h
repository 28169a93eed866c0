/* hdr.h: header names, long and compact, and one header field of a message. */
#ifndef KL_SIP_HDR_H
#define KL_SIP_HDR_H

#include "base/span.h"

/* SIP_HDR_OTHER is any name not in the table; order is ours, the table in hdr.c is sorted by it. */
typedef enum sip_hdr_id {
    SIP_HDR_OTHER = 0,
    SIP_HDR_VIA,
    SIP_HDR_FROM,
    SIP_HDR_TO,
    SIP_HDR_CALL_ID,
    SIP_HDR_CSEQ,
    SIP_HDR_CONTACT,
    SIP_HDR_MAX_FORWARDS,
    SIP_HDR_ROUTE,
    SIP_HDR_RECORD_ROUTE,
    SIP_HDR_CONTENT_TYPE,
    SIP_HDR_CONTENT_LENGTH,
    SIP_HDR_AUTHORIZATION,
    SIP_HDR_PROXY_AUTHORIZATION,
    SIP_HDR_WWW_AUTHENTICATE,
    SIP_HDR_PROXY_AUTHENTICATE,
    SIP_HDR_EXPIRES,
    SIP_HDR_SUPPORTED,
    SIP_HDR_REQUIRE,
    SIP_HDR_PROXY_REQUIRE,
    SIP_HDR_UNSUPPORTED,
    SIP_HDR_ALLOW,
    SIP_HDR_EVENT,
    SIP_HDR_ACCEPT,
    SIP_HDR_ACCEPT_LANGUAGE,
    SIP_HDR_ACCEPT_CONTACT,
    SIP_HDR_REJECT_CONTACT,
    SIP_HDR_REQUEST_DISPOSITION,
    SIP_HDR_ALLOW_EVENTS,
    SIP_HDR_CALL_INFO,
    SIP_HDR_CONTENT_DISPOSITION,
    SIP_HDR_CONTENT_ENCODING,
    SIP_HDR_DATE,
    SIP_HDR_DIVERSION,
    SIP_HDR_IDENTITY,
    SIP_HDR_IDENTITY_INFO,
    SIP_HDR_MIN_EXPIRES,
    SIP_HDR_MIN_SE,
    SIP_HDR_ORGANIZATION,
    SIP_HDR_PATH,
    SIP_HDR_PRIORITY,
    SIP_HDR_PRIVACY,
    SIP_HDR_PPI,
    SIP_HDR_PAI,
    SIP_HDR_REASON,
    SIP_HDR_REFER_TO,
    SIP_HDR_REFERRED_BY,
    SIP_HDR_RPID,
    SIP_HDR_RETRY_AFTER,
    SIP_HDR_SERVER,
    SIP_HDR_SESSION_EXPIRES,
    SIP_HDR_SIP_IF_MATCH,
    SIP_HDR_SUBJECT,
    SIP_HDR_SUBSCRIPTION_STATE,
    SIP_HDR_USER_AGENT,
    SIP_HDR_COUNT
} sip_hdr_id;

#define SIP_NO_HDR 0xffff

/* Small, as there are many of them, and a transaction keeps them all. */
typedef struct sip_hdr {
    const char *start; /* of the line, and of the name */
    uint32_t name_n, body_at, body_n, line_n;
    uint16_t id; /* sip_hdr_id */
    /* index of the next header of the same id (OTHER: the next OTHER), SIP_NO_HDR at the end */
    uint16_t next;
} sip_hdr;

/* As written, blanks before the colon not included. */
static inline kl_span hdr_name(const sip_hdr *of) { return (kl_span){of->start, of->name_n}; }
/* Leading blanks skipped, line end removed, trailing blanks and inner folds kept (Kamailio's body). */
static inline kl_span hdr_body(const sip_hdr *of) { return (kl_span){of->start + of->body_at, of->body_n}; }
/* All of it with its CRLF, folded lines included. */
static inline kl_span hdr_line(const sip_hdr *of) { return (kl_span){of->start, of->line_n}; }

sip_hdr_id sip_hdr_id_of(kl_span name); /* any case, compact forms too; OTHER when unknown */
/* Length of the known name that p begins with in its canonical form, a colon right behind it; 0: none, or not told. */
size_t sip_hdr_known(const char *p, const char *end, sip_hdr_id *id);
kl_span sip_hdr_name(sip_hdr_id id); /* the canonical long name, empty for OTHER */

/* Bodies that start with a number, as Kamailio's header index takes them: Content-Length is digits alone, Retry-After
 * may have more behind them. */
bool sip_content_length(kl_span body, uint32_t *out);
bool sip_retry_after(kl_span body, uint32_t *out);

#endif
