/* address.c: selects of URIs and of addresses in headers. */
#include <stdio.h>

#include "base/text.h"
#include "core/notes.h"
#include "sip/param.h"
#include "pv/variables/variables.h"
#include "select.h"

/* ---- parameters */

static kl_span unquoted(kl_span value, unsigned flags)
{
    if ((flags & SELECT_SINGLE_QUOTES) && value.n > 1 && value.s[0] == '\'' && value.s[value.n - 1] == '\'')
        return span_of(value.s + 1, value.n - 2);
    return value.s != NULL && value.n == 0 ? SPAN("") : value;
}

kl_span select_param(kl_span params, kl_span name, unsigned flags)
{
    const char *p = params.s, *const end = span_end(params), *bad;
    kl_span found = SPAN_NULL;
    sip_param param;
    while (params.n > 0 && (p = sip_param_next(p, end, SIP_PARAM_LIST, &param, &bad)) != NULL) {
        if (span_eqi(param.name, name)) {
            found = unquoted(param.value, flags);
            if (!(flags & SELECT_LAST)) return found;
        }
        if (p == end || *p != ';') return found;
        p++;
    }
    return found;
}

static bool param_of_text(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx;
    return select_give(subject, select_param(subject->text, part->name, (unsigned)data));
}

/* ---- parts of a URI */

enum {
    URI_USER,
    URI_HOST,
    URI_PORT,
    URI_PASSWORD,
    URI_HOSTPORT,
    URI_PARAMS,
    URI_TYPE,
    URI_TRANSPORT,
    URI_ROUTING_USER
};

/* Those of a telephone number are its own; behind the host of one there are none for Kamailio. */
static kl_span params_of(const sip_uri *uri)
{
    const bool number = uri->phone || uri->scheme == SIP_URI_TEL || uri->scheme == SIP_URI_TELS ||
                        uri->scheme == SIP_URI_URN;
    return number ? uri->user_params : uri->params;
}

static bool host_and_port(kl_ctx *ctx, select_subject *subject, const sip_uri *uri)
{
    if (uri->host.n == 0) return false;
    kl_span port = uri->port.n > 0 ? uri->port : uri->scheme == SIP_URI_SIPS ? SPAN("5061") : SPAN("5060");
    return select_give(subject, text_join(ctx->scratch, uri->host, SPAN(":"), port));
}

static kl_span transport_of(const sip_uri *uri)
{
    if (uri->proto != KL_PROTO_NONE) return span_text(sip_transport_name(uri->proto));
    return uri->scheme == SIP_URI_SIPS ? SPAN("tls") : SPAN("udp");
}

/* RFC 4694: the number that a ported one is routed by. */
static kl_span routing_user(const sip_uri *uri)
{
    kl_span rn = select_param(params_of(uri), SPAN("rn"), SELECT_LAST | SELECT_SINGLE_QUOTES);
    return rn.n > 0 ? rn : uri->user;
}

/* Of sip: with user=phone those of the number, which may be none; a single one is looked for among those of the URI
 * too. */
static bool give_params(select_subject *subject, const sip_uri *uri)
{
    subject->params = uri->phone ? uri->params : SPAN_NULL;
    return select_filled(subject, params_of(uri)) || subject->params.n > 0;
}

static bool param_of_uri(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx;
    const kl_span own = select_param(subject->text, part->name, (unsigned)data);
    return select_give(subject, own.s ? own : select_param(subject->params, part->name, (unsigned)data));
}

static bool uri_part(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    sip_uri uri;
    (void)part;
    if (sip_uri_parse(subject->text, &uri, NULL) != KL_OK) return false;
    switch (data) {
    case URI_USER: return select_filled(subject, uri.user);
    case URI_HOST: return select_give(subject, uri.host.n > 0 ? uri.host : SPAN(""));
    case URI_PORT: return select_filled(subject, uri.port);
    case URI_PASSWORD: return select_give(subject, uri.password);
    case URI_HOSTPORT: return host_and_port(ctx, subject, &uri);
    case URI_PARAMS: return give_params(subject, &uri);
    case URI_TYPE:
        return select_give(subject, uri.phone ? uri.scheme == SIP_URI_SIPS ? SPAN("tels") : SPAN("tel")
                                              : span_text(sip_scheme_name(uri.scheme)));
    case URI_TRANSPORT: return select_give(subject, transport_of(&uri));
    default: return select_filled(subject, routing_user(&uri));
    }
}

