#include "index.h"

#include "param.h"

/* What was wrong, and where: text is made of it only when somebody asks. */
typedef struct problem {
    const char *at, *expected;
    kl_span body; /* of a structured header that did not parse */
    sip_hdr_id id;
    int hint;
} problem;

static bool fail(problem *bad, const char *at, const char *expected)
{
    *bad = (problem){at, expected, SPAN_NULL, SIP_HDR_OTHER, 400};
    return false;
}

/* ---- first line */

static const char *line_end(const char *p, const char *end)
{
    while (p < end && *p != '\r' && *p != '\n') p++;
    return p;
}

static const char *word_end(const char *p, const char *end)
{
    while (p < end && !char_is(*p, SPAN_WS)) p++;
    return p;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    return p;
}

/* Request-Line: the method ends at one space, the URI follows at once, and only blanks may stand behind the version. */
static bool request_line(kl_msg *msg, const char *p, const char *end, problem *bad)
{
    const char *stop = word_end(p, end);
    msg->method = span_between(p, stop);
    if (stop == p || stop == end || *stop != ' ') return fail(bad, stop, "a method and a space");
    p = stop + 1;
    stop = word_end(p, end);
    msg->uri = span_between(p, stop);
    p = skip_space(stop, end);
    if (!msg->uri.n || p == stop) return fail(bad, stop, "a Request-URI and a space");
    stop = word_end(p, end);
    msg->version = span_between(p, stop);
    if (!span_eqi(msg->version, SPAN("SIP/2.0"))) {
        fail(bad, p, "SIP/2.0");
        bad->hint = span_startsi(msg->version, SPAN("SIP/")) ? 505 : 400;
        return false;
    }
    if (line_end(stop, end) != skip_space(stop, end)) return fail(bad, stop, "the end of the line");
    msg->is_request = true;
    msg->method_id = sip_method_ofi(msg->method); /* "invite" counts as INVITE in Kamailio */
    return true;
}

/* Status-Line: three digits, a space, and perhaps a reason. */
static bool status_line(kl_msg *msg, const char *p, const char *end, problem *bad)
{
    uint64_t status;
    msg->version = span_of(p, 7);
    p += 8;
    const char *stop = word_end(p, end);
    msg->status_text = span_between(p, stop);
    if (msg->status_text.n != 3 || !span_uint(msg->status_text, 999, &status))
        return fail(bad, p, "three digits of a status");
    p = skip_space(stop, end);
    if (p == stop) return fail(bad, stop, "a space behind the status");
    msg->reason = span_between(p, line_end(p, end));
    msg->status = (int)status;
    return true;
}

const char *index_first_line(const char *p, const char *end)
{
    while (p < end && (char_is(*p, SPAN_WS) || *p == '\0')) p++;
    return p;
}

static const char *first_line(kl_msg *msg, const char *p, const char *end, problem *bad)
{
    p = index_first_line(p, end);
    const char *lf = memchr(p, '\n', (size_t)(end - p));
    if (!lf || lf + 1 == end || end - p <= 16) {
        fail(bad, lf ? lf + 1 : end, "a first line and headers");
        return NULL;
    }
    msg->first_line = span_between(p, lf + 1);
    bool reply = span_startsi(msg->first_line, SPAN("SIP/2.0 "));
    return (reply ? status_line(msg, p, lf + 1, bad) : request_line(msg, p, lf + 1, bad)) ? lf + 1 : NULL;
}

/* ---- headers */

/* What the index reads for every message, and the Request-URI, which nearly every script asks for: in one piece. */
typedef struct parts {
    sip_via via1, via2;
    sip_nameaddr from, to;
    sip_cseq cseq;
    sip_uri ouri;
} parts;

typedef struct indexer {
    kl_msg *msg;
    parts *parts;
    uint16_t last[SIP_HDR_COUNT]; /* of each id that has a first */
} indexer;

static sip_hdr *new_header(kl_msg *msg)
{
    if (msg->hdr_count == msg->hdr_cap) {
        size_t cap = msg->hdr_cap ? (size_t)msg->hdr_cap * 2 : 16 + msg->len / 32;
        cap = cap < SIP_NO_HDR ? cap : SIP_NO_HDR - 1;
        sip_hdr *hdrs = cap > msg->hdr_count ? arena_alloc(&msg->arena, cap * sizeof *hdrs) : NULL;
        if (!hdrs) return NULL;
        if (msg->hdr_count) memcpy(hdrs, msg->hdrs, msg->hdr_count * sizeof *hdrs);
        msg->hdrs = hdrs;
        msg->hdr_cap = (uint16_t)cap;
    }
    return &msg->hdrs[msg->hdr_count];
}

static void link_header(indexer *in, const sip_hdr *hdr)
{
    kl_msg *msg = in->msg;
    const uint16_t i = msg->hdr_count++, id = hdr->id;
    if (msg->first[id] == SIP_NO_HDR) msg->first[id] = i;
    else msg->hdrs[in->last[id]].next = i;
    in->last[id] = i;
}

