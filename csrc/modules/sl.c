#include "sl.h"

#include "modules/line.h"
#include "core/stats.h"
#include "sip/build.h"
#include "modules/core/core.h"
#include "modules/core/forward.h"
#include "modules/core/via.h"

#define ACK_FILTER_TIME 2.0 /* seconds after a reply */

static void init(void *opaque)
{
    sl_state *sl = opaque;
    buf_init(&sl->out);
    buf_init(&sl->tag);
    sl->bind_tm = 1;
    sl->default_code = 500;
    sl->default_reason = SPAN("Internal Server Error");
}

static void done(void *opaque)
{
    sl_state *sl = opaque;
    buf_free(&sl->out);
    buf_free(&sl->tag);
}

static sl_state *state_of(kl_ctx *ctx) { return module_state(ctx, MOD_SL); }

/* ---- counters */

static sl_counter counter_of(int code)
{
    static const struct {
        int code;
        sl_counter counter;
    } own[] = {{200, SL_200}, {202, SL_202}, {300, SL_300}, {301, SL_301}, {302, SL_302}, {400, SL_400}, {401, SL_401},
               {403, SL_403}, {404, SL_404}, {407, SL_407}, {408, SL_408}, {483, SL_483}, {500, SL_500}};
    static const sl_counter classes[] = {SL_OTHER, SL_1XX, SL_2XX, SL_3XX, SL_4XX, SL_5XX, SL_6XX};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].code == code) return own[i].counter;
    return code >= 100 && code < 700 ? classes[code / 100] : SL_OTHER;
}

static void count(sl_state *sl, int code)
{
    sl->counters[counter_of(code)]++;
    sl->counters[SL_SENT]++;
}

/* ---- redirects */

static char *put_q(char *at, int q)
{
    if (q < 0) return at;
    at = span_put(at, SPAN(";q="));
    *at++ = q >= 1000 ? '1' : '0';
    if (q <= 0 || q >= 1000) return at;
    const char digits[3] = {(char)('0' + q / 100), (char)('0' + q / 10 % 10), (char)('0' + q % 10)};
    const size_t n = digits[2] != '0' ? 3 : digits[1] != '0' ? 2 : 1;
    *at++ = '.';
    return span_put(at, span_of(digits, n));
}

typedef struct contact {
    kl_span uri, path;
    int q;
    uint32_t flags;
} contact;

enum { RICH_FLAGS = 1, RICH_PATH = 2 };

/* What a header value in a URI may show as it is, RFC 3261 25.1 (hnv-unreserved, unreserved). */
static bool shows_itself(char c) { return char_is(c, SPAN_UNRESERVED) || (c && strchr("[]/?:+$", c)); }

static char *put_route(char *at, kl_span uri, kl_span path)
{
    at = span_put(at, span_find(uri, '?') ? SPAN("&Route=") : SPAN("?Route="));
    for (size_t i = 0; i < path.n; i++) {
        const unsigned char c = (unsigned char)path.s[i];
        if (shows_itself(path.s[i])) {
            *at++ = path.s[i];
            continue;
        }
        *at++ = '%';
        *at++ = "0123456789abcdef"[c >> 4];
        *at++ = "0123456789abcdef"[c & 15];
    }
    return at;
}

static char *put_contact(char *at, const contact *c, bool first, int rich)
{
    char digits[20];
    at = span_put(at, first ? SPAN("Contact: <") : SPAN(", <"));
    at = span_put(at, c->uri);
    if ((rich & RICH_PATH) && !span_empty(c->path)) at = put_route(at, c->uri, c->path);
    at = put_q(span_put(at, SPAN(">")), c->q);
    if (rich & RICH_FLAGS) at = span_put(span_put(at, SPAN(";flags=")), span_decimal(digits, c->flags));
    return at;
}

static size_t contacts_of(const kl_msg *msg, contact *contacts)
{
    size_t n = 0;
    if (msg->new_uri.s) contacts[n++] = (contact){msg->new_uri, msg->path_vec, msg->ruri_q, msg->bflags};
    for (int i = 0; i < msg->branch_count; i++) {
        const sip_branch *branch = msg_branch(msg, i);
        contacts[n++] = (contact){branch->uri, branch->path, branch->q, branch->flags};
    }
    return n;
}

