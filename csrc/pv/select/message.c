/* message.c: selects of the message: its first line, its Vias, CSeq, credentials, and any header and the body. */
#include <stdio.h>

#include "base/text.h"
#include "sip/sdp.h"
#include "pv/variables/variables.h"
#include "select.h"

/* ---- first line */

static bool method(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part, (void)data;
    return select_filled(subject, msg_method(ctx->msg));
}

enum { LINE_STATUS, LINE_REASON, LINE_VERSION };

static bool first_line_part(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_msg *msg = ctx->msg;
    (void)part;
    if (data == LINE_VERSION) return select_filled(subject, msg->version);
    return !msg->is_request && select_filled(subject, data == LINE_STATUS ? msg->status_text : msg->reason);
}

/* ---- Via */

enum {
    VIA_NAME,
    VIA_VERSION,
    VIA_TRANSPORT,
    VIA_HOST,
    VIA_PORT,
    VIA_COMMENT,
    VIA_BRANCH,
    VIA_RECEIVED,
    VIA_RPORT,
    VIA_I,
    VIA_ALIAS
};

/* Counted from 1 over all Via headers; whatever is negative is the last. One that another follows keeps its comma. */
static bool via(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    int wanted = part->has_index ? part->index : 1, at = 0;
    (void)data;
    subject->text = SPAN_NULL;
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_VIA); hdr != NULL; hdr = msg_hdr_next(ctx->msg, hdr)) {
        kl_span rest = hdr_body(hdr);
        sip_via one;
        for (const char *start = rest.s; sip_via_next(&rest, &one, NULL) == KL_OK; start = rest.s) {
            if (++at != wanted && wanted >= 0) continue;
            subject->via = one;
            subject->text = span_trim(span_between(start, rest.s));
            if (at == wanted) return true;
        }
    }
    return subject->text.s != NULL;
}

static bool via_part(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_via *one = &subject->via;
    (void)ctx, (void)part;
    switch (data) {
    case VIA_NAME: return select_give(subject, SPAN("SIP"));
    case VIA_VERSION: return select_filled(subject, one->version);
    case VIA_TRANSPORT: return select_filled(subject, one->transport);
    case VIA_HOST: return select_filled(subject, one->host);
    case VIA_PORT: return select_filled(subject, one->port);
    case VIA_COMMENT: return select_filled(subject, one->comment);
    case VIA_BRANCH: return select_filled(subject, one->branch);
    case VIA_RECEIVED: return select_filled(subject, one->received);
    case VIA_RPORT: return select_filled(subject, one->rport);
    case VIA_I: return select_filled(subject, select_param(one->params, SPAN("i"), 0));
    default: return select_filled(subject, select_param(one->params, SPAN("alias"), 0));
    }
}

static bool via_params(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)part, (void)data;
    return select_filled(subject, subject->via.params);
}

static bool via_param(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)data;
    return select_filled(subject, select_param(subject->text, part->name, 0));
}

static const select_node via_param_nodes[] = {{"*", via_param, 0, 0, NULL}, SELECT_END};
static const select_node via_nodes[] = {
    {"name", via_part, VIA_NAME, 0, NULL},
    {"version", via_part, VIA_VERSION, 0, NULL},
    {"transport", via_part, VIA_TRANSPORT, 0, NULL},
    {"host", via_part, VIA_HOST, 0, NULL},
    {"port", via_part, VIA_PORT, 0, NULL},
    {"comment", via_part, VIA_COMMENT, 0, NULL},
    {"branch", via_part, VIA_BRANCH, 0, NULL},
    {"received", via_part, VIA_RECEIVED, 0, NULL},
    {"rport", via_part, VIA_RPORT, 0, NULL},
    {"i", via_part, VIA_I, 0, NULL},
    {"alias", via_part, VIA_ALIAS, 0, NULL},
    {"params", via_params, 0, SELECT_MORE, via_param_nodes},
    SELECT_END,
};

/* ---- CSeq and Event */

enum { CSEQ_ALL, CSEQ_NUMBER, CSEQ_METHOD };

static bool cseq(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CSEQ);
    const sip_cseq *parsed = hdr ? msg_cseq(ctx->msg) : NULL;
    (void)part;
    if (parsed == NULL) return false;
    return select_give(subject, data == CSEQ_ALL      ? span_trim(hdr_body(hdr))
                                : data == CSEQ_NUMBER ? parsed->number
                                                      : parsed->method);
}

static const select_node cseq_nodes[] = {
    {"num", cseq, CSEQ_NUMBER, 0, NULL}, {"method", cseq, CSEQ_METHOD, 0, NULL}, SELECT_END};

/* RFC 6665 8.2.1: the type without its parameters. */
static bool event(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    if (!select_body(ctx, subject, part, data)) return false;
    const char *end = span_find(subject->text, ';');
    return select_filled(subject, span_trim(end ? span_between(subject->text.s, end) : subject->text));
}

