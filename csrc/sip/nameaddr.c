#include "nameaddr.h"

#include "param.h"
#include "reader.h"

/* Reads as Kamailio reads From and To: blanks around the URI inside < >, unquoted display names with almost any byte, a
 * bare URI up to a blank or ';'. A parameter value may be a quoted string with escapes (RFC 3261), which Kamailio
 * refuses. */

static bool body_ends(const reader *r, const char *p) { return p == r->end || (r->list && *p == ','); }

/* Bytes that end a URI in < >, and those that may not stand in it. */
enum { URI_ENDS = 1, URI_BAD };
static const uint8_t uri_stop[256] = {
    ['>'] = URI_ENDS, [' '] = URI_ENDS, ['\t'] = URI_ENDS, ['"'] = URI_BAD, ['<'] = URI_BAD,
    ['\\'] = URI_BAD, ['\r'] = URI_BAD, ['\n'] = URI_BAD,  ['\0'] = URI_BAD};

static bool read_enclosed(reader *r, sip_nameaddr *out)
{
    const char *p = r->p + 1;
    while (p < r->end && (*p == ' ' || *p == '\t')) p++;
    const char *start = p;
    while (p < r->end && !uri_stop[(unsigned char)*p]) p++;
    if (p < r->end && uri_stop[(unsigned char)*p] == URI_BAD) return reader_fail(r, p, "a URI and '>'");
    if (p == start || *start == ';') return reader_fail(r, start, "a URI behind '<'");
    out->uri = span_between(start, p);
    while (p < r->end && (*p == ' ' || *p == '\t')) p++;
    if (p == r->end || *p != '>') return reader_fail(r, p, "'>' behind the URI");
    out->brackets = true;
    r->p = sip_skip_blanks(p + 1, r->end);
    return true;
}

static bool read_quoted(reader *r, sip_nameaddr *out)
{
    const char *start = r->p, *bad, *quote = sip_quoted_end(start + 1, r->end, &bad);
    if (!quote) return reader_fail(r, bad, "'\"' at the end of the display name");
    out->display = span_between(start, quote + 1);
    r->p = sip_skip_blanks(quote + 1, r->end);
    if (r->p == r->end || *r->p != '<') return reader_fail(r, r->p, "'<' behind the display name");
    return read_enclosed(r, out);
}

/* Bytes that end a word of a display name or a bare URI, or may not stand in one. */
static const char *word_end(const reader *r, const char *p)
{
    for (; p < r->end; p++) switch (*p) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case '<':
        case '>':
        case ';':
        case '"':
        case '\\':
        case '\0': return p;
        case ',':
            if (r->list) return p;
            break;
        default: break;
        }
    return p;
}

/* More than one word before '<': the last one seen ended at `stop`, r->p is at the next. */
static bool read_words(reader *r, const char *start, const char *stop, sip_nameaddr *out)
{
    while (r->p < r->end && *r->p != '<') {
        const char *word = r->p;
        stop = word_end(r, word);
        r->p = sip_skip_blanks(stop, r->end);
        if (stop == word) return reader_fail(r, stop, "'<' behind the display name");
    }
    if (r->p == r->end) return reader_fail(r, r->p, "'<' behind the display name");
    out->display = span_between(start, stop);
    return read_enclosed(r, out);
}

static bool read_bare(reader *r, sip_nameaddr *out)
{
    const char *start = r->p, *stop = word_end(r, start);
    r->p = sip_skip_blanks(stop, r->end);
    if (stop == start) return reader_fail(r, stop, "a name or a URI");
    if (body_ends(r, r->p) || *r->p == ';') {
        out->uri = span_between(start, stop);
        return true;
    }
    return read_words(r, start, stop, out);
}

static void note(const sip_param *param, sip_nameaddr *out)
{
    if (span_eqi(param->name, SPAN("tag"))) out->tag = param->value;
    else if (span_eqi(param->name, SPAN("q"))) out->q = param->value;
    else if (span_eqi(param->name, SPAN("expires"))) out->expires = param->value;
}

/* Outside of lists a comma is nothing that a parameter may hold, but for the value of a tag: user agents put one there.
 */
static bool takes_commas(const reader *r, const char *p)
{
    kl_span rest = span_between(p, r->end);
    return !r->list && span_startsi(rest, SPAN("tag")) &&
           (rest.n == 3 || rest.s[3] == '=' || char_is(rest.s[3], SPAN_WS));
}

