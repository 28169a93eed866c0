/* relay.c: requests: their transactions, where they go, and replies of our own. */
#include "tm.h"

#include "base/text.h"

static const tm_relay_options anywhere = {.proto = KL_PROTO_NONE};

/* Reads flags of one call (KSR.tm.t_relay_to_flags) as those of the transaction to come. */
static void apply_flags(kl_ctx *ctx, int64_t flags)
{
    tm_note *note = note_of(ctx->msg);
    if (!note) return;
    if (flags & TM_RELAY_NO_100) note->cleared |= TM_AUTO_100;
    if (flags & TM_RELAY_NO_REPLY) note->set |= TM_DISABLE_INTERNAL_REPLY;
    if (flags & TM_RELAY_NO_FAILOVER) note->set |= TM_DISABLE_FAILOVER;
    if (!note->cell) return;
    note->cell->flags = (note->cell->flags | note->set) & ~note->cleared;
}

KSR_FN(tm_relay_on) { return tm_relay(ctx, &anywhere); }

KSR_FN(tm_relay_to_flags)
{
    apply_flags(ctx, args[0].i);
    return tm_relay(ctx, &anywhere);
}

KSR_FN(tm_relay_to_proto)
{
    tm_relay_options options = anywhere;
    if (args[0].s.n == 3) {
        options.proto = sip_transport_of(args[0].s);
        if (options.proto == KL_PROTO_NONE) return -1;
    }
    return tm_relay(ctx, &options);
}

static kl_span uri_of(kl_ctx *ctx, kl_transport proto, kl_span host, int64_t port)
{
    char digits[TEXT_INT];
    if (host.n == 0 || port < 0 || port > 65535) return SPAN_NULL;
    const bool bare = memchr(host.s, ':', host.n) && host.s[0] != '[';
    return text_join(ctx->scratch, SPAN("sip:"), bare ? SPAN("[") : SPAN(""), host, bare ? SPAN("]") : SPAN(""),
                     port ? SPAN(":") : SPAN(""), port ? text_decimal(digits, (uint64_t)port) : SPAN(""),
                     proto == KL_PROTO_NONE ? SPAN("") : SPAN(";transport="),
                     proto == KL_PROTO_NONE ? SPAN("") : span_text(sip_transport_name(proto)));
}

KSR_FN(tm_relay_to_proto_addr)
{
    tm_relay_options options = anywhere;
    const kl_transport proto = sip_transport_of(args[0].s);
    if (args[0].s.n == 3 && proto == KL_PROTO_NONE) return -1;
    options.proxy = uri_of(ctx, proto, args[1].s, args[2].i);
    return options.proxy.s ? tm_relay(ctx, &options) : TM_E_BAD_ADDRESS;
}

static int relay_to_proxy(kl_ctx *ctx, kl_span address)
{
    tm_relay_options options = anywhere;
    core_endpoint to;
    if (address.n == 0) return tm_relay(ctx, &options);
    if (!socket_endpoint_parse(address, &to)) return -1;
    options.proxy = uri_of(ctx, to.proto, to.host, to.port);
    return options.proxy.s ? tm_relay(ctx, &options) : -1;
}

KSR_FN(tm_relay_to_proxy) { return relay_to_proxy(ctx, args[0].s); }

KSR_FN(tm_relay_to_proxy_flags)
{
    apply_flags(ctx, args[1].i);
    return relay_to_proxy(ctx, args[0].s);
}

KSR_FN(tm_replicate)
{
    tm_relay_options options = {.replicate = true, .proxy = args[0].s};
    sip_uri uri;
    if (args[0].s.n == 0) options.proxy = SPAN_NULL;
    else if (sip_uri_parse(args[0].s, &uri, NULL) != KL_OK) return -1;
    return tm_relay(ctx, &options);
}

/* ---- transactions */

KSR_FN(tm_new_transaction) { return tm_newtran(ctx); }
KSR_FN(tm_check_trans) { return tm_check(ctx); }

KSR_FN(tm_lookup_request)
{
    tm_cell *cell = NULL;
    if (!ctx->msg->is_request) return -1;
    if (note_cell(ctx->msg)) return 1;
    if (table_request(ctx, &cell) == TABLE_NONE) return -1;
    return note_set(ctx->msg, cell, -1) ? 1 : -1;
}

KSR_FN(tm_exists)
{
    tm_cell *cell = NULL;
    if (note_cell(ctx->msg)) return 1;
    if (!ctx->msg->is_request) return table_reply(ctx) ? 1 : -1;
    return table_request(ctx, &cell) == TABLE_NONE ? -1 : 1;
}

static int lookup_cancel(kl_ctx *ctx, bool flags)
{
    if (ctx->msg->method_id != SIP_CANCEL || !ctx->msg->is_request) {
        log_print(ctx, KL_LOG_WARN, "t_lookup_cancel: not a CANCEL");
        return -1;
    }
    const tm_cell *invite = table_invite_of(ctx);
    if (!invite) return -1;
    if (flags) ctx->msg->flags = invite->request->flags;
    return 1;
}

KSR_FN(tm_lookup_cancel) { return lookup_cancel(ctx, false); }
KSR_FN(tm_lookup_cancel_flags) { return lookup_cancel(ctx, args[0].i != 0); }

KSR_FN(tm_release)
{
    if (ctx->phase != KL_PHASE_REQUEST) return -1;
    tm_cell *cell = note_cell(ctx->msg);
    if (cell) timers_release(ctx, cell);
    return 1;
}

/* ---- replies */

static bool may_reply(const kl_ctx *ctx)
{
    return (ctx->phase & (KL_PHASE_REQUEST | KL_PHASE_FAILURE | KL_PHASE_TM_ONREPLY | KL_PHASE_REPLY)) != 0;
}

static int reply(kl_ctx *ctx, int64_t code, kl_span reason)
{
    tm_cell *cell = tm_find(ctx);
    if (ctx->msg->msg_flags & SIP_MSG_NO_REPLY) return -2;
    if (!cell || !may_reply(ctx) || ctx->msg->method_id == SIP_ACK) return -1;
    return tm_reply(ctx, cell, (int)code, reason);
}

KSR_FN(tm_reply_with) { return reply(ctx, args[0].i, args[1].s); }

KSR_FN(tm_send_reply)
{
    if (!tm_find(ctx)) {
        const int made = tm_newtran(ctx);
        if (made < 0) return made;
    }
    return reply(ctx, args[0].i, args[1].s);
}

KSR_FN(tm_reply_with_error)
{
    tm_cell *cell = tm_find(ctx);
    if (!cell) return -1;
    if (cell_is_final(cell)) return -2;
    tm_reply_error(ctx, cell, TM_E_UNSPEC);
    return 1;
}

KSR_FN(tm_retransmit)
{
    tm_cell *cell = tm_find(ctx);
    return cell && ctx->msg->method_id != SIP_ACK && tm_retransmit_reply(ctx, cell) ? 1 : -1;
}
