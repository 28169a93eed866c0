#include "via.h"

#include "param.h"
#include "reader.h"

static bool skip_text(reader *r, const char *lower, size_t n, const char *expected)
{
    if ((size_t)(r->end - r->p) < n || !span_eqi(span_of(r->p, n), span_of(lower, n)))
        return reader_fail(r, r->p, expected);
    r->p = sip_skip_blanks(r->p + n, r->end);
    return true;
}

static const char *word_end(const char *p, const char *end)
{
    while (p < end && !char_is(*p, SPAN_WS) && *p != '/') p++;
    return p;
}

/* "SIP" "/" "2.0" "/", blanks behind all of them; nearly every sender writes none. */
static bool read_version(reader *r, sip_via *via)
{
    if (KL_LIKELY(r->end - r->p > 8 && word_equal(r->p, "SIP/2.0/", 8))) {
        via->version = span_of(r->p + 4, 3);
        r->p = sip_skip_blanks(r->p + 8, r->end);
        return true;
    }
    if (!skip_text(r, "sip", 3, "SIP/2.0") || !skip_text(r, "/", 1, "'/' and a version")) return false;
    via->version = span_of(r->p, 3);
    return skip_text(r, "2.0", 3, "version 2.0") && skip_text(r, "/", 1, "'/' and a transport");
}

/* And a transport, with a blank behind it. */
static bool read_protocol(reader *r, sip_via *via)
{
    if (!read_version(r, via)) return false;
    const char *stop = word_end(r->p, r->end);
    if (stop == r->p) return reader_fail(r, stop, "a transport");
    via->transport = span_between(r->p, stop);
    via->proto = sip_transport_of(via->transport);
    r->p = sip_skip_blanks(stop, r->end);
    return r->p > stop || reader_fail(r, stop, "a blank behind the transport");
}

/* Nearly anything may be a host here, as in Kamailio: it only comes back in replies. */
static const char *host_end(const char *p, const char *end)
{
    if (p < end && *p == '[') {
        const char *close = memchr(p, ']', (size_t)(end - p));
        return close ? close + 1 : p;
    }
    while (p < end && !char_is(*p, SPAN_WS) && *p != ':' && *p != ';' && *p != ',' && *p != '(' && *p != '[' &&
           *p != ']')
        p++;
    return p;
}

static bool read_port(reader *r, sip_via *via)
{
    const char *start = sip_skip_blanks(r->p + 1, r->end), *p = start;
    uint64_t n;
    while (p < r->end && char_is(*p, SPAN_DIGIT)) p++;
    via->port = span_between(start, p);
    if (!span_uint(via->port, 65535, &n)) return reader_fail(r, start, "a port from 0 to 65535");
    via->port_number = (uint16_t)n;
    r->p = sip_skip_blanks(p, r->end);
    return true;
}

static bool read_sent_by(reader *r, sip_via *via)
{
    const char *stop = host_end(r->p, r->end);
    if (stop == r->p) return reader_fail(r, stop, "a host");
    via->host = span_between(r->p, stop);
    r->p = sip_skip_blanks(stop, r->end);
    return r->p == r->end || *r->p != ':' || read_port(r, via);
}

/* RFC 2543: parentheses nest. */
static bool read_comment(reader *r, sip_via *via)
{
    const char *start = r->p, *p = start;
    int depth = 0;
    do {
        if (*p == '\\' && r->end - p > 1) p++;
        else if (*p == '(') depth++;
        else if (*p == ')') depth--;
    } while (++p < r->end && depth);
    if (depth) return reader_fail(r, p, "')' at the end of the comment");
    via->comment = span_between(start + 1, p - 1);
    r->p = sip_skip_blanks(p, r->end);
    return true;
}

static bool note(reader *r, const sip_param *param, sip_via *via)
{
    kl_span name = param->name;
    switch (name.n) {
    case 5:
        if (span_eqi(name, SPAN("rport"))) {
            via->rport = param->value;
            via->rport_text = param->text;
            via->rport_present = true;
        }
        break;
    case 6:
        if (span_eqi(name, SPAN("branch"))) {
            if (!param->value.n) return reader_fail(r, name.s + name.n, "a value of branch");
            via->branch = param->value;
        }
        break;
    case 8:
        if (span_eqi(name, SPAN("received"))) {
            via->received = param->value;
            via->received_text = param->text;
        }
        break;
    default: break;
    }
    return true;
}

/* Parameters, and a comment behind the host or behind a parameter. */
static bool read_params(reader *r, sip_via *via)
{
    while (r->p < r->end && *r->p != ',') {
        sip_param param;
        const char *bad, *p;
        if (*r->p == '(') {
            if (!read_comment(r, via)) return false;
            continue;
        }
        if (*r->p != ';') return reader_fail(r, r->p, "';', ',' or the end");
        p = sip_param_next(r->p + 1, r->end, SIP_PARAM_LIST | SIP_PARAM_BACKSLASH, &param, &bad);
        if (!p) return reader_fail(r, bad, "a parameter");
        if (!note(r, &param, via)) return false;
        via->params = span_between(via->params.s ? via->params.s : param.text.s, param.text.s + param.text.n);
        r->p = p;
    }
    return true;
}

kl_status sip_via_next(kl_span *rest, sip_via *out, kl_error *err)
{
    sip_via via = {.text = SPAN_NULL};
    reader r = {.p = sip_skip_blanks(rest->s, span_end(*rest)), .end = span_end(*rest), .start = rest->s};
    const char *start = r.p;
    if (start == r.end) return KL_ENOENT;
    bool good = read_protocol(&r, &via) && read_sent_by(&r, &via) && read_params(&r, &via);
    if (good && r.p < r.end && sip_skip_blanks(r.p + 1, r.end) == r.end)
        good = reader_fail(&r, r.p, "a value behind ','");
    if (!good) return error_at(err, KL_EPARSE, r.p - r.start, "expected %s", r.expected);
    via.text = span_trim(span_between(start, r.p));
    *rest = span_between(r.p < r.end ? r.p + 1 : r.p, r.end);
    *out = via;
    return KL_OK;
}
