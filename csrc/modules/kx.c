/* KSR.kx.* (module kemix): getters without the detour over a name. What is missing reads as nil, "" or "<null>" by the
 * prefix of the function. */
#include "modules.h"

#include "base/env.h"
#include "core/define.h"
#include "core/notes.h"

enum { WHEN_NULL, WHEN_EMPTY, WHEN_NULL_TEXT };

static int give(kl_ctx *ctx, kl_span text, kl_value *out)
{
    static const kl_span texts[] = {{"", 0}, {"<null>", 6}};
    if (text.s) value_str(out, text);
    else if (ctx->row->data != WHEN_NULL) value_str(out, texts[ctx->row->data == WHEN_NULL_TEXT]);
    return 1;
}

static kl_span unless_empty(kl_span text) { return text.n ? text : SPAN_NULL; }

/* "proto:ip:port" and "sip:ip:port[;transport=x]", IPv6 in brackets; .s NULL when scratch is full. */
static kl_span address_text(kl_ctx *ctx, const char *scheme, kl_transport proto, kl_span host, uint16_t port,
                            bool with_transport)
{
    const bool v6 = ip_wants_brackets(host);
    char port_text[8];
    size_t digits = 0;
    for (unsigned n = port; digits == 0 || n; n /= 10) port_text[digits++] = (char)('0' + n % 10);
    const kl_span head = span_text(scheme), tail = span_text(with_transport ? sip_transport_name(proto) : "");
    char *at = arena_alloc(ctx->scratch, head.n + host.n + digits + tail.n + 16);
    if (!at) return SPAN_NULL;
    char *const start = at;
    memcpy(at, head.s, head.n);
    at += head.n;
    *at++ = ':';
    if (v6) *at++ = '[';
    memcpy(at, host.s, host.n);
    at += host.n;
    if (v6) *at++ = ']';
    *at++ = ':';
    while (digits) *at++ = port_text[--digits];
    if (with_transport) {
        memcpy(at, ";transport=", 11);
        at += 11;
        memcpy(at, tail.s, tail.n);
        at += tail.n;
    }
    return span_between(start, at);
}

/* ---- URIs */

static int ruri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, ctx->msg->is_request ? msg_current_uri(ctx->msg) : SPAN_NULL, out);
}

static int ouri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, ctx->msg->is_request ? ctx->msg->uri : SPAN_NULL, out);
}

static int duri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, unless_empty(ctx->msg->dst_uri), out);
}

static int nhuri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    return ctx->msg->dst_uri.n ? duri(ctx, args, out) : ruri(ctx, args, out);
}

static int ruser(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return give(ctx, uri ? unless_empty(uri->user) : SPAN_NULL, out);
}

static int rhost(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return give(ctx, uri ? unless_empty(uri->host) : SPAN_NULL, out);
}

static int furi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_nameaddr *from = msg_from(ctx->msg);
    return give(ctx, from ? from->uri : SPAN_NULL, out);
}

static int turi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_nameaddr *to = msg_to(ctx->msg);
    return give(ctx, to ? to->uri : SPAN_NULL, out);
}

static int fuser(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_uri *uri = msg_from_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->user) : SPAN_NULL, out);
}

static int fhost(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_uri *uri = msg_from_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->host) : SPAN_NULL, out);
}

static int tuser(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_uri *uri = msg_to_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->user) : SPAN_NULL, out);
}

static int thost(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_uri *uri = msg_to_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->host) : SPAN_NULL, out);
}

static int cturi(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    sip_nameaddr contact;
    sip_contact_walk walk = sip_contacts(hdr ? hdr_body(hdr) : SPAN_NULL);
    const bool good = hdr && !ctx->msg->hdrs_bad && sip_contacts_good(hdr_body(hdr)) &&
                      sip_contact_next(&walk, &contact) > 0;
    return give(ctx, good ? notes_contact_now(ctx->msg, contact.uri) : SPAN_NULL, out);
}

/* ---- the message */

static int method(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, msg_method(ctx->msg), out);
}

