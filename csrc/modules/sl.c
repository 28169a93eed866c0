/* sl.c: KSR.sl: stateless replies. */
#include "core/hooks.h"
#include "core/line.h"
#include "proxy/forward.h"
#include "proxy/proxy.h"
#include "modules.h"

typedef struct sl_state {
    stateless_settings settings;
    int bind_tm, default_code;
    kl_span default_reason;
} sl_state;

static KSR_FN(send_stateless) { return stateless_reply(ctx, (int)args[0].i, args[1].s); }

/* Within a transaction, by it, unless bind_tm is off. */
static KSR_FN(send_reply)
{
    const sl_state *state = module_state(ctx, MOD_SL);
    return stateless_or_within(ctx, state->bind_tm, (int)args[0].i, args[1].s);
}

/* The documentation says 1 and 2. What Kamailio tests are these masks, so 2 means no connect too and 4 alone closes. */
static KSR_FN(send_reply_mode)
{
    const int64_t mode = args[2].i;
    if (mode & (1 | 2 | 64)) ctx->msg->reply_send_flags |= KL_SEND_NO_CONNECT;
    else if (mode & 4) ctx->msg->reply_send_flags |= KL_SEND_CLOSE;
    return send_reply(ctx, args, out);
}

static KSR_FN(reply_error) { return stateless_reply_error(ctx); }

static bool code_good(const kl_msg *msg, kl_span code)
{
    uint64_t n;
    return code.n == 3 && span_uint(code, 999, &n) && (int)(n / 100) == msg->status / 100;
}

static KSR_FN(forward_changed)
{
    const kl_msg *msg = ctx->msg;
    if (msg->is_request || !line_good(ctx, args[1].s)) return -1;
    if (!span_empty(args[0].s) && !code_good(msg, args[0].s)) {
        log_print(ctx, KL_LOG_ERR, "sl_forward_reply: the code must have three digits and keep the class of %d",
                  msg->status);
        return -1;
    }
    return forward_reply_as(ctx, args[0].s, args[1].s) ? 1 : -1;
}

static const kl_row rows[] = {
    ROW("sl", "send_reply", INT, send_reply, INT, STR),
    ROW("sl", "send_reply_error", INT, reply_error),
    ROW("sl", "send_reply_mode", INT, send_reply_mode, INT, STR, INT),
    ROW("sl", "sl_forward_reply", INT, forward_changed, STR, STR),
    ROW("sl", "sl_reply_error", INT, reply_error),
    ROW("sl", "sl_send_reply", INT, send_stateless, INT, STR),
};

#define PARAM(name, member, type) {name, KL_TYPE_##type, offsetof(sl_state, member), NULL}
static const module_param params[] = {
    PARAM("bind_tm", bind_tm, INT),
    PARAM("default_code", default_code, INT),
    PARAM("default_reason", default_reason, STR),
    PARAM("rich_redirect", settings.rich_redirect, INT),
    PARAM("event_callback_fl_ack", settings.event_callback_fl_ack, STR),
    PARAM("event_callback_lres_sent", settings.event_callback_lres_sent, STR),
};

/* In the order of stateless_counter. */
static const char *const counter_names[STATELESS_COUNTERS] = {
    "200_replies", "202_replies", "2xx_replies",  "300_replies",      "301_replies",   "302_replies",
    "3xx_replies", "400_replies", "401_replies",  "403_replies",      "404_replies",   "407_replies",
    "408_replies", "483_replies", "4xx_replies",  "500_replies",      "5xx_replies",   "6xx_replies",
    "xxx_replies", "1xx_replies", "sent_replies", "sent_err_replies", "received_ACKs",
};

static bool filter_ack(kl_ctx *ctx)
{
    if (!stateless_is_own_ack(ctx)) return false;
    effects_drop(ctx->effects, "ACK to a reply of our own");
    return true;
}

static void init(void *opaque)
{
    *(sl_state *)opaque = (sl_state){
        .bind_tm = 1, .default_code = 500, .default_reason = SPAN("Internal Server Error")};
}

static void join(kl_ctx *ctx, void *opaque)
{
    stateless_state *stateless = &proxy_of(ctx)->stateless;
    stateless->settings = &((sl_state *)opaque)->settings;
    stats_group(&ctx->per_engine->stats, counter_names, STATELESS_COUNTERS, stateless->counters);
    on_request(ctx, MOD_SL, filter_ack);
}

const kl_module sl_module = {.name = "sl",
                             .rows = rows,
                             .row_count = sizeof rows / sizeof *rows,
                             .params = params,
                             .param_count = sizeof params / sizeof *params,
                             .state_size = sizeof(sl_state),
                             .init = init,
                             .join = join};