static const select_node uri_param_nodes[] = {{"*", param_of_uri, SELECT_LAST | SELECT_SINGLE_QUOTES, 0, NULL},
                                              SELECT_END};

#define URI_NODES                                                                                                      \
    {"user", uri_part, URI_USER, 0, NULL}, {"host", uri_part, URI_HOST, 0, NULL},                                      \
        {"port", uri_part, URI_PORT, 0, NULL}, {"pwd", uri_part, URI_PASSWORD, 0, NULL},                               \
        {"hostport", uri_part, URI_HOSTPORT, 0, NULL}, {"params", uri_part, URI_PARAMS, 0, uri_param_nodes},           \
        {"type", uri_part, URI_TYPE, 0, NULL}, {"transport", uri_part, URI_TRANSPORT, 0, NULL},                        \
    {                                                                                                                  \
        "rn_user", uri_part, URI_ROUTING_USER, 0, NULL                                                                 \
    }

const select_node select_uri_nodes[] = {URI_NODES, SELECT_END};

/* ---- where a request goes */

static bool ruri(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part, (void)data;
    return ctx->msg->is_request && msg_ruri(ctx->msg) != NULL && select_give(subject, msg_current_uri(ctx->msg));
}

static bool dst_uri(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part, (void)data;
    return select_filled(subject, ctx->msg->dst_uri);
}

static bool next_hop(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part, (void)data;
    return ctx->msg->is_request &&
           select_filled(subject, ctx->msg->dst_uri.n > 0 ? ctx->msg->dst_uri : msg_current_uri(ctx->msg));
}

/* The address of the socket that a forward would leave by. */
static bool source_of_next_hop(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    sip_uri uri;
    sip_ip ip = {.family = 0};
    const kl_msg *msg = ctx->msg;
    (void)part, (void)data;
    if (sip_uri_parse(subject->text, &uri, NULL) != KL_OK) return false;
    ip_parse(uri.host, &ip);
    int socket = socket_pick(ctx->server, msg->send_socket, msg->recv_socket,
                             uri.proto != KL_PROTO_NONE ? uri.proto : KL_PROTO_UDP, ip.family);
    return socket >= 0 && select_give(subject, ctx->server->sockets[socket].host);
}

static const select_node next_hop_nodes[] = {URI_NODES, {"src_ip", source_of_next_hop, 0, 0, NULL}, SELECT_END};

/* ---- addresses in headers */

enum {
    ADDRESS_URI,
    ADDRESS_NAME,
    ADDRESS_SHOWN_NAME /* '' for none */,
    ADDRESS_RAW_NAME /* with the blanks before the < */,
    ADDRESS_TAG
};

/* The first of the first header of that kind. */
static bool address(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, (sip_hdr_id)data);
    kl_span rest = hdr ? hdr_body(hdr) : SPAN_NULL;
    (void)part;
    if (hdr == NULL || sip_nameaddr_next(&rest, &subject->address, NULL) != KL_OK) return false;
    subject->params = subject->address.params;
    if (data == SIP_HDR_CONTACT && !subject->address.star)
        subject->address.uri = notes_contact_now(ctx->msg, subject->address.uri);
    return select_give(subject, span_trim(hdr_body(hdr)));
}

/* One that RFC 3261 puts in From and To: a second one spoils it. */
static bool single_address(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, (sip_hdr_id)data);
    (void)part;
    if (hdr == NULL || sip_nameaddr_parse(hdr_body(hdr), &subject->address, NULL) != KL_OK) return false;
    subject->params = subject->address.params;
    return select_give(subject, span_trim(hdr_body(hdr)));
}

static kl_span raw_name(const sip_nameaddr *na)
{
    const char *angle = na->brackets ? na->uri.s - 1 : na->text.s;
    return angle > na->text.s ? span_between(na->text.s, angle) : SPAN("");
}

