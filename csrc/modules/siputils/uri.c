#include "core/line.h"
#include "siputils.h"

/* ---- comparing (cmp_uri, cmp_aor): 1 equal, -1 different, -2 one cannot be parsed */

/* Those of a telephone number stand where a user has his own; where user=phone says that a user is one, they come
 * before the URI's. */
static kl_span params_of(const sip_uri *uri)
{
    return uri->scheme == SIP_URI_TEL || uri->scheme == SIP_URI_URN || (uri->phone && uri->user_params.n > 0)
               ? uri->user_params
               : uri->params;
}

/* Parameters that make two URIs differ when only one of them has any parameters at all (RFC 3261 19.1.4 as Kamailio
 * reads it). */
static bool weighs_alone(const sip_uri *uri)
{
    return uri->user_param_present || uri->ttl_present || uri->method_present || uri->maddr_present;
}

static bool next_param(kl_span *rest, kl_span *name, kl_span *value)
{
    if (rest->n == 0) return false;
    const kl_span one = span_cut(rest, ';');
    const char *equals = span_find(one, '=');
    *name = equals ? span_between(one.s, equals) : one;
    *value = equals ? span_between(equals + 1, one.s + one.n) : SPAN_NULL;
    return true;
}

static bool params_agree(const sip_uri *a, const sip_uri *b)
{
    if (span_empty(params_of(a)) || span_empty(params_of(b))) return !weighs_alone(a) && !weighs_alone(b);
    kl_span rest = params_of(a), name, value, other;
    while (next_param(&rest, &name, &value))
        if (sip_param_find(params_of(b), ';', name, &other) && !span_eqi(value, other)) return false;
    return true;
}

static bool uris_equal(const sip_uri *a, const sip_uri *b)
{
    return a->scheme == b->scheme && span_eq(a->user, b->user) && span_eq(a->password, b->password) &&
           span_eqi(a->host, b->host) && span_eq(a->port, b->port) && span_eqi(a->headers, b->headers) &&
           params_agree(a, b);
}

static bool ports_agree(kl_span a, kl_span b)
{
    static const kl_span usual = {"5060", 4};
    return span_eq(span_empty(a) ? usual : a, span_empty(b) ? usual : b);
}

static bool aors_equal(const sip_uri *a, const sip_uri *b)
{
    return span_eq(a->user, b->user) && span_eqi(a->host, b->host) && ports_agree(a->port, b->port);
}

static int compare(const kl_value *args, bool (*equal)(const sip_uri *, const sip_uri *))
{
    sip_uri a, b;
    if (sip_uri_parse(args[0].s, &a, NULL) != KL_OK || sip_uri_parse(args[1].s, &b, NULL) != KL_OK) return -2;
    return equal(&a, &b) ? 1 : -1;
}

KSR_FN(siputils_cmp_uri) { return compare(args, uris_equal); }

KSR_FN(siputils_cmp_aor) { return compare(args, aors_equal); }

/* ---- parameters of the Request-URI */

static const sip_uri *request_uri(kl_ctx *ctx)
{
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    if (!uri) log_print(ctx, KL_LOG_ERR, "siputils.%s: there is no R-URI, or it cannot be parsed", ctx->row->name);
    return uri;
}

/* True when a parameter of exactly that name and value is there: value .s NULL for one without "=". */
static bool has_param(const sip_uri *uri, kl_span wanted, kl_span wanted_value, bool first_only)
{
    kl_span rest = params_of(uri), name, value;
    while (next_param(&rest, &name, &value)) {
        if (!span_eq(name, wanted)) continue;
        if (span_eq(value, wanted_value)) return true;
        if (first_only) return false;
    }
    return false;
}

KSR_FN(siputils_uri_param)
{
    const sip_uri *uri = request_uri(ctx);
    return uri && has_param(uri, args[0].s, SPAN_NULL, false) ? 1 : -1;
}

KSR_FN(siputils_uri_param_value)
{
    const sip_uri *uri = request_uri(ctx);
    return uri && has_param(uri, args[0].s, args[1].s, true) ? 1 : -1;
}

KSR_FN(siputils_uri_param_any)
{
    const sip_uri *uri = request_uri(ctx);
    kl_span value;
    return uri && sip_param_find(params_of(uri), ';', args[0].s, &value) ? 1 : -1;
}

KSR_FN(siputils_is_gruu)
{
    const sip_uri *uri = request_uri(ctx);
    if (!uri || !uri->gr_present) return -1;
    return uri->gr.n > 0 ? 1 : 2;
}

#define MAX_URI 1024

/* Puts before + middle + after together as the new R-URI. */
static int rewrite(kl_ctx *ctx, kl_span before, kl_span middle, kl_span after)
{
    const size_t n = before.n + middle.n + after.n;
    char *text = n > MAX_URI ? NULL : arena_alloc(ctx->scratch, n + 1);
    if (!text) {
        log_print(ctx, KL_LOG_ERR, "siputils.%s: the new R-URI is longer than %d bytes", ctx->row->name, MAX_URI);
        return -1;
    }
    memcpy(text, before.s, before.n);
    memcpy(text + before.n, middle.s, middle.n);
    memcpy(text + before.n + middle.n, after.s, after.n);
    return msg_set_uri(ctx->msg, span_of(text, n)) ? 1 : -1;
}

/* The new parameter goes behind the last one and before the headers. (Kamailio makes garbage of a R-URI with headers.)
 */
KSR_FN(siputils_add_uri_param)
{
    if (span_empty(args[0].s)) return args[0].s.s ? 1 : -1;
    const sip_uri *uri = request_uri(ctx);
    if (!uri || !line_good(ctx, args[0].s)) return -1;
    const char *end = uri->headers.s ? uri->headers.s - 1 : uri->text.s + uri->text.n;
    char *param = arena_alloc(ctx->scratch, args[0].s.n + 1);
    if (!param) return -1;
    param[0] = ';';
    memcpy(param + 1, args[0].s.s, args[0].s.n);
    return rewrite(ctx, span_between(uri->text.s, end), span_of(param, args[0].s.n + 1),
                   span_between(end, uri->text.s + uri->text.n));
}

KSR_FN(siputils_uri_param_rm)
{
    const sip_uri *uri = request_uri(ctx);
    if (!uri) return -1;
    kl_span rest = params_of(uri), name, value;
    while (next_param(&rest, &name, &value)) {
        if (!span_eqi(name, args[0].s)) continue;
        const char *end = value.s ? value.s + value.n : name.s + name.n;
        return rewrite(ctx, span_between(uri->text.s, name.s - 1), SPAN(""),
                       span_between(end, uri->text.s + uri->text.n));
    }
    return 1;
}
