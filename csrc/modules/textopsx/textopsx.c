#include "textopsx.h"

#include "base/text.h"
#include "core/line.h"
#include "core/route.h"
#include "sip/build.h"

#define MAX_MESSAGE 65534

/* ---- the whole message */

static bool may_replace(kl_ctx *ctx)
{
    const kl_msg *msg = ctx->msg;
    if (!msg->is_request || (ctx->phase & KL_PHASE_REQUEST)) return true;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: not in this route", ctx->row->name);
    return false;
}

/* 0: the new text is no message, and this one cannot be used any more. */
static int replace(kl_ctx *ctx, kl_span bytes)
{
    kl_error err;
    if (msg_replace(ctx->msg, bytes, &err) == KL_OK) return 1;
    log_print(ctx, KL_LOG_ERR, "%s: %s (offset %lld)", ctx->row->name, err.text, (long long)err.offset);
    return 0;
}

static KSR_FN(apply_changes)
{
    kl_buf *bytes = &textopsx_state_of(ctx)->bytes;
    if (!may_replace(ctx)) return -1;
    const route_notes *notes = route_noted(ctx->msg);
    if (ctx->msg->is_request && notes && notes->waiting) {
        ctx_misuse(ctx, KL_LOG_ERR, "msg_apply_changes: not once a Record-Route was added");
        return -1;
    }
    return build_message(ctx->msg, bytes) ? replace(ctx, buf_span(bytes)) : -1;
}

static KSR_FN(set_buffer)
{
    if (!may_replace(ctx) || span_empty(args[0].s) || args[0].s.n > MAX_MESSAGE) return -1;
    return replace(ctx, args[0].s);
}

static KSR_FN(remove_body)
{
    const size_t start = edit_body_start(ctx->msg);
    const kl_span body = span_of(ctx->msg->buf + start, ctx->msg->len - start);
    return body.n == 0 || edit_replace(ctx->msg, body, SPAN("")) ? 1 : -1;
}

/* ---- the status of a reply on its way back */

static bool code_good(kl_ctx *ctx, int64_t code)
{
    const int now = ctx->msg->status;
    const bool possible = !ctx->msg->is_request && code >= 100 && code <= 699,
               good = possible && ((now >= 300 && code >= 300) || now / 100 == code / 100);
    if (!possible) ctx_misuse(ctx, KL_LOG_ERR, "%s: %d cannot become %lld", ctx->row->name, now, (long long)code);
    else if (!good) log_print(ctx, KL_LOG_ERR, "%s: %d cannot become %lld", ctx->row->name, now, (long long)code);
    return good;
}

/* In place, as Kamailio does, so that $rs has it at once. */
static void write_code(kl_msg *msg, int code)
{
    text_put_digits(msg->buf + (msg->status_text.s - msg->buf), (unsigned)code, 3);
    msg->status = code;
}

static KSR_FN(change_status)
{
    if (span_empty(args[1].s)) {
        ctx_misuse(ctx, KL_LOG_ERR, "change_reply_status: the reason is empty");
        return -1;
    }
    if (!line_good(ctx, args[1].s) || !code_good(ctx, args[0].i) ||
        !edit_replace(ctx->msg, ctx->msg->reason, args[1].s))
        return -1;
    write_code(ctx->msg, (int)args[0].i);
    return 1;
}

static KSR_FN(change_status_code)
{
    if (!code_good(ctx, args[0].i)) return -1;
    write_code(ctx->msg, (int)args[0].i);
    return 1;
}

#define MODULE_ROWS "modules/textopsx/rows.def"
#include "modules/rows.h"

static void init(void *opaque)
{
    textopsx_state *state = opaque;
    buf_init(&state->bytes);
    buf_init(&state->value);
}

static void done(void *opaque)
{
    textopsx_state *state = opaque;
    buf_free(&state->bytes);
    buf_free(&state->value);
}

const kl_module textopsx_module = {.name = "textopsx",
                                   .rows = rows,
                                   .row_count = sizeof rows / sizeof *rows,
                                   .state_size = sizeof(textopsx_state),
                                   .scratch_size = sizeof(textopsx_state) - offsetof(textopsx_state, bytes),
                                   .init = init,
                                   .done = done,
                                   .variables = &textopsx_variables};
