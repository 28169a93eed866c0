#include "call_id.h"

#include "hdr.h"
#include "index.h"

kl_span sip_call_id_of(kl_span data)
{
    if (data.n == 0) return SPAN_NULL;
    const char *end = data.s + data.n, *p = index_first_line(data.s, end), *at, *expected;
    const char *lf = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    sip_hdr hdr;
    for (p = lf ? lf + 1 : end; p < end && *p != '\r' && *p != '\n';) {
        p = index_header(p, end, &hdr, &at, &expected);
        if (!p) break;
        if (hdr.id == SIP_HDR_CALL_ID) return hdr_body(&hdr);
    }
    return SPAN_NULL;
}