static bool address_part(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_nameaddr *na = &subject->address;
    (void)ctx, (void)part;
    if (na->star) return false;
    switch (data) {
    case ADDRESS_URI: return select_filled(subject, na->uri);
    case ADDRESS_NAME: return select_filled(subject, na->display);
    case ADDRESS_SHOWN_NAME: return select_give(subject, na->display.n > 0 ? na->display : SPAN(""));
    case ADDRESS_RAW_NAME: return select_give(subject, raw_name(na));
    default: return select_give(subject, na->tag.s != NULL && na->tag.n == 0 ? SPAN("") : na->tag);
    }
}

static bool address_params(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)part, (void)data;
    return !subject->address.star && select_give(subject, subject->params.s ? subject->params : SPAN(""));
}

static const char *const contact_params[] = {"q", "expires", "methods", "received", "+sip.instance"};

static bool contact_param(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)part;
    return !subject->address.star &&
           select_give(subject, select_param(subject->params, span_text(contact_params[data]), SELECT_SINGLE_QUOTES));
}

static const select_node param_nodes[] = {{"*", param_of_text, 0, 0, NULL}, SELECT_END};
static const select_node loose_param_nodes[] = {{"*", param_of_text, SELECT_SINGLE_QUOTES, 0, NULL}, SELECT_END};

static const select_node single_nodes[] = {
    {"uri", address_part, ADDRESS_URI, 0, select_uri_nodes},
    {"name", address_part, ADDRESS_NAME, 0, NULL},
    {"tag", address_part, ADDRESS_TAG, 0, NULL},
    {"params", address_params, 0, SELECT_MORE, param_nodes},
    SELECT_END,
};
static const select_node route_nodes[] = {
    {"uri", address_part, ADDRESS_URI, 0, select_uri_nodes},
    {"name", address_part, ADDRESS_RAW_NAME, 0, NULL},
    {"params", address_params, 0, SELECT_MORE, loose_param_nodes},
    SELECT_END,
};
static const select_node contact_nodes[] = {
    {"uri", address_part, ADDRESS_URI, 0, select_uri_nodes},
    {"name", address_part, ADDRESS_SHOWN_NAME, 0, NULL},
    {"q", contact_param, 0, 0, NULL},
    {"expires", contact_param, 1, 0, NULL},
    {"methods", contact_param, 2, 0, NULL},
    {"received", contact_param, 3, 0, NULL},
    {"instance", contact_param, 4, 0, NULL},
    {"params", address_params, 0, SELECT_MORE, loose_param_nodes},
    SELECT_END,
};

/* ---- nathelper.rewrite_contact[n]: the n-th Contact, from 1 on, with the address that the message came from in its
 * URI */

static bool contact_at(const kl_msg *msg, int64_t n, sip_nameaddr *out)
{
    for (const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTACT); hdr != NULL && n > 0; hdr = msg_hdr_next(msg, hdr)) {
        kl_span rest = hdr_body(hdr);
        while (n > 0 && sip_nameaddr_next(&rest, out, NULL) == KL_OK) n--;
    }
    return n == 0 && !out->star;
}

static bool begin(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)subject, (void)part, (void)data;
    return true;
}

static bool rewrite_contact(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_msg *msg = ctx->msg;
    sip_nameaddr contact;
    sip_uri uri;
    (void)data;
    if (part->index <= 0 || !contact_at(msg, part->index, &contact) ||
        sip_uri_parse(contact.uri, &uri, NULL) != KL_OK || uri.host.n == 0)
        return false;
    const char *behind = uri.port.n > 0 ? span_end(uri.port) : span_end(uri.host);
    const kl_span before = span_between(contact.text.s, uri.host.s),
                  after = span_between(behind, span_end(contact.text));
    char *text = arena_alloc(ctx->scratch, before.n + after.n + msg->source_host.n + IP_ENDPOINT), *at = text;
    if (text == NULL) return false;
    at = ip_put_endpoint(text_put(at, before), msg->source_host, msg->source_port);
    return select_give(subject, span_between(text, text_put(at, after)));
}

