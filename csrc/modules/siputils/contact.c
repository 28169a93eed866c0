/* contact.c: URIs of Contact hidden in a parameter of another one (contact_param_*), and the walk over them that other
 * files use too. */
#include "contact.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/text.h"
#include "core/line.h"
#include "core/notes.h"
#include "pv/paramlist.h"
#include "sip/ip.h"

/* ---- the walk */

/* What the rule says of each, without doing it: *from is the first URI behind the last one that failed. */
static int try_all(kl_ctx *ctx, const sip_hdr *hdr, const kl_value *args, contact_rule rule, size_t *from)
{
    sip_contact_walk w = sip_contacts(hdr_body(hdr));
    sip_nameaddr contact;
    int result = 1;
    *from = 0;
    for (size_t at = 1; sip_contact_next(&w, &contact) > 0; at++) {
        const arena_mark mark = arena_save(ctx->scratch);
        kl_span uri = contact.uri, text = SPAN_NULL;
        int code = rule(ctx, args, &uri, &text);
        if (code >= 0 && !line_good(ctx, text)) code = -1;
        arena_rewind(ctx->scratch, mark);
        if (code >= 0) continue;
        result = code;
        *from = at;
    }
    return result;
}

static bool apply(kl_ctx *ctx, const sip_hdr *hdr, const kl_value *args, contact_rule rule, size_t from)
{
    sip_contact_walk w = sip_contacts(hdr_body(hdr));
    sip_nameaddr contact;
    bool done = true;
    for (size_t at = 0; done && sip_contact_next(&w, &contact) > 0; at++) {
        if (at < from) continue;
        const arena_mark mark = arena_save(ctx->scratch);
        kl_span uri = contact.uri, text = SPAN_NULL;
        done = rule(ctx, args, &uri, &text) > 0 && (!text.s || edit_replace(ctx->msg, uri, text));
        arena_rewind(ctx->scratch, mark);
    }
    return done;
}

int contact_rewrite(kl_ctx *ctx, const sip_hdr *hdr, const kl_value *args, contact_rule rule)
{
    size_t from;
    if (notes_contact(ctx->msg).s && hdr == msg_hdr_first(ctx->msg, SIP_HDR_CONTACT)) {
        log_print(ctx, KL_LOG_ERR, "siputils.%s: the Contact was changed before", ctx->row->name);
        return -1;
    }
    const int result = try_all(ctx, hdr, args, rule, &from);
    return apply(ctx, hdr, args, rule, from) ? result : -1;
}

/* ---- contact_param_encode, contact_param_encode_alias */

enum { SHORTEST = 5 }; /* a URI with less is left alone */

static kl_span base64_url(kl_ctx *ctx, kl_span text)
{
    char *out = arena_alloc(ctx->scratch, base64_encode_bound(text.n) + 1);
    return out ? span_of(out, base64_encode(text, true, false, out)) : SPAN_NULL;
}

/* "URI;name=OLD", in < > where the old one was not. */
static int hide(kl_ctx *ctx, const kl_value *args, kl_span piece, kl_span old, kl_span *text)
{
    const bool enclosed = piece.s[-1] == '<';
    const kl_span code = base64_url(ctx, old);
    if (!code.s) return -1;
    *text = text_join(ctx->scratch, enclosed ? SPAN("") : SPAN("<"), args[1].s, SPAN(";"), args[0].s, SPAN("="), code,
                      enclosed ? SPAN("") : SPAN(">"));
    return text->s ? 1 : -1;
}

static int encode(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text)
{
    return piece->n < SHORTEST ? 1 : hide(ctx, args, *piece, *piece, text);
}

/* The old URI with ";alias=192.0.2.1~5060~1" behind it: where the message came from, as nathelper writes it. */
static int encode_alias(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text)
{
    const kl_msg *msg = ctx->msg;
    char tail[24];
    sip_ip ip;
    if (piece->n < SHORTEST) return 1;
    const bool six = ip_parse(msg->source_host, &ip) && ip.family == 6;
    snprintf(tail, sizeof tail, "~%u~%d", (unsigned)msg->source_port, (int)msg->proto);
    const kl_span old = text_join(ctx->scratch, *piece, SPAN(";alias="), six ? SPAN("[") : SPAN(""), msg->source_host,
                                  six ? SPAN("]") : SPAN(""), span_text(tail));
    return old.s ? hide(ctx, args, *piece, old, text) : -1;
}

static int encode_first(kl_ctx *ctx, const kl_value *args, contact_rule rule)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    if (!hdr) return 1;
    if (!sip_contacts_good(hdr_body(hdr))) {
        log_print(ctx, KL_LOG_ERR, "siputils.%s: the Contact cannot be parsed", ctx->row->name);
        return -4;
    }
    return contact_rewrite(ctx, hdr, args, rule);
}