/* ---- credentials, found by their realm */

enum {
    CRED_USERNAME,
    CRED_USER,
    CRED_DOMAIN,
    CRED_REALM,
    CRED_NONCE,
    CRED_URI,
    CRED_CNONCE,
    CRED_NC,
    CRED_RESPONSE,
    CRED_OPAQUE,
    CRED_ALGORITHM,
    CRED_QOP
};

static bool header_of(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)subject, (void)part, (void)data;
    return true;
}

static bool credentials(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, (sip_hdr_id)data); hdr != NULL; hdr = msg_hdr_next(ctx->msg, hdr))
        if (sip_credentials_parse(hdr_body(hdr), &subject->credentials, NULL) == KL_OK &&
            span_eqi(subject->credentials.realm, part->name))
            return select_give(subject, span_trim(hdr_body(hdr)));
    return false;
}

static bool credential(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_credentials *c = &subject->credentials;
    const kl_span parts[] = {c->username, c->user, c->domain,   c->realm,  c->nonce,     c->uri,
                             c->cnonce,   c->nc,   c->response, c->opaque, c->algorithm, c->qop};
    (void)ctx, (void)part;
    return select_filled(subject, parts[data]);
}

static const select_node username_nodes[] = {
    {"user", credential, CRED_USER, 0, NULL}, {"domain", credential, CRED_DOMAIN, 0, NULL}, SELECT_END};
static const select_node credential_nodes[] = {
    {"username", credential, CRED_USERNAME, 0, username_nodes},
    {"realm", credential, CRED_REALM, 0, NULL},
    {"nonce", credential, CRED_NONCE, 0, NULL},
    {"uri", credential, CRED_URI, 0, NULL},
    {"cnonce", credential, CRED_CNONCE, 0, NULL},
    {"nc", credential, CRED_NC, 0, NULL},
    {"response", credential, CRED_RESPONSE, 0, NULL},
    {"opaque", credential, CRED_OPAQUE, 0, NULL},
    {"algorithm", credential, CRED_ALGORITHM, 0, NULL},
    {"qop", credential, CRED_QOP, 0, NULL},
    SELECT_END,
};
static const select_node authorization_nodes[] = {{"*", credentials, SIP_HDR_AUTHORIZATION, 0, credential_nodes},
                                                  SELECT_END};
static const select_node proxy_authorization_nodes[] = {
    {"*", credentials, SIP_HDR_PROXY_AUTHORIZATION, 0, credential_nodes}, SELECT_END};

/* ---- msg */

enum { MSG_ALL, MSG_REQUEST, MSG_RESPONSE, MSG_FIRST_LINE, MSG_BODY, MSG_HEADERS };
enum { MSG_TYPE, MSG_LEN, MSG_ID, MSG_FLAGS };

static bool message(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_msg *msg = ctx->msg;
    const char *headers = msg->first_line.s + msg->first_line.n, *body = msg->body.s;
    (void)part;
    switch (data) {
    case MSG_FIRST_LINE: return select_give(subject, span_trim(msg->first_line));
    case MSG_BODY:
        return !msg->hdrs_bad && select_give(subject, body != NULL && msg->body.n == 0 ? SPAN("") : msg->body);
    case MSG_HEADERS: return select_give(subject, span_between(headers, body != NULL ? body : msg->buf + msg->len));
    default:
        return (data == MSG_ALL || (data == MSG_REQUEST) == msg->is_request) &&
               select_give(subject, span_of(msg->buf, msg->len));
    }
}

static bool message_number(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_msg *msg = ctx->msg;
    const int64_t numbers[] = {msg->is_request ? 1 : 2, (int64_t)msg->len, ctx->message_number, msg->flags};
    (void)part;
    return select_number(ctx, subject, numbers[data]);
}

static bool message_id_hex(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    char *text = arena_alloc(ctx->scratch, 8);
    (void)part, (void)data;
    if (text == NULL) return false;
    return select_give(subject, span_between(text, text_put_hex_digits(text, ctx->message_number, 8)));
}

/* ---- msg.body */

static bool sdp(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_hdr *type = msg_hdr_first(ctx->msg, SIP_HDR_CONTENT_TYPE);
    (void)part, (void)data;
    return subject->text.n > 0 && type != NULL && span_startsi(span_trim(hdr_body(type)), SPAN("application/sdp"));
}

/* The value of the first line of that letter. */
static bool sdp_line(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    kl_span rest = subject->text, line;
    (void)ctx, (void)data;
    while (sdp_line_next(&rest, &line))
        if (line.n > 1 && line.s[0] == part->name.s[0] && line.s[1] == '=')
            return select_give(subject, span_trim(span_from(line, 2)));
    return false;
}

