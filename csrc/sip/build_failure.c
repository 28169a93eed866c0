/* build_failure.c: a reply that must not be sent becomes one that tells of an error. */
#include "build.h"
#include "hdr.h"

static bool is_kept(kl_span line)
{
    const char *colon = memchr(line.s, ':', line.n);
    if (!colon) return false;
    switch (sip_hdr_id_of(span_trim(span_of(line.s, (size_t)(colon - line.s))))) {
    case SIP_HDR_VIA:
    case SIP_HDR_FROM:
    case SIP_HDR_TO:
    case SIP_HDR_CALL_ID:
    case SIP_HDR_CSEQ:
    case SIP_HDR_SERVER: return true;
    default: return false;
    }
}

/* The first line with its line end, or all when there is none. */
static kl_span line_of(kl_span text)
{
    const char *end = memchr(text.s, '\n', text.n);
    return span_of(text.s, end ? (size_t)(end - text.s) + 1 : text.n);
}

bool build_failure(kl_span reply, kl_buf *out)
{
    bool kept = false;
    buf_clear(out);
    buf_add(out, SPAN("SIP/2.0 500 Server Internal Error\r\n"));
    for (kl_span rest = span_from(reply, line_of(reply).n); rest.n > 0;) {
        const kl_span line = line_of(rest);
        if (line.s[0] == '\r' || line.s[0] == '\n') break;
        if (line.s[0] != ' ' && line.s[0] != '\t') kept = is_kept(line); /* else it goes with the one before */
        if (kept) buf_add(out, line);
        rest = span_from(rest, line.n);
    }
    buf_add(out, SPAN("Content-Length: 0\r\n\r\n"));
    return !out->failed;
}
