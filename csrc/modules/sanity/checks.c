/* checks.c: the tests. On replies those of the request line fail, as they do in Kamailio, which reads other fields
 * there. */
#include "core/route.h"
#include "sip/edit.h"
#include "sip/param.h"
#include "sanity.h"

/* A header that is looked for, where the headers end at a malformed one: false when nobody can tell whether it is
 * there. */
static bool look_for(kl_ctx *ctx, sip_hdr_id id, const sip_hdr **hdr)
{
    *hdr = msg_hdr_first(ctx->msg, id);
    return *hdr || !ctx->msg->hdrs_bad;
}

/* ---- the request line */

static bool check_version(kl_ctx *ctx)
{
    const kl_span version = ctx->msg->version;
    if (ctx->msg->is_request && version.n >= 3 && memcmp(version.s + version.n - 3, "2.0", 3) == 0) return true;
    return sanity_refuse(ctx, 505, "Version Not Supported (R-URI)");
}

static bool check_ruri(kl_ctx *ctx)
{
    if (ctx->msg->is_request && msg_ruri(ctx->msg)) return true;
    return sanity_refuse(ctx, 400, "Bad Request URI");
}

/* ---- headers */

static bool check_required(kl_ctx *ctx)
{
    static const sip_hdr_id ids[] = {SIP_HDR_FROM, SIP_HDR_TO, SIP_HDR_CALL_ID, SIP_HDR_CSEQ, SIP_HDR_VIA};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (!msg_hdr_first(ctx->msg, ids[i])) return sanity_mute(ctx, "a required header is missing");
    if (ctx->msg->hdrs_bad) return sanity_refuse(ctx, 400, "Bad Headers");
    for (size_t i = 0; i < 4; i++) {
        if (!msg_hdr_next(ctx->msg, msg_hdr_first(ctx->msg, ids[i]))) continue;
        log_print(ctx, KL_LOG_WARN, "%s: a header that may be there once is there twice", ctx->row->name);
        return false;
    }
    return true;
}

static bool check_via(kl_ctx *ctx)
{
    const sip_via *via = msg_via1(ctx->msg);
    return (via && via->host.n > 0 && via->branch.n > 0) || sanity_mute(ctx, "the top Via has no host or no branch");
}

/* Of each header the first address, as in Kamailio. */
static bool routes_are_loose(kl_msg *msg, sip_hdr_id id)
{
    route_walk walk;
    sip_uri uri;
    route_found found = route_first(&walk, msg, id);
    for (; found == ROUTE_FOUND; found = route_next_header(&walk))
        if (sip_uri_parse(walk.entry.uri, &uri, NULL) != KL_OK || !uri.lr_present) return false;
    return found == ROUTE_END;
}

/* Of RFC 3261 rather than of RFC 2543. */
static bool check_rfc3261(kl_ctx *ctx)
{
    const sip_via *via = msg_via1(ctx->msg);
    const bool good = via && span_starts(via->branch, SPAN("z9hG4bK")) && routes_are_loose(ctx->msg, SIP_HDR_ROUTE) &&
                      routes_are_loose(ctx->msg, SIP_HDR_RECORD_ROUTE);
    if (!good) log_print(ctx, KL_LOG_WARN, "%s: a branch without the cookie, or a route without lr", ctx->row->name);
    return good;
}

/* Kamailio has a test of Via's version and one of its transport, which test nothing. */
static bool check_nothing(kl_ctx *ctx)
{
    (void)ctx;
    return true;
}

static bool check_cseq_method(kl_ctx *ctx)
{
    const sip_cseq *cseq = msg_cseq(ctx->msg);
    if (!cseq || cseq->method.n == 0) return sanity_refuse(ctx, 400, "Missing method in CSeq header");
    if (ctx->msg->is_request && span_eq(cseq->method, ctx->msg->method)) return true;
    return sanity_refuse(ctx, 400, "CSeq method does not match request method");
}