static const select_node rewritten_nodes[] = {{"nameaddr", begin, 0, SELECT_MORE, select_nameaddr_nodes}, SELECT_END};
static const select_node nathelper_nodes[] = {{"rewrite_contact", rewrite_contact, 0, SELECT_INDEX, rewritten_nodes},
                                              SELECT_END};

const select_node select_address_nodes[] = {
    {"nathelper", begin, 0, SELECT_MORE, nathelper_nodes},
    {"ruri", ruri, 0, 0, select_uri_nodes},
    {"request_uri", ruri, 0, 0, select_uri_nodes},
    {"dst_uri", dst_uri, 0, 0, select_uri_nodes},
    {"next_hop", next_hop, 0, 0, next_hop_nodes},
    {"from", single_address, SIP_HDR_FROM, 0, single_nodes},
    {"f", single_address, SIP_HDR_FROM, 0, single_nodes},
    {"to", single_address, SIP_HDR_TO, 0, single_nodes},
    {"t", single_address, SIP_HDR_TO, 0, single_nodes},
    {"rpid", single_address, SIP_HDR_RPID, 0, single_nodes},
    {"remote_party_id", single_address, SIP_HDR_RPID, 0, single_nodes},
    {"refer_to", single_address, SIP_HDR_REFER_TO, 0, single_nodes},
    {"contact", address, SIP_HDR_CONTACT, 0, contact_nodes},
    {"m", address, SIP_HDR_CONTACT, 0, contact_nodes},
    {"record_route", address, SIP_HDR_RECORD_ROUTE, 0, route_nodes},
    {"rr", address, SIP_HDR_RECORD_ROUTE, 0, route_nodes},
    SELECT_END,
};

/* ---- any text as "name <uri>;params" */

enum { NAMEADDR_NAME, NAMEADDR_URI, NAMEADDR_PARAMS };

static const char *angle_of(kl_span text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '"') quoted = !quoted;
        else if (text.s[i] == '<' && !quoted) return text.s + i;
    }
    return NULL;
}

/* "uri;params" without brackets: there is no name, and where there are no parameters, Kamailio leaves the text. */
static bool bare_part(select_subject *subject, const char *semicolon, intptr_t data)
{
    const kl_span text = subject->text;
    if (data == NAMEADDR_NAME) return select_give(subject, SPAN(""));
    if (semicolon == NULL) return true;
    if (data == NAMEADDR_URI) return select_give(subject, span_between(text.s, semicolon));
    subject->params = span_between(semicolon + 1, text.s + text.n);
    return select_give(subject, subject->params);
}

static bool nameaddr_part(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_span text = subject->text;
    const char *open = angle_of(text), *end = span_end(text),
               *close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
    (void)ctx, (void)part;
    subject->params = SPAN_NULL;
    if (close == NULL) return bare_part(subject, span_find(text, ';'), data);
    if (data == NAMEADDR_NAME)
        return select_give(subject, open > text.s ? span_trim(span_between(text.s, open)) : SPAN(""));
    if (data == NAMEADDR_URI) return select_give(subject, span_between(open + 1, close));
    kl_span rest = span_trim(span_between(close + 1, end));
    subject->params = rest.n > 0 && rest.s[0] == ';' ? span_trim(span_from(rest, 1)) : SPAN("");
    return select_give(subject, subject->params.n > 0 ? subject->params : SPAN(""));
}

/* Where there are none, each of them is there and empty. */
static bool nameaddr_param(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)data;
    return subject->params.n == 0 || select_give(subject, select_param(subject->params, part->name, 0));
}

static const select_node nameaddr_param_nodes[] = {{"*", nameaddr_param, 0, 0, NULL}, SELECT_END};

const select_node select_nameaddr_nodes[] = {
    {"name", nameaddr_part, NAMEADDR_NAME, 0, NULL},
    {"uri", nameaddr_part, NAMEADDR_URI, 0, select_uri_nodes},
    {"params", nameaddr_part, NAMEADDR_PARAMS, 0, nameaddr_param_nodes},
    SELECT_END,
};