static bool read_params(reader *r, sip_nameaddr *out)
{
    while (r->p < r->end && *r->p == ';') {
        sip_param param;
        const char *name = sip_skip_blanks(r->p + 1, r->end), *bad;
        const char *p = sip_param_next(name, r->end, takes_commas(r, name) ? 0 : SIP_PARAM_LIST, &param, &bad);
        if (!p) return reader_fail(r, bad, "a parameter");
        note(&param, out);
        out->params = span_between(out->params.s ? out->params.s : name, p);
        r->p = p;
    }
    return body_ends(r, r->p) || reader_fail(r, r->p, "';' or the end");
}

static bool read_body(reader *r, sip_nameaddr *out)
{
    const char *start = r->p;
    if (start == r->end) return reader_fail(r, start, "a name or a URI");
    if (!(*start == '"'   ? read_quoted(r, out)
          : *start == '<' ? read_enclosed(r, out)
                          : read_bare(r, out)) ||
        !read_params(r, out))
        return false;
    const char *stop = r->p;
    while (char_is(stop[-1], SPAN_WS)) stop--;
    out->text = span_between(start, stop);
    out->star = span_eq(out->text, SPAN("*"));
    return true;
}

static kl_status report(const reader *r, kl_error *err)
{
    error_at(err, KL_EPARSE, r->p - r->start, "expected %s", r->expected);
    return KL_EPARSE;
}

kl_status sip_nameaddr_parse(kl_span text, sip_nameaddr *out, kl_error *err)
{
    sip_nameaddr body = {.tag = SPAN_NULL};
    reader r = {.p = sip_skip_blanks(text.s, span_end(text)), .end = span_end(text), .start = text.s};
    if (!read_body(&r, &body)) return report(&r, err);
    *out = body;
    return KL_OK;
}

kl_status sip_nameaddr_next(kl_span *rest, sip_nameaddr *out, kl_error *err)
{
    sip_nameaddr body = {.tag = SPAN_NULL};
    reader r = {.p = sip_skip_blanks(rest->s, span_end(*rest)), .end = span_end(*rest), .start = rest->s, .list = true};
    if (r.p == r.end) return KL_ENOENT;
    if (!read_body(&r, &body)) return report(&r, err);
    if (r.p < r.end && sip_skip_blanks(r.p + 1, r.end) == r.end) {
        reader_fail(&r, r.p, "a value behind ','");
        return report(&r, err);
    }
    *rest = span_between(r.p < r.end ? r.p + 1 : r.p, r.end);
    *out = body;
    return KL_OK;
}

#define MAX_CONTACTS     257
#define SHORTEST_CONTACT 3

int sip_contact_next(sip_contact_walk *walk, sip_nameaddr *out)
{
    if (walk->count == 0 && walk->rest.n > 0 && *walk->rest.s == '*') {
        walk->star = !span_find(span_from(walk->rest, 1), '*');
        return walk->star ? 0 : -1;
    }
    const kl_status status = sip_nameaddr_next(&walk->rest, out, NULL);
    if (status == KL_ENOENT) return walk->count > 0 ? 0 : -1;
    if (status != KL_OK || out->uri.n < SHORTEST_CONTACT || ++walk->count > MAX_CONTACTS) return -1;
    return out->brackets || span_find(out->uri, ':') ? 1 : -1;
}

bool sip_contacts_good(kl_span body)
{
    sip_contact_walk walk = sip_contacts(body);
    sip_nameaddr contact;
    int more;
    while ((more = sip_contact_next(&walk, &contact)) > 0) continue;
    return more == 0;
}

bool sip_list_next(kl_span *rest, kl_span *element)
{
    const char *p = sip_skip_blanks(rest->s, span_end(*rest)), *end = span_end(*rest), *start = p;
    bool quoted = false, enclosed = false;
    if (p == end) return false;
    for (; p < end && (quoted || enclosed || *p != ','); p++) {
        if (quoted && *p == '\\' && end - p > 1) p++;
        else if (*p == '"' && !enclosed) quoted = !quoted;
        else if (!quoted && (*p == '<' || *p == '>')) enclosed = *p == '<';
    }
    *element = span_trim(span_between(start, p));
    *rest = span_between(p < end ? p + 1 : end, end);
    return true;
}

bool nameaddr_wants_brackets(kl_span uri) { return span_find(uri, ';') || span_find(uri, '?') || span_find(uri, ','); }
