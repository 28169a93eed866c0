/* header.c: which headers there are, what a few of them say, and headers that go. */
#include "core/expression.h"
#include "sip/edit.h"
#include "sip/mime.h"
#include "sip/sdp.h"
#include "textops.h"

#define MAX_NAME 124 /* of is_present_hf and remove_hf, as in Kamailio */

/* ---- names */

/* Where all of the name has to be one: only a colon, whatever it begins, may be behind it. */
static bool name_good(kl_ctx *ctx, kl_span name)
{
    size_t end = 0;
    while (end < name.n && char_is(name.s[end], SPAN_NAME)) end++;
    bool good = !ctx->msg->hdrs_bad && end > 0 && name.n <= MAX_NAME;
    while (good && end < name.n && (name.s[end] == ' ' || name.s[end] == '\t')) end++;
    good = good && (end == name.n || name.s[end] == ':');
    if (ctx->msg->hdrs_bad) log_print(ctx, KL_LOG_ERR, "%s: the headers cannot be parsed", ctx->row->name);
    else if (!good)
        ctx_misuse(ctx, KL_LOG_ERR, "%s: not a header name: [%.*s]", ctx->row->name, (int)(name.n > 64 ? 64 : name.n),
                   name.n ? name.s : "");
    return good;
}

/* A known header by the token the name begins with, any other by the whole text. False: it begins with none. */
static bool first_named(kl_ctx *ctx, kl_span name, const sip_hdr **out)
{
    size_t end = 0;
    while (end < name.n && char_is(name.s[end], SPAN_NAME)) end++;
    if (end == 0 || ctx->msg->hdrs_bad) return false;
    const kl_span token = span_of(name.s, end);
    *out = msg_hdr_named(ctx->msg, end < name.n && sip_hdr_id_of(token) != SIP_HDR_OTHER ? token : name);
    return true;
}

/* Of a known name as it is nothing has to be asked. False: there is none, or the name is refused with a line in the
 * log. */
static bool find(kl_ctx *ctx, kl_span name, const sip_hdr **out)
{
    const sip_hdr_id id = sip_hdr_id_of(name);
    if (KL_UNLIKELY(id == SIP_HDR_OTHER || ctx->msg->hdrs_bad))
        return name_good(ctx, name) && first_named(ctx, name, out);
    *out = msg_hdr_first(ctx->msg, id);
    return true;
}

KSR_FN(textops_is_present_hf)
{
    const sip_hdr *hdr = NULL;
    return textops_outcome(find(ctx, args[0].s, &hdr) && hdr);
}

/* ---- what they say */

static bool has_body(const kl_msg *msg) { return !msg->hdrs_bad && msg->content_length > 0; }

KSR_FN(textops_has_body) { return textops_outcome(has_body(ctx->msg)); }

/* One, not a list. */
static bool one_type(kl_span text, mime_type *out)
{
    return mime_parse(text, out) && (out->params.n == 0 || out->params.s[0] == ';');
}

KSR_FN(textops_has_body_type)
{
    const kl_span type = args[0].s;
    mime_type wanted, is;
    if (!has_body(ctx->msg)) return -1;
    if (span_empty(type)) return 1;
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTENT_TYPE);
    return textops_outcome(one_type(type, &wanted) && one_type(hdr ? hdr_body(hdr) : SPAN("application/sdp"), &is) &&
                           mime_same(&is, &wanted));
}

