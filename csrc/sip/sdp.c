#include "sdp.h"

#include "index.h"
#include "mime.h"

/* ---- lines */

static kl_span without_end(kl_span line)
{
    while (line.n > 0 && (line.s[line.n - 1] == '\n' || line.s[line.n - 1] == '\r')) line.n--;
    return line;
}

/* The next line of that type: its value without the line end. *at: where it starts. False when there is none before the
 * end of *rest, which moves behind the line. */
static bool find_line(kl_span *rest, char type, kl_span *value, const char **at)
{
    kl_span line;
    while (sdp_line_next(rest, &line)) {
        if (line.n < 2 || line.s[0] != type || line.s[1] != '=') continue;
        *at = line.s;
        *value = without_end(span_from(line, 2));
        return true;
    }
    return false;
}

kl_span sdp_value(kl_span text, char type, kl_span name)
{
    kl_span value;
    const char *at;
    while (find_line(&text, type, &value, &at))
        if (value.n > name.n && value.s[name.n] == ':' && span_startsi(value, name))
            return span_from(value, name.n + 1);
    return SPAN_NULL;
}

static kl_span token(kl_span *rest)
{
    size_t n = 0;
    while (rest->n > 0 && char_is(rest->s[0], SPAN_WS)) *rest = span_from(*rest, 1);
    while (n < rest->n && !char_is(rest->s[n], SPAN_WS)) n++;
    const kl_span found = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return found;
}

/* ---- o=, c= and m= */

/* "... IP4 address", at the first " IP". */
static bool read_address(kl_span value, kl_span *address, uint8_t *family)
{
    const char *type = span_search(value, SPAN(" IP"));
    if (!type) return false;
    kl_span rest = span_between(type + 3, value.s + value.n);
    if (rest.n < 2 || (rest.s[0] != '4' && rest.s[0] != '6')) return false;
    *family = (uint8_t)(rest.s[0] - '0');
    rest = span_from(rest, 1);
    if (!char_is(rest.s[0], SPAN_WS)) token(&rest);
    *address = token(&rest);
    return address->n > 0;
}

/* The third of the pieces between single blanks, with something behind the fourth. */
static bool read_version(kl_span origin, kl_span *version)
{
    const char *blank[4], *p = origin.s, *end = span_end(origin);
    while (end > p && char_is(end[-1], SPAN_WS)) end--;
    for (int i = 0; i < 4; i++) {
        blank[i] = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
        if (!blank[i]) return false;
        p = blank[i] + 1;
    }
    *version = span_between(blank[1] + 1, blank[2]);
    return true;
}

static bool read_media(kl_span value, sdp_stream *stream)
{
    kl_span rest = value;
    stream->media = token(&rest);
    stream->port = token(&rest);
    stream->transport = token(&rest);
    stream->formats = rest.n > 0 ? span_from(rest, 1) : rest;
    return stream->transport.n > 0;
}

static void read_direction(sdp_stream *stream, kl_span value)
{
    static const kl_span names[] = {{"inactive", 8}, {"sendrecv", 8}, {"sendonly", 8}, {"recvonly", 8}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_startsi(value, names[i])) stream->inactive = i == 0;
}

/* Without a rate it is none. */
static bool read_rtpmap(kl_span value, sdp_rtpmap *map)
{
    const char *blank = span_find(value, ' ');
    if (!blank) return false;
    map->id = span_between(value.s, blank);
    map->name = span_from(value, map->id.n + 1);
    const char *slash = span_find(map->name, '/');
    if (slash) map->name = span_between(map->name.s, slash);
    return slash && map->id.n > 0;
}

static bool add_rtpmap(kl_msg *msg, sdp_rtpmap ***last, kl_span value)
{
    sdp_rtpmap map = {0};
    if (!read_rtpmap(value, &map)) return true;
    sdp_rtpmap *kept = arena_alloc(&msg->arena, sizeof *kept);
    if (!kept) return false;
    *kept = map;
    **last = kept;
    *last = &kept->next;
    return true;
}

