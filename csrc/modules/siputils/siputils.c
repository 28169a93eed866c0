/* KSR.siputils.*: checks on the message and on text. */
#include "siputils.h"

#include "core/notes.h"

static int truth(bool yes) { return yes ? 1 : -1; }

/* ---- the message */

static KSR_FN(has_totag)
{
    const sip_nameaddr *to = msg_to(ctx->msg);
    return truth(to && to->tag.n > 0);
}

/* Of the credentials that an auth function took, whether they were good or not. */
static KSR_FN(is_user)
{
    const kl_span user = notes_authorized(ctx->msg);
    if (!user.s)
        log_print(ctx, KL_LOG_ERR, "is_user: no authorized credentials here; was an auth function called before?");
    return truth(user.s && args[0].s.n > 0 && span_eq(user, args[0].s));
}

static KSR_FN(is_request) { return truth(ctx->msg->is_request == (ctx->row->data != 0)); }

/* The parser takes nothing but SIP/2.0, so is_sip is always so and is_http never. */
static KSR_FN(is_sip) { return truth(span_startsi(ctx->msg->version, SPAN("SIP")) == (ctx->row->data != 0)); }

static KSR_FN(parse_headers) { return truth(!ctx->msg->hdrs_bad); }

/* A reply is at its first hop back from the callee when the record-route on top is ours; mode 0 also wants a numeric
 * host that is not the sender's, which would be a spiral through ourselves. */
static bool reply_first_hop(kl_ctx *ctx, bool check_loop)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_RECORD_ROUTE);
    if (!hdr) return !ctx->msg->hdrs_bad;
    kl_span rest = hdr_body(hdr);
    sip_nameaddr route;
    sip_uri uri;
    if (sip_nameaddr_next(&rest, &route, NULL) != KL_OK || sip_uri_parse(route.uri, &uri, NULL) != KL_OK) return false;
    if (!socket_is_myself(ctx->server, uri.host, uri.port_number, uri.proto)) return false;
    sip_ip own, source;
    if (!check_loop) return true;
    return ip_parse(uri.host, &own) && ip_parse(ctx->msg->source_host, &source) && !ip_eq(&own, &source);
}

static bool first_hop(kl_ctx *ctx, bool check_loop)
{
    return ctx->msg->is_request ? msg_via2(ctx->msg) == NULL : reply_first_hop(ctx, check_loop);
}

static KSR_FN(is_first_hop) { return truth(first_hop(ctx, true)); }

static KSR_FN(is_first_hop_mode) { return truth(first_hop(ctx, args[0].i == 0)); }

/* ---- text */

static KSR_FN(is_uri)
{
    sip_uri uri;
    return truth(args[0].s.n > 0 && sip_uri_parse(args[0].s, &uri, NULL) == KL_OK);
}

/* Position of the first byte from `at` on that is not of the class; n when all are. */
static size_t skip(kl_span text, size_t at, int classes)
{
    while (at < text.n && char_is(text.s[at], classes)) at++;
    return at;
}

/* "+" and a digit 1-9 first, or digits only. */
static KSR_FN(is_tel_number)
{
    kl_span text = args[0].s;
    size_t start = 0;
    if (text.n > 1 && text.s[0] == '+' && text.s[1] != '0') start = 1;
    return text.n > 0 && skip(text, start, SPAN_DIGIT) == text.n ? 1 : -2;
}

static KSR_FN(is_numeric) { return args[0].s.n > 0 && skip(args[0].s, 0, SPAN_DIGIT) == args[0].s.n ? 1 : -2; }

static int alphanumeric(kl_span text, kl_span extra)
{
    if (span_empty(text)) return -2;
    for (size_t i = 0; i < text.n; i++)
        if (!char_is(text.s[i], SPAN_ALPHA | SPAN_DIGIT) && !(extra.n && span_find(extra, text.s[i]))) return -3;
    return 1;
}

static KSR_FN(is_alphanum) { return alphanumeric(args[0].s, SPAN_NULL); }

static KSR_FN(is_alphanumex) { return alphanumeric(args[0].s, args[1].s); }

static int order(kl_span a, kl_span b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        const unsigned char x = (unsigned char)char_lower(a.s[i]), y = (unsigned char)char_lower(b.s[i]);
        if (x != y) return x < y ? -2 : -1;
    }
    return a.n == b.n ? 1 : a.n < b.n ? -2 : -1;
}

/* A name begins like one of a header; what follows counts only where the beginning is no known name. */
static KSR_FN(cmp_hdr_name)
{
    const kl_span a = args[0].s, b = args[1].s;
    const size_t a_end = skip(a, 0, SPAN_NAME), b_end = skip(b, 0, SPAN_NAME);
    if (a_end == 0 || b_end == 0) return -2;
    const sip_hdr_id a_id = sip_hdr_id_of(span_of(a.s, a_end)), b_id = sip_hdr_id_of(span_of(b.s, b_end));
    if (a_id != b_id) return -1;
    return a_id != SIP_HDR_OTHER ? 1 : order(span_trim(a), span_trim(b));
}

#define MODULE_ROWS "modules/siputils/rows.def"
#include "modules/rows.h"

#define PARAM(name) {#name, KL_TYPE_STR, offsetof(siputils_state, name), NULL}
static const module_param params[] = {
    PARAM(options_accept),  PARAM(options_accept_encoding), PARAM(options_accept_language),
    PARAM(options_support), PARAM(contact_flds_separator),
};

const kl_module siputils_module = {.name = "siputils",
                                   .rows = rows,
                                   .row_count = sizeof rows / sizeof *rows,
                                   .params = params,
                                   .param_count = sizeof params / sizeof *params,
                                   .state_size = sizeof(siputils_state),
                                   .init = siputils_init,
                                   .needs = {MOD_SL},
                                   .variables = &siputils_variables};