static bool check_cseq_number(kl_ctx *ctx)
{
    const sip_cseq *cseq = msg_cseq(ctx->msg);
    uint64_t number;
    if (!cseq || cseq->number.n == 0) return sanity_refuse(ctx, 400, "Missing number in CSeq header");
    return span_uint(cseq->number, INT32_MAX, &number) || sanity_refuse(ctx, 400, "CSeq number is illegal");
}

static bool check_content_length(kl_ctx *ctx)
{
    const kl_msg *msg = ctx->msg;
    if (!msg->body.s) return sanity_refuse(ctx, 400, "Content-Length Failure");
    if (msg->content_length < 0 || (uint64_t)msg->content_length == msg->body.n) return true;
    return sanity_refuse(ctx, 400, "Content-Length mis-match");
}

static bool check_expires(kl_ctx *ctx)
{
    const sip_hdr *hdr;
    uint64_t number;
    size_t n = 0;
    if (!look_for(ctx, SIP_HDR_EXPIRES, &hdr)) return sanity_refuse(ctx, 400, "Bad Expires Header");
    if (!hdr) return true;
    const kl_span text = span_trim(hdr_body(hdr));
    if (text.n == 0) return sanity_refuse(ctx, 400, "Bad Expires Header");
    while (n < text.n && !char_is(text.s[n], SPAN_WS)) n++;
    return span_uint(span_of(text.s, n), UINT32_MAX, &number) || sanity_refuse(ctx, 400, "Expires value is illegal");
}

/* ---- Proxy-Require */

/* Between commas, without blanks around; empty ones are left out. */
static bool next_token(kl_span *rest, kl_span *token)
{
    *token = SPAN_NULL;
    while (token->n == 0 && rest->n > 0) *token = span_trim(span_cut(rest, ','));
    return token->n > 0;
}

static bool is_known(kl_span list, kl_span token)
{
    kl_span item;
    while (next_token(&list, &item))
        if (span_eq(item, token)) return true;
    return false;
}

static bool refuse_extension(kl_ctx *ctx, kl_span token)
{
    kl_buf *line = &sanity_state_of(ctx)->line;
    buf_clear(line);
    buf_add(line, SPAN("Unsupported: "));
    buf_add(line, token);
    buf_add(line, SPAN("\r\n"));
    if (line->failed || !edit_reply(ctx->msg, buf_span(line)))
        log_print(ctx, KL_LOG_ERR, "%s: out of memory for Unsupported", ctx->row->name);
    return sanity_refuse(ctx, 420, "Bad Proxy Require Extension");
}

/* The first header only, as in Kamailio. */
static bool check_proxy_require(kl_ctx *ctx)
{
    const sip_hdr *hdr;
    if (!look_for(ctx, SIP_HDR_PROXY_REQUIRE, &hdr)) return sanity_refuse(ctx, 400, "Bad Proxy Require Header");
    if (!hdr) return true;
    kl_span rest = hdr_body(hdr), token;
    if (span_trim(rest).n == 0) return sanity_refuse(ctx, 400, "Bad Proxy Require Header");
    while (next_token(&rest, &token))
        if (!is_known(sanity_state_of(ctx)->proxy_require, token)) return refuse_extension(ctx, token);
    return true;
}

/* ---- URIs */

enum { URI_REQUEST = 1, URI_FROM = 2, URI_TO = 4, URI_CONTACT = 8 };

static bool check_contact(kl_ctx *ctx)
{
    const sip_hdr *hdr;
    sip_nameaddr contact;
    sip_uri uri;
    if (!look_for(ctx, SIP_HDR_CONTACT, &hdr)) return sanity_refuse(ctx, 400, "Bad Contact Header");
    if (!hdr) return true;
    if (!sip_contacts_good(hdr_body(hdr))) return sanity_refuse(ctx, 400, "Bad Contact Header");
    for (sip_contact_walk walk = sip_contacts(hdr_body(hdr)); sip_contact_next(&walk, &contact) > 0;)
        if (sip_uri_parse(contact.uri, &uri, NULL) != KL_OK) return sanity_refuse(ctx, 400, "Bad Contact URI");
    return true;
}