static KSR_FN(status) { return ctx->msg->is_request ? -1 : ctx->msg->status; }

static KSR_FN(status_text) { return give(ctx, ctx->msg->is_request ? SPAN_NULL : ctx->msg->status_text, out); }

static KSR_FN(msgtype) { return ctx->msg->is_request ? 1 : 2; }

static int msgbuf(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, span_of(ctx->msg->buf, ctx->msg->len), out);
}

static KSR_FN(msglen) { return (int)ctx->msg->len; }

static int body(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, unless_empty(ctx->msg->body), out);
}

static KSR_FN(bodylen) { return (int)ctx->msg->body.n; }

static int callid(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CALL_ID);
    value_str(out, hdr ? hdr_body(hdr) : SPAN(""));
    return 1;
}

static int user_agent(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_USER_AGENT);
    return give(ctx, hdr ? hdr_body(hdr) : SPAN_NULL, out);
}

static int auth_user(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const uint32_t id = msg_method_id(ctx->msg);
    const sip_credentials *credentials = id == SIP_ACK || id == SIP_CANCEL ? NULL : msg_credentials(ctx->msg);
    return give(ctx, credentials ? unless_empty(credentials->user) : SPAN_NULL, out);
}

static KSR_FN(timestamp) { return (int)(int64_t)ctx->msg->now; }

/* ---- addresses */

static int srcip(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, ctx->msg->source_host, out);
}

static int srcport(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    value_int(out, ctx->msg->source_port);
    return 1;
}

static int srcuri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const kl_msg *msg = ctx->msg;
    return give(
        ctx, address_text(ctx, "sip", msg->proto, msg->source_host, msg->source_port, msg->proto != KL_PROTO_UDP), out);
}

static int srcaddr_sock(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const kl_msg *msg = ctx->msg;
    return give(
        ctx, address_text(ctx, sip_transport_name(msg->proto), msg->proto, msg->source_host, msg->source_port, false),
        out);
}

static const core_socket *receiving_socket(const kl_ctx *ctx)
{
    return ctx->msg->recv_socket < 0 ? NULL : &ctx->server->sockets[ctx->msg->recv_socket];
}

static int rcvip(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    return give(ctx, ctx->msg->local_host, out);
}

static int rcvport(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    value_int(out, ctx->msg->local_port);
    return 1;
}

static int rcvadvip(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    const core_socket *socket = receiving_socket(ctx);
    return socket && socket->advertised_host.n ? give(ctx, socket->advertised_host, out) : rcvip(ctx, args, out);
}

static int rcvadvport(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    const core_socket *socket = receiving_socket(ctx);
    if (!socket || span_empty(socket->advertised_host)) return rcvport(ctx, args, out);
    value_int(out, socket->advertised_port);
    return 1;
}

static int rcvaddr_sock(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const kl_msg *msg = ctx->msg;
    if (span_empty(msg->local_host)) value_str(out, SPAN(""));
    else
        give(ctx,
             address_text(ctx, sip_transport_name(msg->proto), msg->proto, msg->local_host, msg->local_port, false),
             out);
    return 1;
}

static int rcv_sock_name(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const core_socket *socket = receiving_socket(ctx);
    return give(ctx, socket ? unless_empty(socket->name) : SPAN_NULL, out);
}

static const core_socket *sending_socket(const kl_ctx *ctx)
{
    return ctx->msg->send_socket < 0 ? NULL : &ctx->server->sockets[ctx->msg->send_socket];
}

static int send_sock(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const core_socket *socket = sending_socket(ctx);
    return give(ctx, socket ? socket->text : SPAN_NULL, out);
}

static int send_sock_name(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    const core_socket *socket = sending_socket(ctx);
    return give(ctx, socket ? unless_empty(socket->name) : SPAN_NULL, out);
}

static KSR_FN(send_sock_port)
{
    const core_socket *socket = sending_socket(ctx);
    return socket ? socket->port : 0;
}

