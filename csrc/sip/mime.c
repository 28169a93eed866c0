#include "mime.h"

#include "base/text.h"
#include "param.h"

/* ---- types */

static bool ends_token(char c) { return c == '/' || c == ';' || c == ',' || char_is(c, SPAN_WS); }

/* And the blanks around it. */
static kl_span token(kl_span *rest)
{
    const char *const end = span_end(*rest), *start = rest->s;
    while (start < end && char_is(*start, SPAN_WS)) start++;
    const char *p = start;
    while (p < end && (char_is(*p, SPAN_TOKEN) || !ends_token(*p))) p++;
    const kl_span found = span_between(start, p);
    while (p < end && char_is(*p, SPAN_WS)) p++;
    *rest = span_between(p, end);
    return found;
}

bool mime_parse(kl_span value, mime_type *out)
{
    kl_span rest = span_trim(value);
    out->type = token(&rest);
    if (rest.n == 0 || rest.s[0] != '/') return false;
    rest = span_from(rest, 1);
    out->subtype = token(&rest);
    out->params = rest;
    return out->type.n > 0 && out->subtype.n > 0 && (rest.n == 0 || rest.s[0] == ';' || rest.s[0] == ',');
}

static const kl_span types[] = {{"text", 4}, {"message", 7}, {"application", 11}, {"multipart", 9}};
static const kl_span subtypes[] = {
    {"plain", 5},    {"cpim", 4},           {"sdp", 3},       {"cpl+xml", 7},          {"pidf+xml", 8},
    {"rlmi+xml", 8}, {"lpidf+xml", 9},      {"xpidf+xml", 9}, {"watcherinfo+xml", 15}, {"related", 7},
    {"mixed", 5},    {"external-body", 13}, {"isup", 4}};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Its place in a table; the length of the table when it is not there. */
static size_t place(const kl_span *table, size_t count, kl_span word)
{
    size_t i = 0;
    while (i < count && !span_eqi(table[i], word)) i++;
    return i;
}

static bool is_any(kl_span word) { return span_eq(word, SPAN("*")); }

bool mime_same(const mime_type *a, const mime_type *b)
{
    if (is_any(a->type) || is_any(a->subtype) || is_any(b->type) || is_any(b->subtype)) return false;
    if (span_eqi(a->type, b->type) && span_eqi(a->subtype, b->subtype)) return true;
    return place(types, COUNT(types), a->type) == place(types, COUNT(types), b->type) &&
           place(subtypes, COUNT(subtypes), a->subtype) == place(subtypes, COUNT(subtypes), b->subtype);
}

bool mime_boundary(kl_span params, kl_span *out)
{
    const char *p = params.s, *end = span_end(params), *bad;
    sip_param param;
    while (p && p < end && *p == ';') {
        p = sip_param_next(p + 1, end, 0, &param, &bad);
        if (!p || !span_eqi(param.name, SPAN("boundary"))) continue;
        *out = param.value;
        return param.value.n > 0;
    }
    return false;
}

bool mime_msg_boundary(const kl_msg *msg, kl_span *out)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE);
    mime_type mime;
    return hdr && mime_parse(hdr_body(hdr), &mime) && span_eqi(mime.type, SPAN("multipart")) &&
           mime_boundary(mime.params, out);
}

/* ---- parts */

/* One line with its CRLF, or the rest; false at the end. */
static bool next_line(kl_span *rest, kl_span *line)
{
    if (rest->n == 0) return false;
    const char *end = span_search(*rest, SPAN("\r\n"));
    *line = end ? span_between(rest->s, end + 2) : *rest;
    *rest = span_from(*rest, line->n);
    return true;
}

static bool is_delimiter(kl_span line, kl_span boundary)
{
    return line.n >= boundary.n + 2 && line.s[0] == '-' && line.s[1] == '-' &&
           memcmp(line.s + 2, boundary.s, boundary.n) == 0;
}

static bool is_of_type(kl_span line, kl_span type)
{
    const char *colon = span_find(line, ':');
    if (!colon || line.n < 2 || line.s[line.n - 1] != '\n') return false;
    kl_span name = span_between(line.s, colon), value = span_between(colon + 1, span_end(line) - 2);
    while (name.n > 0 && (name.s[name.n - 1] == ' ' || name.s[name.n - 1] == '\t')) name.n--;
    while (value.n > 0 && (*value.s == ' ' || *value.s == '\t')) value = span_from(value, 1);
    return sip_hdr_id_of(name) == SIP_HDR_CONTENT_TYPE && span_eqi(value, type);
}

bool mime_part_find(kl_span body, kl_span boundary, kl_span type, mime_part *out)
{
    kl_span rest = body, line;
    if (type.n == 0) return false;
    do {
        if (!next_line(&rest, &out->line)) return false;
    } while (!is_of_type(out->line, type));
    while (next_line(&rest, &line)) {
        if (!is_delimiter(line, boundary)) continue;
        out->content = span_between(span_end(out->line), line.s);
        out->delimiter = line;
        return true;
    }
    return false;
}

static char *put_delimiter(char *at, kl_span boundary, bool last)
{
    at = text_put(text_put(at, SPAN("--")), boundary);
    return text_put(at, last ? SPAN("--\r\n") : SPAN("\r\n"));
}

/* From the first one to the end of the last. */
static size_t count_delimiters(kl_span body, kl_span boundary, kl_span *between)
{
    size_t count = 0;
    kl_span line;
    while (next_line(&body, &line)) {
        if (!is_delimiter(line, boundary)) continue;
        *between = span_between(count++ == 0 ? line.s : between->s, span_end(line));
    }
    return count;
}

size_t mime_delimiters(kl_span body, kl_span boundary)
{
    kl_span between;
    return count_delimiters(body, boundary, &between);
}

size_t mime_close(kl_span body, kl_span boundary, size_t least, char *out)
{
    kl_span rest = SPAN_NULL, line;
    size_t left = count_delimiters(body, boundary, &rest);
    char *at = out;
    if (left < least) return SIZE_MAX;
    while (next_line(&rest, &line)) {
        const bool delimiter = is_delimiter(line, boundary);
        at = delimiter ? put_delimiter(at, boundary, left == 1) : text_put(at, line);
        left -= delimiter;
    }
    return (size_t)(at - out);
}
