#include "msg.h"
#include "param.h"
#include "reader.h"

/* Reads "Digest name=value, ..." as Kamailio does: a name is all before its "=", the last of two equal names counts,
 * and what follows a value up to the next comma is skipped. Escapes in quoted strings are respected and left in place
 * (RFC 3261 25.1), where Kamailio cuts the value. */

static bool read_scheme(reader *r, sip_credentials *out)
{
    const char *start = r->p = sip_skip_blanks(r->p, r->end);
    while (r->p < r->end && !char_is(*r->p, SPAN_WS)) r->p++;
    out->scheme = span_between(start, r->p);
    if (!span_eqi(out->scheme, SPAN("Digest"))) return reader_fail(r, start, "the scheme Digest");
    r->p = sip_skip_blanks(r->p, r->end);
    return r->p < r->end || reader_fail(r, r->p, "a parameter");
}

static bool read_value(reader *r, kl_span *value)
{
    const char *start = r->p = sip_skip_blanks(r->p, r->end), *bad;
    if (start < r->end && *start == '"') {
        const char *quote = sip_quoted_end(start + 1, r->end, &bad);
        if (!quote) return reader_fail(r, bad, "'\"' at the end of the value");
        *value = span_between(start + 1, quote);
        r->p = quote + 1;
        return true;
    }
    while (r->p < r->end && *r->p != ',' && !char_is(*r->p, SPAN_WS)) r->p++;
    *value = span_between(start, r->p);
    return value->n || reader_fail(r, start, "a value");
}

static void note(kl_span name, kl_span value, sip_credentials *out)
{
    const struct {
        kl_span name, *value;
    } known[] = {
        {SPAN("username"), &out->username}, {SPAN("realm"), &out->realm},
        {SPAN("nonce"), &out->nonce},       {SPAN("uri"), &out->uri},
        {SPAN("response"), &out->response}, {SPAN("algorithm"), &out->algorithm},
        {SPAN("cnonce"), &out->cnonce},     {SPAN("opaque"), &out->opaque},
        {SPAN("qop"), &out->qop},           {SPAN("nc"), &out->nc},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_eqi(name, known[i].name)) *known[i].value = value;
}

static bool read_param(reader *r, sip_credentials *out)
{
    const char *start = r->p, *equal = memchr(start, '=', (size_t)(r->end - start));
    kl_span value;
    if (!equal) return reader_fail(r, r->end, "'=' and a value");
    r->p = equal + 1;
    if (!read_value(r, &value)) return false;
    note(span_trim(span_between(start, equal)), value, out);
    const char *comma = memchr(r->p, ',', (size_t)(r->end - r->p));
    r->p = sip_skip_blanks(comma ? comma + 1 : r->end, r->end);
    return !comma || r->p < r->end || reader_fail(r, r->p, "a parameter behind ','");
}

/* Both sides of the @ must be there to count. */
static void split_username(sip_credentials *out)
{
    const char *at = span_find(out->username, '@'), *end = span_end(out->username);
    out->user = out->username;
    if (!at || at == out->username.s || at + 1 == end) return;
    out->user = span_between(out->username.s, at);
    out->domain = span_between(at + 1, end);
}

kl_status sip_credentials_parse(kl_span body, sip_credentials *out, kl_error *err)
{
    sip_credentials found = {.scheme = SPAN_NULL};
    reader r = {.p = body.s, .end = span_end(body), .start = body.s};
    bool good = read_scheme(&r, &found);
    while (good && r.p < r.end) good = read_param(&r, &found);
    if (!good) return error_at(err, KL_EPARSE, r.p - r.start, "expected %s", r.expected);
    split_username(&found);
    *out = found;
    return KL_OK;
}