/* Kamailio leaves this header among the reply's: a further reply of the same message has it too. */
static bool add_contacts(kl_ctx *ctx, int rich)
{
    contact contacts[SIP_MAX_BRANCHES + 1];
    const size_t n = contacts_of(ctx->msg, contacts);
    size_t bound = 16;
    for (size_t i = 0; i < n; i++) bound += contacts[i].uri.n + 3 * contacts[i].path.n + 64;
    char *text = n == 0 ? NULL : arena_alloc(ctx->scratch, bound), *at = text;
    if (!text) return n == 0;
    for (size_t i = 0; i < n; i++) at = put_contact(at, &contacts[i], i == 0, rich);
    return edit_reply(ctx->msg, span_between(text, span_put(at, SPAN("\r\n"))));
}

/* ---- replies */

static void tell_sent(kl_ctx *ctx, const sl_state *sl, const ctx_target *target, kl_span data)
{
    if (!world_hears(ctx->world, sl->event_callback_lres_sent) || !ctx->ops) return;
    const ctx_send send = {
        .data = data, .host = target->host, .port = target->port, .proto = target->proto, .socket = target->socket};
    ctx->ops->run_callback(ctx, sl->event_callback_lres_sent, SPAN("sl:local-response"), KL_PHASE_EVENT, &send, NULL);
}

static bool send_built(kl_ctx *ctx, sl_state *sl)
{
    ctx_target target = {.proto = ctx->msg->proto,
                         .conid = ctx->msg->conid,
                         .socket = ctx->msg->recv_socket,
                         .flags = ctx->msg->reply_send_flags};
    ctx_reply_destination(ctx, &target.host, &target.port);
    if (!ctx_send_to(ctx, buf_span(&sl->out), &target, false)) return false;
    /* the effect's bytes stay, the buffer's may not */
    tell_sent(ctx, sl, &target, ctx->effects->items[ctx->effects->count - 1].data);
    return true;
}

static bool build(kl_ctx *ctx, sl_state *sl, int code, kl_span reason)
{
    build_reply_options options = {.to_tag = SPAN_NULL, .server = world_server(ctx->world)};
    if (code >= 300 && code < 400 && !add_contacts(ctx, sl->rich_redirect)) return false;
    if (build_reply_needs_tag(ctx->msg, code)) {
        build_to_tag(ctx->msg, ctx->world->secret, &sl->tag);
        if (sl->tag.failed) return false;
        options.to_tag = buf_span(&sl->tag);
    }
    if (!via_params(ctx, SIP_MSG_VIA_REPLY_XAVP, ctx->world->via_reply_params, &options.via_params)) return false;
    return build_reply(ctx->msg, code, reason, &options, &sl->out);
}

int sl_reply(kl_ctx *ctx, int code, kl_span reason)
{
    sl_state *sl = state_of(ctx);
    kl_msg *msg = ctx->msg;
    if (span_empty(reason)) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: a reply needs a reason", ctx->row ? ctx->row->name : "sl");
        return -1;
    }
    if (!line_good(ctx, reason)) return -1;
    if (msg->msg_flags & SIP_MSG_NO_REPLY) return -2;
    if (!msg->is_request || msg->method_id == SIP_ACK) return -1;
    if (!build(ctx, sl, code, reason)) {
        log_print(ctx, KL_LOG_ERR, "the reply %d cannot be built: a header it needs is missing, doubled or malformed",
                  code);
        sl->counters[SL_ERRORS]++;
        return -1;
    }
    sl->filter_until = ctx->now + ACK_FILTER_TIME;
    if (code >= 200) msg->msg_flags |= SIP_MSG_FINAL_REPLY_SENT;
    if (!send_built(ctx, sl)) return -1;
    count(sl, code);
    return 1;
}

bool sl_filter_ack(kl_ctx *ctx)
{
    sl_state *sl = state_of(ctx);
    if (ctx->msg->method_id != SIP_ACK || !ctx->msg->is_request || ctx->now > sl->filter_until) return false;
    const sip_nameaddr *to = msg_to(ctx->msg);
    if (!to || span_empty(to->tag)) return false;
    build_to_tag(ctx->msg, ctx->world->secret, &sl->tag);
    if (sl->tag.failed || !span_eq(to->tag, buf_span(&sl->tag))) return false;
    sl->counters[SL_ACKS]++;
    if (world_hears(ctx->world, sl->event_callback_fl_ack) && ctx->ops)
        ctx->ops->run_callback(ctx, sl->event_callback_fl_ack, SPAN("sl:filtered-ack"), KL_PHASE_EVENT, NULL, NULL);
    return true;
}

