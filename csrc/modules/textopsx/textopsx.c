#include "textopsx.h"

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

static int apply_changes(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    kl_buf *bytes = &textopsx_state_of(ctx)->bytes;
    if (!may_replace(ctx)) return -1;
    const route_notes *notes = route_noted(ctx->msg);
    if (ctx->msg->is_request && notes && notes->waiting) {
        ctx_misuse(ctx, KL_LOG_ERR, "msg_apply_changes: not once a Record-Route was added");
        return -1;
    }
    return build_message(ctx->msg, bytes) ? replace(ctx, buf_span(bytes)) : -1;
}

static int set_buffer(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    if (!may_replace(ctx) || span_empty(args[0].s) || args[0].s.n > MAX_MESSAGE) return -1;
    return replace(ctx, args[0].s);
}

static int remove_body(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
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
    char *at = msg->buf + (msg->status_text.s - msg->buf);
    at[0] = (char)('0' + code / 100);
    at[1] = (char)('0' + code / 10 % 10);
    at[2] = (char)('0' + code % 10);
    msg->status = code;
}

static int change_status(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
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

static int change_status_code(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    if (!code_good(ctx, args[0].i)) return -1;
    write_code(ctx->msg, (int)args[0].i);
    return 1;
}

static const kl_row rows[] = {
    ROW("textopsx", "append_hf_value", INT, textopsx_append_value, STR, STR),
    ROW("textopsx", "assign_hf_value", INT, textopsx_assign_value, STR, STR),
    ROW("textopsx", "assign_hf_value2", INT, textopsx_assign_value2, STR, STR),
    ROW("textopsx", "bl_iterator_append", INT, textopsx_bl_append, STR, STR),
    ROW("textopsx", "bl_iterator_end", INT, textopsx_bl_end, STR),
    ROW("textopsx", "bl_iterator_insert", INT, textopsx_bl_insert, STR, STR),
    ROW("textopsx", "bl_iterator_next", INT, textopsx_bl_next, STR),
    ROW("textopsx", "bl_iterator_rm", INT, textopsx_bl_rm, STR),
    ROW("textopsx", "bl_iterator_start", INT, textopsx_bl_start, STR),
    ROW("textopsx", "bl_iterator_value", XVAL, textopsx_bl_value, STR),
    ROW("textopsx", "change_reply_status", INT, change_status, INT, STR),
    ROW("textopsx", "change_reply_status_code", INT, change_status_code, INT),
    ROW("textopsx", "exclude_hf_value", INT, textopsx_exclude_value, STR, STR),
    ROW("textopsx", "fnmatch", INT, textopsx_fnmatch, STR, STR),
    ROW("textopsx", "fnmatch_ex", INT, textopsx_fnmatch, STR, STR, STR),
    ROW("textopsx", "hf_iterator_append", INT, textopsx_hf_append, STR, STR),
    ROW("textopsx", "hf_iterator_end", INT, textopsx_hf_end, STR),
    ROW("textopsx", "hf_iterator_hbody", XVAL, textopsx_hf_body, STR),
    ROW("textopsx", "hf_iterator_hname", XVAL, textopsx_hf_name, STR),
    ROW("textopsx", "hf_iterator_insert", INT, textopsx_hf_insert, STR, STR),
    ROW("textopsx", "hf_iterator_next", INT, textopsx_hf_next, STR),
    ROW("textopsx", "hf_iterator_prev", INT, textopsx_hf_prev, STR),
    ROW("textopsx", "hf_iterator_rm", INT, textopsx_hf_rm, STR),
    ROW("textopsx", "hf_iterator_start", INT, textopsx_hf_start, STR),
    ROW("textopsx", "hf_value_exists", INT, textopsx_value_exists, STR, STR),
    ROW("textopsx", "include_hf_value", INT, textopsx_include_value, STR, STR),
    ROW("textopsx", "insert_hf_value", INT, textopsx_insert_value, STR, STR),
    ROW("textopsx", "keep_hf", INT, textopsx_keep_hf),
    ROW("textopsx", "keep_hf_re", INT, textopsx_keep_hf_re, STR),
    ROW("textopsx", "msg_apply_changes", INT, apply_changes),
    ROW("textopsx", "msg_set_buffer", INT, set_buffer, STR),
    ROW("textopsx", "remove_body", INT, remove_body),
    ROW("textopsx", "remove_hf_value", INT, textopsx_remove_value, STR),
    ROW("textopsx", "remove_hf_value2", INT, textopsx_remove_value2, STR, STR),
};

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