/* Blanks and folds in front of a body. */
static const char *skip_lws(const char *p, const char *end)
{
    if (KL_LIKELY(end - p > 1 && *p == ' ' && (unsigned char)p[1] > ' ')) return p + 1;
    for (;;) {
        const char *q = p;
        if (q < end && *q == '\r') q++;
        if (q < end && *q == '\n') q++;
        else if (q > p) return p;
        if (q == end || (*q != ' ' && *q != '\t')) return p;
        p = q + 1;
    }
}

const char *index_header_end(const char *p, const char *end)
{
    do {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p) return NULL;
    } while (++p < end && (*p == ' ' || *p == '\t'));
    return p;
}

static const char *missing(const char *p, const char *what, const char **at, const char **expected)
{
    *at = p;
    *expected = what;
    return NULL;
}

static inline __attribute__((always_inline)) const char *read_header(const char *p, const char *end, sip_hdr *hdr,
                                                                     const char **at, const char **expected)
{
    const char *start = p;
    sip_hdr_id id = SIP_HDR_OTHER;
    size_t name_n = sip_hdr_known(p, end, &id);
    p += name_n;
    if (KL_UNLIKELY(name_n == 0)) {
        while (p < end && char_is(*p, SPAN_NAME)) p++;
        name_n = (size_t)(p - start);
        p = skip_space(p, end);
        if (!name_n || p == end || *p != ':')
            return missing(name_n ? p : start, name_n ? "':' behind the header name" : "a header name", at, expected);
        id = sip_hdr_id_of(span_of(start, name_n));
    }
    p = skip_lws(p + 1, end);
    const char *next = index_header_end(p, end), *stop = next;
    if (!next) return missing(end, "a line end behind the header", at, expected);
    while (stop > p && (stop[-1] == '\n' || stop[-1] == '\r' || stop[-1] == '\0')) stop--;
    *hdr = (sip_hdr){.start = start,
                     .name_n = (uint32_t)name_n,
                     .body_at = (uint32_t)(p - start),
                     .body_n = (uint32_t)(stop - p),
                     .line_n = (uint32_t)(next - start),
                     .id = (uint16_t)id,
                     .next = SIP_NO_HDR};
    return next;
}

const char *index_header(const char *p, const char *end, sip_hdr *hdr, const char **at, const char **expected)
{
    return read_header(p, end, hdr, at, expected);
}

/* All values of a Via header, which is good only when they all are; the first two of the message are kept. */
static kl_status read_vias(indexer *in, kl_span rest, kl_error *err)
{
    kl_msg *msg = in->msg;
    const char *start = rest.s;
    int known = (msg->via1 != NULL) + (msg->via2 != NULL);
    sip_via further;
    kl_status status;
    ptrdiff_t at;
    do {
        at = rest.s - start;
        status = sip_via_next(&rest, known == 0 ? &in->parts->via1 : known == 1 ? &in->parts->via2 : &further, err);
        known += status == KL_OK;
    } while (status == KL_OK);
    if (status != KL_ENOENT) {
        if (err && err->offset >= 0) err->offset += at;
        return status;
    }
    if (at == 0) return error_at(err, KL_EPARSE, 0, "expected SIP/2.0");
    msg->via1 = &in->parts->via1;
    msg->via2 = known > 1 ? &in->parts->via2 : NULL;
    return KL_OK;
}

/* The headers that Kamailio's index parses on its way; of several the first is kept. */
static kl_status read_structured(indexer *in, sip_hdr_id id, kl_span body, kl_error *err)
{
    kl_msg *msg = in->msg;
    sip_nameaddr other;
    sip_cseq cseq;
    uint32_t n;
    kl_status status;
    switch (id) {
    case SIP_HDR_VIA: return read_vias(in, body, err);
    case SIP_HDR_TO:
        status = sip_nameaddr_parse(body, msg->to ? &other : &in->parts->to, err);
        if (status == KL_OK) msg->to = &in->parts->to;
        return status;
    case SIP_HDR_FROM:
        status = sip_nameaddr_parse(body, msg->from ? &other : &in->parts->from, err);
        if (status == KL_OK) msg->from = &in->parts->from;
        return status;
    case SIP_HDR_CSEQ:
        status = sip_cseq_parse(body, msg->cseq ? &cseq : &in->parts->cseq, err);
        if (status == KL_OK) msg->cseq = &in->parts->cseq;
        return status;
    case SIP_HDR_CONTENT_LENGTH:
        if (!sip_content_length(body, &n)) return error_at(err, KL_EPARSE, 0, "expected a number up to 2147483639");
        msg->content_length = msg->content_length < 0 ? n : msg->content_length;
        return KL_OK;
    case SIP_HDR_RETRY_AFTER:
        return sip_retry_after(body, &n) ? KL_OK : error_at(err, KL_EPARSE, 0, "expected a number of seconds");
    default: return KL_OK;
    }
}