static int proto(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args;
    value_str(out, ctx->msg->proto == KL_PROTO_NONE ? SPAN("") : span_text(sip_transport_name(ctx->msg->proto)));
    return 1;
}

static KSR_FN(protoid) { return (int)ctx->msg->proto; }

static KSR_FN(conid) { return ctx->msg->conid; }

/* ---- what was #!define'd */

static KSR_FN(get_define)
{
    const kl_span text = define_text(ctx->server, args[0].s);
    value_str(out, text.s ? text : SPAN(""));
    return 1;
}

static KSR_FN(get_define_number)
{
    int64_t n = 0;
    span_int_prefix(define_text(ctx->server, args[0].s), &n);
    return (int)n;
}

static KSR_FN(is_defined) { return define_text(ctx->server, args[0].s).s != NULL; }

static KSR_FN(is_not_defined) { return !is_defined(ctx, args, out); }

/* ---- the process */

static KSR_FN(env_text)
{
    const kl_span value = env_find(ctx->server->environment, args[0].s);
    value_str(out, value.s ? value : SPAN(""));
    return 1;
}

static KSR_FN(env_number)
{
    int64_t number = 0;
    span_int_prefix(env_find(ctx->server->environment, args[0].s), &number);
    return (int)number;
}

#define GET(name, fn)  ROW_WITH("kx", "get_" name, XVAL, fn, WHEN_NULL)
#define GETE(name, fn) ROW_WITH("kx", "gete_" name, XVAL, fn, WHEN_EMPTY)
#define GETW(name, fn) ROW_WITH("kx", "getw_" name, XVAL, fn, WHEN_NULL_TEXT)
#define GET3(name, fn) GET(name, fn), GETE(name, fn), GETW(name, fn)

static const kl_row rows[] = {
    GET3("au", auth_user),
    GET3("body", body),
    ROW("kx", "get_bodylen", INT, bodylen),
    GET("callid", callid),
    ROW("kx", "get_conid", INT, conid),
    GET3("cturi", cturi),
    ROW("kx", "get_def", XVAL, get_define, STR),
    ROW("kx", "get_defn", INT, get_define_number, STR),
    GET3("duri", duri),
    ROW("kx", "get_env", XVAL, env_text, STR),
    ROW("kx", "get_envn", INT, env_number, STR),
    GET3("fhost", fhost),
    GET("furi", furi),
    GET3("fuser", fuser),
    GET("method", method),
    GET("msgbuf", msgbuf),
    ROW("kx", "get_msglen", INT, msglen),
    ROW("kx", "get_msgtype", INT, msgtype),
    GET("nhuri", nhuri),
    GET("ouri", ouri),
    GET("proto", proto),
    ROW("kx", "get_protoid", INT, protoid),
    GET("rcv_sock_name", rcv_sock_name),
    GET("rcvaddr_sock", rcvaddr_sock),
    GET("rcvadvip", rcvadvip),
    GET("rcvadvport", rcvadvport),
    GET("rcvip", rcvip),
    GET("rcvport", rcvport),
    GET3("rhost", rhost),
    GET("ruri", ruri),
    GET3("ruser", ruser),
    GET("send_sock", send_sock),
    GET("send_sock_name", send_sock_name),
    ROW("kx", "get_send_sock_port", INT, send_sock_port),
    GET("srcaddr_sock", srcaddr_sock),
    GET("srcip", srcip),
    GET("srcport", srcport),
    GET("srcuri", srcuri),
    ROW("kx", "get_status", INT, status),
    GET3("thost", thost),
    ROW("kx", "get_timestamp", INT, timestamp),
    GET("turi", turi),
    GET3("tuser", tuser),
    GET3("ua", user_agent),
    ROW("kx", "gets_status", XVAL, status_text),
    ROW("kx", "ifdef", BOOL, is_defined, STR),
    ROW("kx", "ifndef", BOOL, is_not_defined, STR),
};

const kl_module kx_module = {.name = "kx", .rows = rows, .row_count = sizeof rows / sizeof *rows};
