/* encode.c: a Contact whose URI is packed into the user part of one of ours, for replies and requests to come back
 * through us: sip:PREFIX*user*password*host*port*transport@PUBLIC_IP. */
#include "contact.h"

#include "base/text.h"

enum { FIELD_PREFIX = 0, FIELD_USER, FIELD_PASSWORD, FIELD_HOST, FIELD_PORT, FIELD_TRANSPORT, FIELD_COUNT };

/* Kamailio's numbers. */
enum {
    NOT_ENCODABLE = -509,
    NO_COLON = -25,
    NO_HOST = -2,
    NO_USER = -3, /* a password without a user */
    CONTACT_BAD = -4,
    NO_SCHEME = -22,
    NO_AT = -23,
    TOO_MANY_FIELDS = -24,
    TOO_FEW_FIELDS = -26,
};

static char separator(kl_ctx *ctx)
{
    const siputils_state *state = module_state(ctx, MOD_SIPUTILS);
    return state->contact_flds_separator.n > 0 ? state->contact_flds_separator.s[0] : '*';
}

/* sips: and tels: are refused, as in Kamailio. */
static bool encodable(kl_span uri, sip_uri *parsed)
{
    return sip_uri_parse(uri, parsed, NULL) == KL_OK && uri.n > 3 && uri.s[3] == ':';
}

static int encode(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text)
{
    sip_uri uri;
    if (!span_find(*piece, ':')) return NO_COLON;
    if (!encodable(*piece, &uri)) return NOT_ENCODABLE;
    const char mark = separator(ctx);
    const kl_span between = span_of(&mark, 1);
    const kl_span parts[] = {span_of(piece->s, 4),
                             args[0].s,
                             between,
                             uri.user,
                             between,
                             uri.password,
                             between,
                             uri.host,
                             between,
                             uri.port,
                             between,
                             uri.transport,
                             SPAN("@"),
                             args[1].s};
    *text = text_join_all(ctx->scratch, parts, sizeof parts / sizeof *parts);
    return text->s ? 1 : -1;
}

/* A host of ours that is empty would make a URI that leads nowhere (Kamailio sends a NUL byte). */
KSR_FN(siputils_encode_contact)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    if (!hdr || span_empty(args[1].s)) return -1;
    if (!sip_contacts_good(hdr_body(hdr))) {
        log_print(ctx, KL_LOG_ERR, "siputils.encode_contact: the Contact cannot be parsed");
        return CONTACT_BAD;
    }
    return contact_rewrite(ctx, hdr, args, encode);
}

/* ---- back */

typedef struct packed {
    kl_span scheme; /* with its colon */
    kl_span fields[FIELD_COUNT];
    kl_span tail; /* the parameters behind @PUBLIC_IP, with their semicolon */
} packed;

static int unpack(kl_span uri, char mark, packed *out)
{
    const char *p = span_find(uri, ':'), *end = span_end(uri), *start;
    int field = 0;
    if (!p) return NO_SCHEME;
    out->scheme = span_between(uri.s, ++p);
    for (start = p; p < end && *p != '@'; p++) {
        if (*p != mark) continue;
        if (field == FIELD_TRANSPORT) return TOO_MANY_FIELDS;
        out->fields[field++] = span_between(start, p);
        start = p + 1;
    }
    if (p == end) return NO_AT;
    if (field < FIELD_TRANSPORT) return TOO_FEW_FIELDS;
    out->fields[field] = span_between(start, p);
    const kl_span behind = span_between(p, end);
    const char *params = span_find(behind, ';');
    out->tail = span_between(params ? params : end, end);
    return 1;
}

/* `mark` and the text, nothing when there is no text. */
static kl_span marked(kl_span mark, kl_span text) { return text.n > 0 ? mark : SPAN(""); }

static int decode_uri(kl_ctx *ctx, kl_span uri, kl_span *text)
{
    packed in;
    const int status = unpack(uri, separator(ctx), &in);
    if (status < 0) return status;
    const kl_span user = in.fields[FIELD_USER], password = in.fields[FIELD_PASSWORD], host = in.fields[FIELD_HOST],
                  port = in.fields[FIELD_PORT], transport = in.fields[FIELD_TRANSPORT];
    if (span_empty(host)) return NO_HOST;
    if (span_empty(user) && !span_empty(password)) return NO_USER;
    const kl_span parts[] = {in.scheme,
                             user,
                             marked(SPAN(":"), password),
                             password,
                             marked(SPAN("@"), user),
                             host,
                             marked(SPAN(":"), port),
                             port,
                             marked(SPAN(";transport="), transport),
                             transport,
                             in.tail};
    *text = text_join_all(ctx->scratch, parts, sizeof parts / sizeof *parts);
    return text->s ? 1 : -1;
}

/* In < > where it stood without and has parameters now. */
static int decode(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text)
{
    (void)args;
    const int status = decode_uri(ctx, *piece, text);
    if (status < 0 || piece->s[-1] == '<' || !nameaddr_wants_brackets(*text)) return status;
    const kl_span parts[] = {SPAN("<"), *text, SPAN(">")};
    *text = text_join_all(ctx->scratch, parts, sizeof parts / sizeof *parts);
    return text->s ? status : -1;
}

KSR_FN(siputils_decode_contact)
{
    kl_span text = SPAN_NULL;
    if (!ctx->msg->is_request) return NO_SCHEME;
    const int status = decode_uri(ctx, msg_current_uri(ctx->msg), &text);
    if (status < 0) return status;
    return msg_set_uri(ctx->msg, text) ? 1 : -1;
}

KSR_FN(siputils_decode_contact_header)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    if (!hdr) return -1;
    if (!sip_contacts_good(hdr_body(hdr))) {
        log_print(ctx, KL_LOG_ERR, "siputils.decode_contact_header: the Contact cannot be parsed");
        return CONTACT_BAD;
    }
    return contact_rewrite(ctx, hdr, args, decode);
}