/* ---- KSR */

static int send_reply(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return sl_reply(ctx, (int)args[0].i, args[1].s);
}

/* The documentation says 1 and 2. What Kamailio tests are these masks, so 2 means no connect too and 4 alone closes. */
static int send_reply_mode(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    const int64_t mode = args[2].i;
    if (mode & (1 | 2 | 64)) ctx->msg->reply_send_flags |= KL_SEND_NO_CONNECT;
    else if (mode & 4) ctx->msg->reply_send_flags |= KL_SEND_CLOSE;
    return send_reply(ctx, args, out);
}

/* What the last failure of the core amounts to, as Kamailio words it. */
static int reply_error(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    if (ctx->msg->msg_flags & SIP_MSG_FINAL_REPLY_SENT) return -2;
    const bool none = core_state_of(ctx)->last_error == CORE_ERROR_NONE;
    const kl_span reason = none ? SPAN("No error (0/SL)") : SPAN("I'm terribly sorry, server error occurred (1/SL)");
    sl_reply(ctx, 500, reason);
    log_print(ctx, KL_LOG_ERR, "stateless error reply used: %s", reason.s);
    return 1;
}

static bool code_good(const kl_msg *msg, kl_span code)
{
    uint64_t n;
    return code.n == 3 && span_uint(code, 999, &n) && (int)(n / 100) == msg->status / 100;
}

static int forward_changed(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_msg *msg = ctx->msg;
    if (msg->is_request || !line_good(ctx, args[1].s)) return -1;
    if (!span_empty(args[0].s) && !code_good(msg, args[0].s)) {
        log_print(ctx, KL_LOG_ERR, "sl_forward_reply: the code must have three digits and keep the class of %d",
                  msg->status);
        return -1;
    }
    const kl_span code = span_empty(args[0].s) ? msg->status_text : args[0].s,
                  reason = span_empty(args[1].s) ? msg->reason : args[1].s;
    char *line = arena_alloc(ctx->scratch, msg->version.n + code.n + reason.n + 2), *at = line;
    if (!line) return -1;
    at = span_put(span_put(at, msg->version), SPAN(" "));
    at = span_put(span_put(at, code), SPAN(" "));
    return forward_reply_as(ctx, span_between(line, span_put(at, reason))) ? 1 : -1;
}

static const kl_row rows[] = {
    ROW("sl", "send_reply", INT, send_reply, INT, STR),
    ROW("sl", "send_reply_error", INT, reply_error),
    ROW("sl", "send_reply_mode", INT, send_reply_mode, INT, STR, INT),
    ROW("sl", "sl_forward_reply", INT, forward_changed, STR, STR),
    ROW("sl", "sl_reply_error", INT, reply_error),
    ROW("sl", "sl_send_reply", INT, send_reply, INT, STR),
};

#define PARAM(name, type) {#name, KL_TYPE_##type, offsetof(sl_state, name), NULL}
static const module_param params[] = {
    PARAM(bind_tm, INT),       PARAM(default_code, INT),          PARAM(default_reason, STR),
    PARAM(rich_redirect, INT), PARAM(event_callback_fl_ack, STR), PARAM(event_callback_lres_sent, STR),
};

/* In the order of sl_counter. */
static const char *const counter_names[SL_COUNTERS] = {
    "200_replies", "202_replies", "2xx_replies",  "300_replies",      "301_replies",   "302_replies",
    "3xx_replies", "400_replies", "401_replies",  "403_replies",      "404_replies",   "407_replies",
    "408_replies", "483_replies", "4xx_replies",  "500_replies",      "5xx_replies",   "6xx_replies",
    "xxx_replies", "1xx_replies", "sent_replies", "sent_err_replies", "received_ACKs",
};
static const stats_names statistics = {counter_names, SL_COUNTERS, offsetof(sl_state, counters)};

const kl_module sl_module = {.name = "sl",
                             .rows = rows,
                             .row_count = sizeof rows / sizeof *rows,
                             .params = params,
                             .param_count = sizeof params / sizeof *params,
                             .state_size = sizeof(sl_state),
                             .init = init,
                             .done = done,
                             .statistics = &statistics};