static bool read_attributes(kl_msg *msg, sdp_stream *stream)
{
    static const kl_span rtpmap = {"a=rtpmap:", 9};
    kl_span rest = stream->text, line;
    sdp_rtpmap **last = &stream->rtpmaps;
    while (sdp_line_next(&rest, &line)) {
        if (line.n < 2 || line.s[1] != '=') continue;
        if (line.s[0] == 'a') read_direction(stream, span_from(line, 2));
        if (span_startsi(line, rtpmap) && !add_rtpmap(msg, &last, span_from(line, rtpmap.n))) return false;
    }
    return true;
}

/* value: of the m= at the start of text. */
static bool add_stream(kl_msg *msg, sdp_session *session, kl_span text, kl_span value)
{
    kl_span rest = text, line;
    const char *at;
    sdp_stream *stream = arena_zalloc(&msg->arena, sizeof *stream);
    if (!stream || !read_media(value, stream)) return false;
    stream->text = text;
    stream->address = session->address;
    stream->family = session->family;
    if (find_line(&rest, 'c', &line, &at) && !read_address(line, &stream->address, &stream->family)) return false;
    if (!read_attributes(msg, stream)) return false;
    *(session->last ? &session->last->next : &session->streams) = stream;
    session->last = stream;
    return stream->family != 0;
}

static bool add_streams(kl_msg *msg, sdp_session *session, kl_span rest, kl_span value, const char *start)
{
    const char *end = span_end(rest), *next = end;
    kl_span next_value = SPAN_NULL;
    for (bool more = true; more; value = next_value, start = next) {
        more = find_line(&rest, 'm', &next_value, &next);
        if (!add_stream(msg, session, span_between(start, more ? next : end), value)) return false;
    }
    return true;
}

static bool add_session(kl_msg *msg, sip_sdp *sdp, kl_span text)
{
    kl_span rest = text, value, origin, common, media;
    const char *at, *start;
    uint8_t family;
    sdp_session *session = arena_zalloc(&msg->arena, sizeof *session);
    if (!session || !find_line(&rest, 'v', &value, &at) || !find_line(&rest, 'o', &origin, &at)) return false;
    common = rest;
    if (!find_line(&rest, 'm', &media, &start) || !read_version(origin, &session->version) ||
        !read_address(origin, &session->origin, &family))
        return false;
    common = span_between(common.s, start);
    if (find_line(&common, 'c', &value, &at) && !read_address(value, &session->address, &session->family)) return false;
    if (!add_streams(msg, session, rest, media, start)) return false;
    sdp->text = session->text = text;
    *(sdp->last ? &sdp->last->next : &sdp->sessions) = session;
    sdp->last = session;
    return true;
}

/* ---- bodies */

typedef enum content { CONTENT_NONE, CONTENT_SDP, CONTENT_MIXED, CONTENT_OTHER } content;

/* *params: what is behind the type. */
static content content_of(kl_span value, kl_span *params)
{
    mime_type mime;
    if (!mime_parse(value, &mime)) return CONTENT_OTHER;
    *params = mime.params;
    if (span_eqi(mime.type, SPAN("application")) && span_eqi(mime.subtype, SPAN("sdp"))) return CONTENT_SDP;
    return span_eqi(mime.type, SPAN("multipart")) && span_eqi(mime.subtype, SPAN("mixed")) ? CONTENT_MIXED
                                                                                           : CONTENT_OTHER;
}

static content content_of_message(const kl_msg *msg, kl_span *params)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE);
    return hdr ? content_of(hdr_body(hdr), params) : CONTENT_NONE;
}

/* Where the next delimiter line starts, at `at` or behind; the end when there is none. */
static const char *next_delimiter(const char *at, const char *end, kl_span boundary)
{
    for (const char *p = at; p < end; p++) {
        if ((size_t)(end - p) >= boundary.n + 2 && p[0] == '-' && p[1] == '-' &&
            memcmp(p + 2, boundary.s, boundary.n) == 0)
            return p;
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p) break;
    }
    return end;
}

