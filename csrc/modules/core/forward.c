#include "forward.h"

#include "core/line.h"
#include "core/local.h"
#include "sip/build.h"
#include "core.h"
#include "origin.h"
#include "via.h"

static kl_span without_brackets(kl_span host)
{
    return host.n > 2 && host.s[0] == '[' && host.s[host.n - 1] == ']' ? span_of(host.s + 1, host.n - 2) : host;
}

static bool fail(kl_ctx *ctx, const char *what, kl_span about)
{
    log_print(ctx, KL_LOG_ERR, "forward: %s [%.*s]", what, (int)(about.n > 256 ? 256 : about.n),
              about.n ? about.s : "");
    return false;
}

/* Nobody sends there, RFC 4475 3.3.10; Kamailio's sockets may not. */
static bool is_broadcast(const sip_ip *ip) { return ip->family == 4 && memcmp(ip->bytes, "\xff\xff\xff\xff", 4) == 0; }

/* An engine without sockets (a test, a stack that listens itself) sends from where the message arrived. */
static bool pick_socket(kl_ctx *ctx, ctx_target *target)
{
    sip_ip ip = {0};
    if (!ip_parse(target->host, &ip)) ip.family = 0;
    if (is_broadcast(&ip)) return false;
    target->socket = world_pick_socket(ctx->world, ctx->msg->send_socket, ctx->msg->recv_socket, target->proto,
                                       ip.family);
    return target->socket >= 0 || ctx->world->socket_count == 0;
}

bool forward_target(kl_ctx *ctx, const sip_uri *uri, ctx_target *target)
{
    if ((uri->scheme != SIP_URI_SIP && uri->scheme != SIP_URI_SIPS) || span_empty(uri->host))
        return fail(ctx, "no host to send to in", uri->text);
    target->proto = uri->proto == KL_PROTO_NONE ? KL_PROTO_UDP : uri->proto;
    target->host = without_brackets(uri->host);
    target->port = uri->port_number ? uri->port_number : world_default_port(target->proto);
    target->conid = -1;
    if (!pick_socket(ctx, target)) return fail(ctx, "no socket that could send to", uri->text);
    return true;
}

/* ---- requests */

static kl_span bracketed(kl_ctx *ctx, kl_span host, int family)
{
    char *text = family == 6 ? arena_alloc(ctx->scratch, host.n + 2) : NULL;
    if (!text) return host;
    text[0] = '[';
    memcpy(text + 1, host.s, host.n);
    text[host.n + 1] = ']';
    return span_of(text, host.n + 2);
}

static kl_span decimal_text(kl_ctx *ctx, unsigned n)
{
    char digits[20];
    return arena_copy(ctx->scratch, span_decimal(digits, n));
}

/* The first of: the field of an $xavp, what the script set for this message, what the socket advertises, what all
 * advertise, the socket's own. */
static kl_span via_host(kl_ctx *ctx, const world_socket *socket)
{
    kl_span field;
    if (via_field(ctx, SPAN("address"), &field)) return field;
    if (!span_empty(ctx->msg->advertised_address)) return ctx->msg->advertised_address;
    sip_ip ip = {0};
    if (!socket) return bracketed(ctx, ctx->msg->local_host, ip_parse(ctx->msg->local_host, &ip) ? ip.family : 0);
    if (!span_empty(socket->advertised_host))
        return bracketed(ctx, socket->advertised_host, socket->advertised_ip.family);
    if (!span_empty(ctx->world->advertised_address)) return ctx->world->advertised_address;
    return bracketed(ctx, socket->host, socket->ip.family);
}