/* RFC 3323 4.2, RFC 4244 3.2. */
static bool is_privacy_value(kl_span text)
{
    static const kl_span values[] = {{"header", 6},   {"session", 7}, {"user", 4},   {"none", 4},
                                     {"critical", 8}, {"id", 2},      {"history", 7}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (span_eqi(text, values[i])) return true;
    return false;
}

/* The first header alone; none goes with no other value, and a malformed one has none. */
static bool has_privacy(kl_span body, kl_span wanted)
{
    bool found = false, none = false;
    size_t count = 0;
    for (const char *semicolon = body.s; semicolon; count++) {
        semicolon = span_find(body, ';');
        const kl_span value = span_trim(semicolon ? span_between(body.s, semicolon) : body);
        if (!is_privacy_value(value)) return false;
        if (span_eqi(value, wanted)) found = true;
        if (span_eqi(value, SPAN("none"))) none = true;
        if (semicolon) body = span_between(semicolon + 1, span_end(body));
    }
    return found && !(none && count > 1);
}

KSR_FN(textops_is_privacy)
{
    const sip_hdr *hdr = ctx->msg->hdrs_bad ? NULL : msg_hdr_first(ctx->msg, SIP_HDR_PRIVACY);
    return textops_outcome(hdr && is_privacy_value(args[0].s) && has_privacy(hdr_body(hdr), args[0].s));
}

/* ---- calls on hold */

enum { HOLD_NONE = 0, HOLD_RFC2543 = 1, HOLD_RFC3264 = 2 };

static bool is_held(kl_span lines)
{
    kl_span line;
    while (sdp_line_next(&lines, &line))
        if (span_startsi(line, SPAN("a=sendonly")) || span_startsi(line, SPAN("a=inactive"))) return true;
    return false;
}

/* Of one audio stream: what it says itself, then what its session says. */
static int hold_of(const sdp_session *session, const sdp_stream *stream)
{
    if (is_held(stream->text)) return HOLD_RFC3264;
    if (span_eq(stream->address, SPAN("0.0.0.0"))) return HOLD_RFC2543;
    return is_held(span_between(session->text.s, session->streams->text.s)) ? HOLD_RFC3264 : HOLD_NONE;
}

KSR_FN(textops_is_audio_on_hold)
{
    const sip_sdp *sdp;
    if (msg_sdp(ctx->msg, &sdp) != SDP_GOOD) return -1;
    for (const sdp_session *session = sdp->sessions; session; session = session->next) {
        for (const sdp_stream *stream = session->streams; stream; stream = stream->next) {
            const int hold = span_eq(stream->media, SPAN("audio")) ? hold_of(session, stream) : HOLD_NONE;
            if (hold != HOLD_NONE) return hold;
        }
    }
    return -1;
}

/* ---- headers that go */

KSR_FN(textops_remove_hf)
{
    const sip_hdr *hdr = NULL;
    if (!find(ctx, args[0].s, &hdr)) return -1;
    for (; hdr; hdr = msg_hdr_next(ctx->msg, hdr))
        if (!edit_remove(ctx->msg, hdr)) return -1;
    return 1;
}

/* 2: not so many from the start; from the end that is no matter. */
KSR_FN(textops_remove_hf_idx)
{
    const sip_hdr *first = NULL;
    if (!first_named(ctx, args[0].s, &first)) return -1;
    const int index = (int)args[1].i;
    const sip_hdr *hdr = first ? msg_hdr_index(ctx->msg, hdr_name(first), index) : NULL;
    if (!hdr) return index < 0 ? 1 : 2;
    return textops_outcome(edit_remove(ctx->msg, hdr));
}

typedef struct match {
    enum { MATCH_EQUAL, MATCH_DIFFERENT, MATCH_IN, MATCH_REGEX } how;
    kl_span text;
    kl_regex *regex;
} match;

static bool match_make(kl_ctx *ctx, kl_span op, kl_span text, match *out)
{
    static const kl_span names[] = {{"eq", 2}, {"ne", 2}, {"in", 2}, {"re", 2}};
    size_t how = 0;
    while (how < 4 && !span_eqi(op, names[how])) how++;
    if (how == 4) {
        ctx_misuse(ctx, KL_LOG_ERR, "remove_hf_match: no operator eq, ne, in or re");
        return false;
    }
    out->how = (int)how;
    out->text = text;
    out->regex = how == MATCH_REGEX ? expression_use(ctx, text, REGEX_ICASE | REGEX_NEWLINE) : NULL;
    return how != MATCH_REGEX || out->regex;
}

/* Bodies as they stand, blanks behind them too. */
static bool matches(kl_ctx *ctx, const match *m, kl_span body)
{
    switch (m->how) {
    case MATCH_EQUAL: return span_eq(body, m->text);
    case MATCH_DIFFERENT: return !span_eq(body, m->text);
    case MATCH_IN: return m->text.n > 0 && body.n >= m->text.n && span_search(body, m->text);
    default: return expression_matches(ctx, m->regex, body);
    }
}

/* -2: none. */
KSR_FN(textops_remove_hf_match)
{
    const sip_hdr *hdr = NULL;
    match m;
    int result = -2;
    if (!first_named(ctx, args[0].s, &hdr) || !match_make(ctx, args[1].s, args[2].s, &m)) return -1;
    for (; hdr; hdr = msg_hdr_next(ctx->msg, hdr)) {
        if (!matches(ctx, &m, hdr_body(hdr))) continue;
        if (!edit_remove(ctx->msg, hdr)) return -1;
        result = 1;
    }
    return result;
}
