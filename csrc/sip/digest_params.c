#include "digest_params.h"

#include "param.h"
#include "reader.h"

static bool read_scheme(reader *r, kl_span *scheme)
{
    const char *start = r->p = sip_skip_blanks(r->p, r->end);
    while (r->p < r->end && !char_is(*r->p, SPAN_WS)) r->p++;
    *scheme = span_between(start, r->p);
    if (!span_eqi(*scheme, SPAN("Digest"))) return reader_fail(r, start, "the scheme Digest");
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

static bool read_param(reader *r, const digest_param *known, size_t count)
{
    const char *start = r->p, *equal = memchr(start, '=', (size_t)(r->end - start));
    kl_span value;
    if (!equal) return reader_fail(r, r->end, "'=' and a value");
    r->p = equal + 1;
    if (!read_value(r, &value)) return false;
    const kl_span name = span_trim(span_between(start, equal));
    for (size_t i = 0; i < count; i++)
        if (span_eqi(name, known[i].name)) *known[i].value = value;
    const char *comma = memchr(r->p, ',', (size_t)(r->end - r->p));
    r->p = sip_skip_blanks(comma ? comma + 1 : r->end, r->end);
    return !comma || r->p < r->end || reader_fail(r, r->p, "a parameter behind ','");
}

kl_status digest_params_parse(kl_span body, const digest_param *known, size_t count, kl_span *scheme, kl_error *err)
{
    reader r = {.p = body.s, .end = span_end(body), .start = body.s};
    bool good = read_scheme(&r, scheme);
    while (good && r.p < r.end) good = read_param(&r, known, count);
    return good ? KL_OK : error_at(err, KL_EPARSE, r.p - r.start, "expected %s", r.expected);
}