/* 5060 goes without saying, unless somebody said it. */
static kl_span via_port(kl_ctx *ctx, const world_socket *socket)
{
    kl_span field;
    if (via_field(ctx, SPAN("port"), &field)) return field;
    if (!span_empty(ctx->msg->advertised_port)) return ctx->msg->advertised_port;
    if (socket && !span_empty(socket->advertised_host))
        return socket->advertised_port ? decimal_text(ctx, socket->advertised_port) : SPAN_NULL;
    if (!span_empty(ctx->world->advertised_port)) return ctx->world->advertised_port;
    if (!socket) return ctx->msg->local_port == 5060 ? SPAN_NULL : decimal_text(ctx, ctx->msg->local_port);
    return socket->port == 5060 ? SPAN_NULL : socket->port_text;
}

/* That of the field, or that of the advertised address; NONE: the transport it is sent by. */
static kl_transport via_proto(kl_ctx *ctx, const world_socket *socket)
{
    kl_span field;
    const kl_transport given = via_field(ctx, SPAN("proto"), &field) ? sip_transport_of(field) : KL_PROTO_NONE;
    return given == KL_PROTO_NONE && socket ? socket->advertised_proto : given;
}

static kl_span next_hop(const kl_msg *msg, kl_span uri)
{
    if (!span_empty(uri)) return uri;
    return span_empty(msg->dst_uri) ? msg_current_uri(msg) : msg->dst_uri;
}

static bool build_request(kl_ctx *ctx, const ctx_target *target, int branch, bool uac, core_state *state)
{
    kl_msg *msg = ctx->msg;
    const world_socket *socket = target->socket < 0 ? NULL : &ctx->world->sockets[target->socket];
    build_branch(msg, ctx->world->secret, branch, &state->branch);
    build_forward_options options = {
        .via_host = via_host(ctx, socket),
        .via_port = via_port(ctx, socket),
        .via_proto = via_proto(ctx, socket),
        .proto = target->proto,
        .branch = buf_span(&state->branch),
        .rport = (msg->msg_flags & SIP_MSG_ADD_LOCAL_RPORT) != 0,
        .strip_vias = uac,
        .server_id = msg->msg_flags & SIP_MSG_VIA_SERVER_ID ? ctx->world->server_id : 0,
        .socket = origin_sent(ctx, target),
    };
    return !state->branch.failed &&
           via_params(ctx, SIP_MSG_VIA_XAVP_PARAMS, ctx->world->via_params, &options.via_params) &&
           build_forward(msg, &options, &state->out);
}

int forward_request(kl_ctx *ctx, kl_span uri, int branch, bool uac)
{
    core_state *state = core_state_of(ctx);
    const kl_span hop = next_hop(ctx->msg, uri);
    ctx_target target = {.flags = ctx->msg->forward_send_flags};
    sip_uri parsed;
    if (sip_uri_parse(hop, &parsed, NULL) != KL_OK) {
        stats_add(&ctx->local->stats, STAT_BAD_URIS);
        fail(ctx, "the next hop is not a URI", hop);
        return -1;
    }
    if (!forward_target(ctx, &parsed, &target)) return -1;
    if (!build_request(ctx, &target, branch, uac, state)) {
        fail(ctx, "no memory for the message to", hop);
        return -1;
    }
    if (!ctx_send_to(ctx, buf_span(&state->out), &target, true)) return -1;
    state->last_error = CORE_ERROR_NONE;
    stats_add(&ctx->local->stats, STAT_FWD_REQUESTS);
    return 1;
}

/* ---- replies */