static const select_node sdp_line_names[] = {{"*", sdp_line, 0, SELECT_LETTER, NULL}, SELECT_END};
static const select_node sdp_nodes[] = {{"line", header_of, 0, SELECT_MORE, sdp_line_names}, SELECT_END};
static const select_node body_nodes[] = {{"sdp", sdp, 0, 0, sdp_nodes}, SELECT_END};

/* ---- msg.header */

/* From 1, negative from the end; without an index, or with 0, the first or the last as `otherwise` says. */
static const sip_hdr *header_at(const kl_msg *msg, const select_part *part, int otherwise)
{
    int index = part->has_index && part->index != 0 ? part->index : otherwise;
    return msg_hdr_index(msg, part->name, index > 0 ? index - 1 : index);
}

static bool header(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_hdr *hdr = header_at(ctx->msg, part, part->has_index ? -1 : 1);
    (void)data;
    /* Kamailio reads the parts of an address from the first header when there is an index, whatever it is, and from the
     * last when there is none. */
    const sip_hdr *other = msg_hdr_index(ctx->msg, part->name, part->has_index ? 0 : -1);
    subject->params = other != NULL ? hdr_body(other) : SPAN_NULL;
    subject->text = hdr == NULL ? SPAN_NULL : hdr_body(hdr).n > 0 ? hdr_body(hdr) : SPAN("");
    return true;
}

static bool header_address(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)part, (void)data;
    return select_give(subject, subject->params);
}

/* "token;params": behind a quoted name or an address Kamailio finds none. */
static bool header_params(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const char *p = subject->text.s, *const end = p + subject->text.n;
    (void)ctx, (void)part, (void)data;
    while (p < end && *p != ';') {
        if (char_is(*p, SPAN_WS) || strchr("\"<>,", *p) != NULL) return false;
        p++;
    }
    return p < end && select_give(subject, span_between(p + 1, end));
}

static bool header_param(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)data;
    return select_give(subject, select_param(subject->text, part->name, 0));
}

static const select_node header_param_nodes[] = {{"*", header_param, 0, 0, NULL}, SELECT_END};
static const select_node header_nodes[] = {
    {"nameaddr", header_address, 0, SELECT_MORE, select_nameaddr_nodes},
    {"params", header_params, 0, SELECT_MORE, header_param_nodes},
    SELECT_END,
};
static const select_node header_names[] = {{"*", header, 0, SELECT_INDEX | SELECT_HEADER, header_nodes}, SELECT_END};

static const select_node id_nodes[] = {{"hex", message_id_hex, 0, 0, NULL}, SELECT_END};
static const select_node msg_nodes[] = {
    {"first_line", message, MSG_FIRST_LINE, 0, NULL},  {"type", message_number, MSG_TYPE, 0, NULL},
    {"len", message_number, MSG_LEN, 0, NULL},         {"id", message_number, MSG_ID, 0, id_nodes},
    {"flags", message_number, MSG_FLAGS, 0, NULL},     {"body", message, MSG_BODY, 0, body_nodes},
    {"header", message, MSG_HEADERS, 0, header_names}, {"h", message, MSG_HEADERS, 0, header_names},
    {"request", message, MSG_REQUEST, 0, NULL},        {"req", message, MSG_REQUEST, 0, NULL},
    {"response", message, MSG_RESPONSE, 0, NULL},      SELECT_END,
};

#define BODY(name, id) {name, select_body, SIP_HDR_##id, 0, NULL}

const select_node select_message_nodes[] = {
    {"via", via, 0, SELECT_INDEX, via_nodes},
    {"v", via, 0, SELECT_INDEX, via_nodes},
    {"cseq", cseq, CSEQ_ALL, 0, cseq_nodes},
    {"method", method, 0, 0, NULL},
    {"status", first_line_part, LINE_STATUS, 0, NULL},
    {"reason", first_line_part, LINE_REASON, 0, NULL},
    {"version", first_line_part, LINE_VERSION, 0, NULL},
    {"msg", message, MSG_ALL, 0, msg_nodes},
    {"message", message, MSG_ALL, 0, msg_nodes},
    {"authorization", header_of, 0, SELECT_MORE, authorization_nodes},
    {"proxy_authorization", header_of, 0, SELECT_MORE, proxy_authorization_nodes},
    {"event", event, SIP_HDR_EVENT, 0, NULL},
    BODY("call_id", CALL_ID),
    BODY("expires", EXPIRES),
    BODY("max_forwards", MAX_FORWARDS),
    BODY("subject", SUBJECT),
    BODY("user_agent", USER_AGENT),
    BODY("content_type", CONTENT_TYPE),
    BODY("content_length", CONTENT_LENGTH),
    BODY("date", DATE),
    BODY("identity", IDENTITY),
    BODY("identity_info", IDENTITY_INFO),
    BODY("min_se", MIN_SE),
    BODY("organization", ORGANIZATION),
    BODY("priority", PRIORITY),
    BODY("session_expires", SESSION_EXPIRES),
    BODY("sip_if_match", SIP_IF_MATCH),
    SELECT_END,
};