/* What is behind the headers of a part, and whether they say application/sdp. */
static bool part_is_sdp(kl_span *part)
{
    const char *p = part->s, *end = span_end(*part), *at, *expected;
    bool found = false;
    while (p && p < end && *p != '\r' && *p != '\n') {
        sip_hdr hdr;
        kl_span params;
        p = index_header(p, end, &hdr, &at, &expected);
        if (p && hdr.id == SIP_HDR_CONTENT_TYPE) found = content_of(hdr_body(&hdr), &params) == CONTENT_SDP;
    }
    if (p && p < end && *p == '\r') p++;
    if (p && p < end && *p == '\n') p++;
    *part = p ? span_between(p, end) : SPAN_NULL;
    return p && found;
}

/* *at: the delimiter line before the part, which moves to the next one. False: none is there, or it is the last. */
static bool next_part(const char **at, const char *end, kl_span boundary, kl_span *part)
{
    const char *start = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    if (!start ||
        ((size_t)(end - *at) >= boundary.n + 4 && (*at)[boundary.n + 2] == '-' && (*at)[boundary.n + 3] == '-'))
        return false;
    *at = next_delimiter(start + 1, end, boundary);
    *part = span_between(start + 1, *at);
    return true;
}

static bool add_parts(kl_msg *msg, sip_sdp *sdp, kl_span boundary)
{
    const char *end = span_end(msg->body), *at = next_delimiter(msg->body.s, end, boundary);
    kl_span part;
    if (at == end) return false;
    while (next_part(&at, end, boundary, &part))
        if (part_is_sdp(&part) && !add_session(msg, sdp, part)) return false;
    return true;
}

static kl_span first_part(kl_span body, kl_span boundary)
{
    const char *end = span_end(body), *at = next_delimiter(body.s, end, boundary);
    kl_span part;
    while (next_part(&at, end, boundary, &part))
        if (part_is_sdp(&part)) return part;
    return SPAN_NULL;
}

kl_span sdp_bytes(const kl_msg *msg)
{
    kl_span params, boundary;
    if (msg->body.n == 0) return SPAN_NULL;
    switch (content_of_message(msg, &params)) {
    case CONTENT_NONE:
    case CONTENT_SDP: return msg->body;
    case CONTENT_MIXED: return mime_boundary(params, &boundary) ? first_part(msg->body, boundary) : SPAN_NULL;
    default: return SPAN_NULL;
    }
}

static bool read_sdp(kl_msg *msg, sip_sdp *sdp)
{
    kl_span params, boundary;
    switch (content_of_message(msg, &params)) {
    case CONTENT_SDP: return add_session(msg, sdp, msg->body);
    case CONTENT_MIXED: return mime_boundary(params, &boundary) && add_parts(msg, sdp, boundary);
    default: return false;
    }
}

sdp_status msg_sdp(kl_msg *msg, const sip_sdp **out)
{
    if (!msg->body.s) /* no end of the headers */
        return SDP_BAD;
    if (msg->body.n == 0) return SDP_NO_BODY;
    if (msg->lazy.sdp == SIP_LAZY_UNKNOWN) {
        sip_sdp *sdp = arena_zalloc(&msg->arena, sizeof *sdp);
        msg->lazy.sdp = sdp && read_sdp(msg, sdp) ? SIP_LAZY_GOOD : SIP_LAZY_BAD;
        msg->sdp = sdp;
    }
    *out = msg->sdp;
    return msg->lazy.sdp == SIP_LAZY_GOOD ? SDP_GOOD : SDP_BAD;
}

static bool mentions(kl_span text, kl_span needle)
{
    for (size_t i = 0; i + needle.n <= text.n; i++)
        if (char_lower(text.s[i]) == needle.s[0] && span_startsi(span_from(text, i), needle)) return true;
    return false;
}

bool sdp_is_claimed(const kl_msg *msg)
{
    kl_span params;
    if (msg->body.n == 0) return false;
    const content what = content_of_message(msg, &params);
    return what == CONTENT_NONE || what == CONTENT_SDP ||
           (what == CONTENT_MIXED && mentions(msg->body, SPAN("application/sdp")));
}
