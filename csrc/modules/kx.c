/* KSR.kx.* (module kemix): getters without the detour over a name. What is missing reads as nil, "" or "<null>" by the
 * prefix of the function. */
#include "modules.h"

#include "base/env.h"
#include "base/text.h"
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
    const kl_span tail = with_transport ? span_text(sip_transport_name(proto)) : SPAN("");
    char *text = arena_alloc(ctx->scratch, strlen(scheme) + host.n + IP_ENDPOINT + tail.n + 16), *at = text;
    if (!text) return SPAN_NULL;
    at = ip_put_endpoint(text_putc(text_put(at, span_text(scheme)), ':'), host, port);
    if (with_transport) at = text_put(text_put(at, SPAN(";transport=")), tail);
    return span_between(text, at);
}

/* ---- URIs */

static KSR_FN(ruri) { return give(ctx, ctx->msg->is_request ? msg_current_uri(ctx->msg) : SPAN_NULL, out); }

static KSR_FN(ouri) { return give(ctx, ctx->msg->is_request ? ctx->msg->uri : SPAN_NULL, out); }

static KSR_FN(duri) { return give(ctx, unless_empty(ctx->msg->dst_uri), out); }

static KSR_FN(nhuri) { return ctx->msg->dst_uri.n ? duri(ctx, args, out) : ruri(ctx, args, out); }

static KSR_FN(ruser)
{
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return give(ctx, uri ? unless_empty(uri->user) : SPAN_NULL, out);
}

static KSR_FN(rhost)
{
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return give(ctx, uri ? unless_empty(uri->host) : SPAN_NULL, out);
}

static KSR_FN(furi)
{
    const sip_nameaddr *from = msg_from(ctx->msg);
    return give(ctx, from ? from->uri : SPAN_NULL, out);
}

static KSR_FN(turi)
{
    const sip_nameaddr *to = msg_to(ctx->msg);
    return give(ctx, to ? to->uri : SPAN_NULL, out);
}

static KSR_FN(fuser)
{
    const sip_uri *uri = msg_from_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->user) : SPAN_NULL, out);
}

static KSR_FN(fhost)
{
    const sip_uri *uri = msg_from_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->host) : SPAN_NULL, out);
}

static KSR_FN(tuser)
{
    const sip_uri *uri = msg_to_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->user) : SPAN_NULL, out);
}

static KSR_FN(thost)
{
    const sip_uri *uri = msg_to_uri(ctx->msg);
    return give(ctx, uri ? unless_empty(uri->host) : SPAN_NULL, out);
}

static KSR_FN(cturi)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    sip_nameaddr contact;
    sip_contact_walk walk = sip_contacts(hdr ? hdr_body(hdr) : SPAN_NULL);
    const bool good = hdr && !ctx->msg->hdrs_bad && sip_contacts_good(hdr_body(hdr)) &&
                      sip_contact_next(&walk, &contact) > 0;
    return give(ctx, good ? notes_contact_now(ctx->msg, contact.uri) : SPAN_NULL, out);
}

/* ---- the message */

static KSR_FN(method) { return give(ctx, msg_method(ctx->msg), out); }

static KSR_FN(status) { return ctx->msg->is_request ? -1 : ctx->msg->status; }

static KSR_FN(status_text) { return give(ctx, ctx->msg->is_request ? SPAN_NULL : ctx->msg->status_text, out); }

static KSR_FN(msgtype) { return ctx->msg->is_request ? 1 : 2; }

static KSR_FN(msgbuf) { return give(ctx, span_of(ctx->msg->buf, ctx->msg->len), out); }

static KSR_FN(msglen) { return (int)ctx->msg->len; }

static KSR_FN(body) { return give(ctx, unless_empty(ctx->msg->body), out); }

static KSR_FN(bodylen) { return (int)ctx->msg->body.n; }

static KSR_FN(callid)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CALL_ID);
    value_str(out, hdr ? hdr_body(hdr) : SPAN(""));
    return 1;
}

static KSR_FN(user_agent)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_USER_AGENT);
    return give(ctx, hdr ? hdr_body(hdr) : SPAN_NULL, out);
}

static KSR_FN(auth_user)
{
    const uint32_t id = msg_method_id(ctx->msg);
    const sip_credentials *credentials = id == SIP_ACK || id == SIP_CANCEL ? NULL : msg_credentials(ctx->msg);
    return give(ctx, credentials ? unless_empty(credentials->user) : SPAN_NULL, out);
}

static KSR_FN(timestamp) { return (int)(int64_t)ctx->msg->now; }

/* ---- addresses */

static KSR_FN(srcip) { return give(ctx, ctx->msg->source_host, out); }

static KSR_FN(srcport)
{
    value_int(out, ctx->msg->source_port);
    return 1;
}

static KSR_FN(srcuri)
{
    const kl_msg *msg = ctx->msg;
    return give(
        ctx, address_text(ctx, "sip", msg->proto, msg->source_host, msg->source_port, msg->proto != KL_PROTO_UDP), out);
}

static KSR_FN(srcaddr_sock)
{
    const kl_msg *msg = ctx->msg;
    return give(
        ctx, address_text(ctx, sip_transport_name(msg->proto), msg->proto, msg->source_host, msg->source_port, false),
        out);
}

static const core_socket *receiving_socket(const kl_ctx *ctx)
{
    return ctx->msg->recv_socket < 0 ? NULL : &ctx->server->sockets[ctx->msg->recv_socket];
}

static KSR_FN(rcvip) { return give(ctx, ctx->msg->local_host, out); }

static KSR_FN(rcvport)
{
    value_int(out, ctx->msg->local_port);
    return 1;
}

static KSR_FN(rcvadvip)
{
    const core_socket *socket = receiving_socket(ctx);
    return socket && socket->advertised_host.n ? give(ctx, socket->advertised_host, out) : rcvip(ctx, args, out);
}

static KSR_FN(rcvadvport)
{
    const core_socket *socket = receiving_socket(ctx);
    if (!socket || span_empty(socket->advertised_host)) return rcvport(ctx, args, out);
    value_int(out, socket->advertised_port);
    return 1;
}

static KSR_FN(rcvaddr_sock)
{
    const kl_msg *msg = ctx->msg;
    if (span_empty(msg->local_host)) value_str(out, SPAN(""));
    else
        give(ctx,
             address_text(ctx, sip_transport_name(msg->proto), msg->proto, msg->local_host, msg->local_port, false),
             out);
    return 1;
}

static KSR_FN(rcv_sock_name)
{
    const core_socket *socket = receiving_socket(ctx);
    return give(ctx, socket ? unless_empty(socket->name) : SPAN_NULL, out);
}

static const core_socket *sending_socket(const kl_ctx *ctx)
{
    return ctx->msg->send_socket < 0 ? NULL : &ctx->server->sockets[ctx->msg->send_socket];
}

static KSR_FN(send_sock)
{
    const core_socket *socket = sending_socket(ctx);
    return give(ctx, socket ? socket->text : SPAN_NULL, out);
}

static KSR_FN(send_sock_name)
{
    const core_socket *socket = sending_socket(ctx);
    return give(ctx, socket ? unless_empty(socket->name) : SPAN_NULL, out);
}

static KSR_FN(send_sock_port)
{
    const core_socket *socket = sending_socket(ctx);
    return socket ? socket->port : 0;
}

static KSR_FN(proto)
{
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