static bool check_uris(kl_ctx *ctx, unsigned which)
{
    if ((which & URI_REQUEST) && !check_ruri(ctx)) return false;
    if ((which & URI_FROM) && !msg_from_uri(ctx->msg)) return sanity_refuse(ctx, 400, "Invalid From Header");
    if ((which & URI_TO) && !msg_to_uri(ctx->msg)) return sanity_refuse(ctx, 400, "Invalid To Header");
    return !(which & URI_CONTACT) || check_contact(ctx);
}

/* ---- credentials */

static bool is_digest(kl_span body)
{
    const kl_span text = span_trim(body);
    return span_startsi(text, SPAN("Digest")) && text.n > 6 && char_is(text.s[6], SPAN_WS);
}

/* What RFC 2617 wants there. */
static bool is_complete(const sip_credentials *credentials)
{
    const bool counted = span_eqi(credentials->qop, SPAN("auth")) || span_eqi(credentials->qop, SPAN("auth-int"));
    if (!credentials->username.s || !credentials->realm.s || !credentials->nonce.s || !credentials->uri.s ||
        !credentials->response.s)
        return false;
    return !counted || (credentials->nc.s && credentials->cnonce.s);
}

static bool check_credentials(kl_ctx *ctx, kl_span body)
{
    sip_credentials credentials;
    if (sip_credentials_parse(body, &credentials, NULL) != KL_OK) return sanity_refuse(ctx, 400, "Bad Auth Header");
    if (!is_complete(&credentials)) return sanity_refuse(ctx, 400, "Bad Auth Credentials");
    if (credentials.username.n == 0) return sanity_refuse(ctx, 400, "Auth Empty User");
    if (credentials.nonce.n == 0) return sanity_refuse(ctx, 400, "Auth Empty Nonce");
    return credentials.response.n > 0 || sanity_refuse(ctx, 400, "Auth Empty Response");
}

static bool check_authorization(kl_ctx *ctx, bool others_pass)
{
    static const sip_hdr_id ids[] = {SIP_HDR_AUTHORIZATION, SIP_HDR_PROXY_AUTHORIZATION};
    if (ctx->msg->hdrs_bad) return false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, ids[i]); hdr; hdr = msg_hdr_next(ctx->msg, hdr))
            if (is_digest(hdr_body(hdr)) ? !check_credentials(ctx, hdr_body(hdr)) : !others_pass) return false;
    return true;
}

static bool check_digest(kl_ctx *ctx) { return check_authorization(ctx, false); }

static bool check_digest_only(kl_ctx *ctx) { return check_authorization(ctx, true); }

/* ---- tags */

static int count_tags(kl_span params)
{
    const char *p = params.s, *end = span_end(params), *bad;
    sip_param param;
    int count = 0;
    while (p && p < end) {
        p = sip_param_next(p, end, 0, &param, &bad);
        if (!p) break;
        count += param.value.s && span_eqi(param.name, SPAN("tag"));
        p = p < end && *p == ';' ? p + 1 : end;
    }
    return count;
}

static bool check_tags(kl_ctx *ctx)
{
    const sip_nameaddr *from = msg_from(ctx->msg), *to = msg_to(ctx->msg);
    if (!from || !to) return sanity_mute(ctx, "From or To cannot be parsed");
    if (count_tags(from->params) > 1) return sanity_refuse(ctx, 400, "Many From Tag Params");
    return count_tags(to->params) <= 1 || sanity_refuse(ctx, 400, "Many To Tag Params");
}

/* ---- sizes */

static bool fits(kl_span text, int most) { return most <= 0 || text.n <= (size_t)most; }

/* Those of headers that cannot be read fit nothing. */
static bool contacts_fit(const kl_msg *msg, int most)
{
    for (const sip_hdr *hdr = most > 0 ? msg_hdr_first(msg, SIP_HDR_CONTACT) : NULL; hdr;
         hdr = msg_hdr_next(msg, hdr)) {
        sip_contact_walk walk = sip_contacts(hdr_body(hdr));
        sip_nameaddr contact;
        int more;
        while ((more = sip_contact_next(&walk, &contact)) > 0)
            if (!fits(contact.uri, most)) return false;
        if (more < 0) return false;
    }
    return true;
}