/* Those that read_structured reads. */
#define BIT(id) (UINT64_C(1) << SIP_HDR_##id)
_Static_assert(SIP_HDR_COUNT <= 64, "a bit for each header");
static bool is_structured(sip_hdr_id id)
{
    return ((BIT(VIA) | BIT(TO) | BIT(FROM) | BIT(CSEQ) | BIT(CONTENT_LENGTH) | BIT(RETRY_AFTER)) >> id & 1) != 0;
}

/* What Kamailio's strict mode, its default, takes once in a request; in a reply the first one counts. */
static bool once_only(sip_hdr_id id)
{
    return id == SIP_HDR_FROM || id == SIP_HDR_TO || id == SIP_HDR_CALL_ID || id == SIP_HDR_CSEQ ||
           id == SIP_HDR_MAX_FORWARDS || id == SIP_HDR_CONTENT_LENGTH;
}

static bool accept_header(indexer *in, const sip_hdr *hdr, problem *bad)
{
    const kl_msg *msg = in->msg;
    sip_hdr_id id = (sip_hdr_id)hdr->id;
    if (KL_UNLIKELY(msg->first[id] != SIP_NO_HDR) && msg->is_request && once_only(id)) {
        *bad = (problem){hdr_name(hdr).s, "this header only once", SPAN_NULL, id, 400};
        return false;
    }
    if (!is_structured(id) || read_structured(in, id, hdr_body(hdr), NULL) == KL_OK) return true;
    *bad = (problem){hdr_body(hdr).s, NULL, hdr_body(hdr), id, 400};
    return false;
}

/* Where the empty line is although the index stopped at p. */
static const char *find_empty_line(const char *p, const char *end)
{
    while ((p = index_header_end(p, end)) && p < end)
        if (*p == '\r' || *p == '\n') return p;
    return end;
}

/* False: out of memory. */
static bool read_headers(indexer *in, const char *p, problem *bad)
{
    kl_msg *msg = in->msg;
    const char *end = msg->buf + msg->len;
    while (p < end && *p != '\r' && *p != '\n') {
        sip_hdr *hdr = new_header(msg);
        if (!hdr) return false;
        const char *at, *expected, *next = read_header(p, end, hdr, &at, &expected);
        if (next ? !accept_header(in, hdr, bad) : !fail(bad, at, expected)) {
            msg->hdrs_bad = true;
            msg->eoh = (size_t)(find_empty_line(p, end) - msg->buf);
            return true;
        }
        link_header(in, hdr);
        p = next;
    }
    msg->eoh = (size_t)(p - msg->buf);
    if (p < end) msg->body = span_between(p + (*p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1), end);
    return true;
}

/* ---- reception */

static kl_status refuse(indexer *in, const problem *bad, kl_error *err)
{
    int64_t at = bad->at - in->msg->buf;
    if (bad->expected) error_at(err, KL_EPARSE, at, "expected %s", bad->expected);
    else if (read_structured(in, bad->id, bad->body, err) != KL_OK && err && err->offset >= 0) err->offset += at;
    error_where(err, sip_hdr_name(bad->id));
    if (err) err->hint = bad->hint;
    return KL_EPARSE;
}

/* RFC 3261 8.1.1 without Max-Forwards. */
static kl_status require_headers(indexer *in, const problem *bad, kl_error *err)
{
    const kl_msg *msg = in->msg;
    static const sip_hdr_id required[] = {SIP_HDR_VIA, SIP_HDR_FROM, SIP_HDR_TO, SIP_HDR_CALL_ID, SIP_HDR_CSEQ};
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        if (msg->first[required[i]] != SIP_NO_HDR) continue;
        if (msg->hdrs_bad) return refuse(in, bad, err);
        error_at(err, KL_EPARSE, (int64_t)msg->eoh, "expected a header %s", sip_hdr_name(required[i]).s);
        error_where(err, sip_hdr_name(required[i]));
        if (err) err->hint = 400;
        return KL_EPARSE;
    }
    return KL_OK;
}

kl_status index_message(kl_msg *msg, bool received, kl_error *err)
{
    problem bad = {NULL, NULL, SPAN_NULL, SIP_HDR_OTHER, 0};
    indexer in = {.msg = msg};
    const char *p = first_line(msg, msg->buf, msg->buf + msg->len, &bad);
    if (!p) return refuse(&in, &bad, err);
    in.parts = arena_alloc(&msg->arena, sizeof *in.parts);
    if (!in.parts || !read_headers(&in, p, &bad)) {
        if (msg->hdr_count >= SIP_NO_HDR - 1) return error_set(err, KL_ETOOBIG, "more than %d headers", SIP_NO_HDR - 1);
        return error_set(err, KL_ENOMEM, "no memory for the headers");
    }
    msg->p_ouri = &in.parts->ouri;
    if (received) return require_headers(&in, &bad, err);
    return msg->hdrs_bad && msg->first[SIP_HDR_VIA] == SIP_NO_HDR ? refuse(&in, &bad, err) : KL_OK;
}