/* The number of the connection the request came on, as we wrote it on our Via (;i=). */
static int connection_of(const sip_via *own)
{
    kl_span digits;
    unsigned n = 0;
    if (!own || !sip_param_find(own->params, ';', SPAN("i"), &digits) || digits.n == 0 || digits.n > 7) return -1;
    for (size_t i = 0; i < digits.n; i++) {
        const char c = char_lower(digits.s[i]);
        if (!char_is(c, SPAN_HEX)) return -1;
        n = n << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return (int)n;
}

/* RFC 3261 18.2.2 for the Via below ours: received and rport where they are, else what the Via says. */
static bool reply_target(kl_ctx *ctx, ctx_target *target)
{
    const sip_via *via = msg_via2(ctx->msg);
    uint64_t rport;
    if (!via) {
        log_print(ctx, KL_LOG_DBG, "the reply has no second Via: it is not forwarded");
        return false;
    }
    target->proto = via->proto == KL_PROTO_NONE ? KL_PROTO_UDP : via->proto;
    target->host = without_brackets(via->received.n > 0 ? via->received : via->host);
    target->port = via->port_number ? via->port_number : world_default_port(target->proto);
    if (via->rport.n > 0 && span_uint(via->rport, 65535, &rport) && rport > 0) target->port = (uint16_t)rport;
    target->conid = build_is_stream(target->proto) ? connection_of(msg_via1(ctx->msg)) : -1;
    target->flags = ctx->msg->reply_send_flags;
    return pick_socket(ctx, target) || fail(ctx, "no socket that could send to", via->text);
}

bool forward_reply_as(kl_ctx *ctx, kl_span status_line)
{
    core_state *state = core_state_of(ctx);
    ctx_target target;
    if (!reply_target(ctx, &target)) return false;
    build_back_options options = {.proto = target.proto, .status_line = status_line};
    if (!via_params(ctx, SIP_MSG_VIA_REPLY_XAVP, ctx->world->via_reply_params, &options.via_params) ||
        !build_forward_reply(ctx->msg, &options, &state->out))
        return fail(ctx, "the reply cannot be built", SPAN_NULL);
    return ctx_send_to(ctx, buf_span(&state->out), &target, false);
}

bool forward_reply(kl_ctx *ctx) { return forward_reply_as(ctx, SPAN_NULL); }

/* ---- KSR */

int core_forward(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return forward_request(ctx, SPAN_NULL, 0, false);
}

int core_forward_uri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return forward_request(ctx, args[0].s, 0, false);
}

int core_set_rport(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    ctx->msg->msg_flags |= (unsigned)ctx->row->data;
    return 1;
}

static int set_advertised(kl_ctx *ctx, kl_span text, size_t limit, kl_span *place)
{
    if (!text.s || text.n >= limit) {
        log_print(ctx, KL_LOG_ERR, "%s: no text, or %zu bytes and more", ctx->row->name, limit);
        return 0;
    }
    const kl_span copy = line_good(ctx, text) ? arena_copy(&ctx->msg->arena, text) : SPAN_NULL;
    if (!copy.s) return 0;
    *place = copy;
    return 1;
}

int core_set_advertised_address(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return set_advertised(ctx, args[0].s, 128, &ctx->msg->advertised_address);
}

int core_set_advertised_port(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return set_advertised(ctx, args[0].s, 8, &ctx->msg->advertised_port);
}

int core_set_forward_flag(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    ctx->msg->forward_send_flags |= (int)ctx->row->data;
    return 1;
}

int core_set_reply_flag(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    ctx->msg->reply_send_flags |= (int)ctx->row->data;
    return 1;
}

/* On a stream the host is told that the peer can be reached over this connection under another port too (RFC 5923). */
static int add_alias(kl_ctx *ctx, int64_t port)
{
    const kl_msg *msg = ctx->msg;
    if (!build_is_stream(msg->proto)) return 1;
    if (port < 0 || port > 65535 || msg->conid < 0) return 0;
    const kl_effect effect = {.kind = KL_EFFECT_ALIAS,
                              .transport = msg->proto,
                              .conid = msg->conid,
                              .port = (uint16_t)port,
                              .host = msg->source_host,
                              .local_port = msg->local_port,
                              .local_host = msg->local_host};
    return effects_add(ctx->effects, &effect);
}

int core_add_tcp_alias(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return add_alias(ctx, args[0].i);
}

int core_add_tcp_alias_via(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    const sip_via *via = msg_via1(ctx->msg);
    if (!via) return 0;
    return add_alias(ctx, via->port_number ? via->port_number : world_default_port(ctx->msg->proto));
}