static bool identities_fit(const kl_msg *msg, int most)
{
    for (const sip_hdr *hdr = most > 0 ? msg_hdr_first(msg, SIP_HDR_PAI) : NULL; hdr; hdr = msg_hdr_next(msg, hdr)) {
        kl_span rest = hdr_body(hdr);
        sip_nameaddr value;
        kl_status status;
        while ((status = sip_nameaddr_next(&rest, &value, NULL)) == KL_OK)
            if (!fits(value.uri, most)) return false;
        if (status != KL_ENOENT || span_empty(span_trim(hdr_body(hdr)))) return false;
    }
    return true;
}

static bool routes_fit(kl_msg *msg, sip_hdr_id id, int most)
{
    route_walk walk;
    route_found found = most > 0 ? route_first(&walk, msg, id) : ROUTE_END;
    while (found == ROUTE_FOUND) {
        if (!fits(walk.entry.uri, most)) return false;
        found = route_has_more(&walk) ? route_next_in(&walk) : route_next_header(&walk);
    }
    return found == ROUTE_END;
}

static bool headers_fit(const kl_msg *msg, int most)
{
    for (size_t i = 0; most > 0 && i < msg->hdr_count; i++)
        if (!fits(hdr_line(&msg->hdrs[i]), most)) return false;
    return true;
}

static bool check_sizes(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    const sanity_sizes *most = &sanity_state_of(ctx)->sizes;
    const sip_nameaddr *from = msg_from(ctx->msg), *to = msg_to(ctx->msg);
    const struct {
        const char *what;
        bool fits;
    } parts[] = {
        {"message", fits(span_of(msg->buf, msg->len), most->message)},
        {"method", !msg->is_request || fits(msg->method, most->method)},
        {"R-URI", !msg->is_request || fits(msg->uri, most->ruri)},
        {"From URI", !from || fits(from->uri, most->from_uri)},
        {"To URI", !to || fits(to->uri, most->to_uri)},
        {"Contact URI", contacts_fit(msg, most->contact_uri)},
        {"Route URI",
         routes_fit(msg, SIP_HDR_ROUTE, most->route_uri) && routes_fit(msg, SIP_HDR_RECORD_ROUTE, most->route_uri)},
        {"Path URI", routes_fit(msg, SIP_HDR_PATH, most->path_uri)},
        {"P-Asserted-Identity URI", identities_fit(msg, most->pai_uri)},
        {"header", headers_fit(msg, most->header)},
        {"headers", fits(span_of(msg->buf + msg->first_line.n, msg->eoh - msg->first_line.n), most->headers)},
        {"body", fits(msg->body, most->body)},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].fits) continue;
        log_print(ctx, KL_LOG_WARN, "%s: the %s is too long, or cannot be read", ctx->row->name, parts[i].what);
        return false;
    }
    return true;
}

/* ---- all of them */

enum { CHECK_URIS = 1024, CHECK_SIZES = 65536 };

static const struct {
    unsigned bit;
    bool (*passes)(kl_ctx *ctx);
} checks_in_order[] = {
    {1, check_version},          {2, check_ruri},         {4, check_required},
    {16384, check_via},          {32768, check_rfc3261},  {8, check_nothing},
    {16, check_nothing},         {32, check_cseq_method}, {64, check_cseq_number},
    {128, check_content_length}, {256, check_expires},    {512, check_proxy_require},
    {CHECK_URIS, NULL},          {2048, check_digest},    {8192, check_digest_only},
    {4096, check_tags},
};

bool sanity_passes(kl_ctx *ctx, unsigned checks, unsigned uri_checks)
{
    sanity_state_of(ctx)->code = 0;
    if (((checks & CHECK_SIZES) || sanity_state_of(ctx)->size_checks) && !check_sizes(ctx)) return false;
    for (size_t i = 0; i < sizeof checks_in_order / sizeof *checks_in_order; i++) {
        if (!(checks & checks_in_order[i].bit)) continue;
        if (checks_in_order[i].bit == CHECK_URIS ? !check_uris(ctx, uri_checks) : !checks_in_order[i].passes(ctx))
            return false;
    }
    return true;
}
