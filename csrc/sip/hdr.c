#include "hdr.h"

#include "base/status.h"

/* Name, first and last letter in lower case. Length, first and last letter tell all these names apart, and so does
 * SLOT: two names in one slot would be a doubled initializer, which the compiler reports. */
/* clang-format off */
#define HEADERS(X) \
    X(VIA, "Via", 'v', 'a') X(FROM, "From", 'f', 'm') X(TO, "To", 't', 'o') X(CALL_ID, "Call-ID", 'c', 'd') \
    X(CSEQ, "CSeq", 'c', 'q') X(CONTACT, "Contact", 'c', 't') X(MAX_FORWARDS, "Max-Forwards", 'm', 's') \
    X(ROUTE, "Route", 'r', 'e') X(RECORD_ROUTE, "Record-Route", 'r', 'e') \
    X(CONTENT_TYPE, "Content-Type", 'c', 'e') X(CONTENT_LENGTH, "Content-Length", 'c', 'h') \
    X(AUTHORIZATION, "Authorization", 'a', 'n') X(PROXY_AUTHORIZATION, "Proxy-Authorization", 'p', 'n') \
    X(WWW_AUTHENTICATE, "WWW-Authenticate", 'w', 'e') X(PROXY_AUTHENTICATE, "Proxy-Authenticate", 'p', 'e') \
    X(EXPIRES, "Expires", 'e', 's') X(SUPPORTED, "Supported", 's', 'd') X(REQUIRE, "Require", 'r', 'e') \
    X(PROXY_REQUIRE, "Proxy-Require", 'p', 'e') X(UNSUPPORTED, "Unsupported", 'u', 'd') \
    X(ALLOW, "Allow", 'a', 'w') X(EVENT, "Event", 'e', 't') X(ACCEPT, "Accept", 'a', 't') \
    X(ACCEPT_LANGUAGE, "Accept-Language", 'a', 'e') X(ACCEPT_CONTACT, "Accept-Contact", 'a', 't') \
    X(REJECT_CONTACT, "Reject-Contact", 'r', 't') X(REQUEST_DISPOSITION, "Request-Disposition", 'r', 'n') \
    X(ALLOW_EVENTS, "Allow-Events", 'a', 's') X(CALL_INFO, "Call-Info", 'c', 'o') \
    X(CONTENT_DISPOSITION, "Content-Disposition", 'c', 'n') X(CONTENT_ENCODING, "Content-Encoding", 'c', 'g') \
    X(DATE, "Date", 'd', 'e') X(DIVERSION, "Diversion", 'd', 'n') X(IDENTITY, "Identity", 'i', 'y') \
    X(IDENTITY_INFO, "Identity-Info", 'i', 'o') X(MIN_EXPIRES, "Min-Expires", 'm', 's') \
    X(MIN_SE, "Min-SE", 'm', 'e') X(ORGANIZATION, "Organization", 'o', 'n') X(PATH, "Path", 'p', 'h') \
    X(PRIORITY, "Priority", 'p', 'y') X(PRIVACY, "Privacy", 'p', 'y') X(PPI, "P-Preferred-Identity", 'p', 'y') \
    X(PAI, "P-Asserted-Identity", 'p', 'y') X(REASON, "Reason", 'r', 'n') X(REFER_TO, "Refer-To", 'r', 'o') \
    X(REFERRED_BY, "Referred-By", 'r', 'y') X(RPID, "Remote-Party-ID", 'r', 'd') \
    X(RETRY_AFTER, "Retry-After", 'r', 'r') X(SERVER, "Server", 's', 'r') \
    X(SESSION_EXPIRES, "Session-Expires", 's', 's') X(SIP_IF_MATCH, "SIP-If-Match", 's', 'h') \
    X(SUBJECT, "Subject", 's', 't') X(SUBSCRIPTION_STATE, "Subscription-State", 's', 'e') \
    X(USER_AGENT, "User-Agent", 'u', 't')
/* clang-format on */

#define SLOT(length, first, last) (((length) + (size_t)11 * ((first) & 31) + (size_t)42 * ((last) & 31)) & 255)

#define ENTRY(id, name, first, last) [SLOT(sizeof(name) - 1, first, last)] = SIP_HDR_##id,
static const uint8_t slots[256] = {HEADERS(ENTRY)};