KSR_FN(siputils_contact_param_encode) { return encode_first(ctx, args, encode); }

KSR_FN(siputils_contact_param_encode_alias) { return encode_first(ctx, args, encode_alias); }

/* ---- the way back */

typedef enum finding { NO_URI, NO_LIST, NO_PARAM, FOUND } finding;

/* The last parameter of that name. Parameters that end in a semicolon are malformed here. */
static finding find_param(kl_span uri, kl_span name, paramlist_item *out)
{
    sip_uri parsed;
    if (sip_uri_parse(uri, &parsed, NULL) != KL_OK) return NO_URI;
    const bool phone = parsed.scheme == SIP_URI_TEL || parsed.scheme == SIP_URI_TELS || parsed.scheme == SIP_URI_URN;
    const kl_span params = phone ? parsed.user_params : parsed.params;
    if (span_empty(params)) return NO_PARAM;
    if (params.s[params.n - 1] == ';') return NO_LIST;
    const int found = paramlist_find(params, ';', name, out);
    return found < 0 ? NO_LIST : found > 0 ? FOUND : NO_PARAM;
}

/* The URI hidden in a parameter; none, which is good, for an empty one. */
static int reveal(kl_ctx *ctx, const paramlist_item *item, kl_span *text)
{
    if (item->value.n == 0) return 1;
    char *old = arena_alloc(ctx->scratch, base64_decode_bound(item->value.n) + 1);
    const size_t n = old && item->value.n % 4 != 1 ? base64_decode_url(item->value, old) : CODEC_BAD;
    if (n == CODEC_BAD) {
        log_print(ctx, KL_LOG_ERR, "siputils.%s: the value of the parameter is no Base64", ctx->row->name);
        return -1;
    }
    *text = span_of(old, n);
    return 1;
}

static int decode(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text)
{
    paramlist_item item;
    switch (find_param(*piece, args[0].s, &item)) {
    case NO_URI: return -1;
    case FOUND: return reveal(ctx, &item, text);
    default: return 1;
    }
}

/* From the semicolon to the end of the value; quotes and the = of an empty value stay, as in Kamailio. */
static int remove_param(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text)
{
    paramlist_item item;
    const finding found = find_param(*piece, args[0].s, &item);
    (void)ctx;
    if (found != FOUND) return found == NO_URI ? -1 : 1;
    const char *start = item.name.s, *end = item.value.n > 0 ? item.value.s + item.value.n : item.name.s + item.name.n;
    while (start > piece->s && *start != ';') start--;
    *piece = span_between(start, end);
    *text = SPAN("");
    return 1;
}

/* One Contact header that cannot be parsed, and there is nothing to do in any. */
static bool all_good(kl_ctx *ctx)
{
    if (ctx->msg->hdrs_bad) return false;
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT); hdr; hdr = msg_hdr_next(ctx->msg, hdr))
        if (!sip_contacts_good(hdr_body(hdr))) return false;
    return true;
}

static int rewrite_all(kl_ctx *ctx, const kl_value *args, contact_rule rule)
{
    if (!all_good(ctx)) return 1;
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT); hdr; hdr = msg_hdr_next(ctx->msg, hdr)) {
        const int result = contact_rewrite(ctx, hdr, args, rule);
        if (result < 0) return result;
    }
    return 1;
}

KSR_FN(siputils_contact_param_decode) { return rewrite_all(ctx, args, decode); }

KSR_FN(siputils_contact_param_rm) { return rewrite_all(ctx, args, remove_param); }

KSR_FN(siputils_contact_param_decode_ruri)
{
    kl_span text = SPAN_NULL;
    paramlist_item item;
    if (!ctx->msg->is_request) return -1;
    const finding found = find_param(msg_current_uri(ctx->msg), args[0].s, &item);
    if (found == NO_PARAM) return 1;
    if (found != FOUND || reveal(ctx, &item, &text) < 0) return -1;
    return !text.s || msg_set_uri(ctx->msg, text) || line_refused(ctx, text) ? 1 : -1;
}

static bool has_param(const sip_hdr *hdr, kl_span name)
{
    sip_contact_walk w = sip_contacts(hdr_body(hdr));
    sip_nameaddr contact;
    paramlist_item item;
    while (sip_contact_next(&w, &contact) > 0)
        if (find_param(contact.uri, name, &item) == FOUND) return true;
    return false;
}

KSR_FN(siputils_contact_param_check)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    if (!hdr || !all_good(ctx)) return 1;
    for (; hdr; hdr = msg_hdr_next(ctx->msg, hdr))
        if (has_param(hdr, args[0].s)) return 1;
    return -1;
}