#define NAME(id, name, first, last) [SIP_HDR_##id] = {name, sizeof(name) - 1},
static const kl_span names[SIP_HDR_COUNT] = {[SIP_HDR_OTHER] = {"", 0}, HEADERS(NAME)};

/* RFC 3261 7.3.3 and the registrations since, as far as Kamailio knows them. */
#define COMPACT(letter) [(letter) - 'a']
static const uint8_t compact[26] = {
    COMPACT('a') = SIP_HDR_ACCEPT_CONTACT,
    COMPACT('b') = SIP_HDR_REFERRED_BY,
    COMPACT('c') = SIP_HDR_CONTENT_TYPE,
    COMPACT('d') = SIP_HDR_REQUEST_DISPOSITION,
    COMPACT('e') = SIP_HDR_CONTENT_ENCODING,
    COMPACT('f') = SIP_HDR_FROM,
    COMPACT('i') = SIP_HDR_CALL_ID,
    COMPACT('j') = SIP_HDR_REJECT_CONTACT,
    COMPACT('k') = SIP_HDR_SUPPORTED,
    COMPACT('l') = SIP_HDR_CONTENT_LENGTH,
    COMPACT('m') = SIP_HDR_CONTACT,
    COMPACT('o') = SIP_HDR_EVENT,
    COMPACT('r') = SIP_HDR_REFER_TO,
    COMPACT('s') = SIP_HDR_SUBJECT,
    COMPACT('t') = SIP_HDR_TO,
    COMPACT('u') = SIP_HDR_ALLOW_EVENTS,
    COMPACT('v') = SIP_HDR_VIA,
    COMPACT('x') = SIP_HDR_SESSION_EXPIRES,
    COMPACT('y') = SIP_HDR_IDENTITY,
};

sip_hdr_id sip_hdr_id_of(kl_span name)
{
    if (name.n < 2)
        return name.n && char_is(*name.s, SPAN_ALPHA) ? (sip_hdr_id)compact[char_lower(*name.s) - 'a'] : SIP_HDR_OTHER;
    uint8_t id = slots[SLOT(name.n, (unsigned char)*name.s, (unsigned char)name.s[name.n - 1])];
    if (names[id].n != name.n) return SIP_HDR_OTHER;
    /* Nearly every sender writes the canonical form. */
    if (KL_LIKELY(word_equal(names[id].s, name.s, name.n)) || span_eqi(names[id], name)) return (sip_hdr_id)id;
    return SIP_HDR_OTHER;
}

/* Where the first colon is within 16 bytes. */
static size_t colon_within(const char *p)
{
    const uint64_t low = word_below(word_at(p) ^ WORD_EACH(':'), 1);
    if (KL_LIKELY(low)) return word_first(low);
    const uint64_t high = word_below(word_at(p + 8) ^ WORD_EACH(':'), 1);
    return high ? 8 + word_first(high) : 0;
}

size_t sip_hdr_known(const char *p, const char *end, sip_hdr_id *id)
{
    const size_t n = end - p > 16 ? colon_within(p) : 0;
    if (n < 2) return 0;
    const uint8_t found = slots[SLOT(n, (unsigned char)*p, (unsigned char)p[n - 1])];
    if (names[found].n != n || p[n] != ':' || !word_equal(names[found].s, p, n)) return 0;
    *id = (sip_hdr_id)found;
    return n;
}

kl_span sip_hdr_name(sip_hdr_id id) { return (unsigned)id < SIP_HDR_COUNT ? names[id] : names[SIP_HDR_OTHER]; }

/* Kamailio adds digits to a signed 32-bit number while it is below INT_MAX / 10. */
bool sip_content_length(kl_span body, uint32_t *out)
{
    uint64_t n;
    if (!span_uint(span_trim(body), 2147483639, &n)) return false;
    *out = (uint32_t)n;
    return true;
}

bool sip_retry_after(kl_span body, uint32_t *out)
{
    uint64_t n;
    size_t i = 0;
    while (i < body.n && char_is(body.s[i], SPAN_DIGIT)) i++;
    if (!span_uint(span_of(body.s, i), UINT32_MAX, &n)) return false;
    *out = (uint32_t)n;
    return i == body.n || char_is(body.s[i], SPAN_WS) || body.s[i] == ';' || body.s[i] == '(';
}
