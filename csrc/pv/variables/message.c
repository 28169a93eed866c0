/* message.c: the message as a whole and its first line: $rm $rs $rv $mb $mbu $rb $msg(...) $msgbuf(...). */
#include "sip/build.h"
#include "pv/cache.h"
#include "variables.h"

/* ---- first line */

static bool get_rm(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_span method = msg_method(ctx->msg);
    (void)param, (void)data;
    if (method.n == 0) pv_null(out);
    else pv_str_int(out, method, msg_method_id(ctx->msg));
    return true;
}

static bool get_rmid(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (msg_method(ctx->msg).n == 0) pv_null(out);
    else pv_int(out, msg_method_id(ctx->msg));
    return true;
}

static bool get_rr(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (ctx->msg->is_request) pv_null(out);
    else pv_str(out, ctx->msg->reason.s ? ctx->msg->reason : SPAN(""));
    return true;
}

static bool get_rs(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (ctx->msg->is_request) pv_null(out);
    else pv_int_text(out, ctx->msg->status, ctx->msg->status_text);
    return true;
}

static bool get_rsi(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, ctx->msg->is_request ? 0 : ctx->msg->status);
    return true;
}

static bool get_rv(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_str(out, ctx->msg->version);
    return true;
}

static bool get_mt(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, ctx->msg->is_request ? 1 : 2);
    return true;
}

static bool get_mts(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_str(out, ctx->msg->is_request ? SPAN("rq") : SPAN("rp"));
    return true;
}

/* ---- bytes */

static kl_span whole(const kl_msg *msg) { return span_of(msg->buf, msg->len); }

static bool get_mb(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_str(out, whole(ctx->msg));
    return true;
}

static bool get_ml(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, (int64_t)ctx->msg->len);
    return true;
}

static bool get_mbu(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (!build_message(ctx->msg, &ctx->msg->out)) return false;
    kl_span text = arena_copy(ctx->scratch, buf_span(&ctx->msg->out));
    if (text.s == NULL) return false;
    pv_str(out, text);
    return true;
}

/* Headers that cannot be read to their end leave no body. */
static bool body_of(const kl_msg *msg, kl_span *body)
{
    *body = msg->body;
    return !msg->hdrs_bad && msg->body.s != NULL;
}

static bool get_rb(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_span body;
    (void)param, (void)data;
    if (body_of(ctx->msg, &body)) pv_str(out, body);
    else pv_null(out);
    return true;
}

static bool get_bs(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_span body;
    (void)param, (void)data;
    pv_int(out, body_of(ctx->msg, &body) ? (int64_t)body.n : 0);
    return true;
}

/* ---- $msg(attr) */

enum { MSG_LEN, MSG_BUF, MSG_BODY, MSG_BODY_LEN, MSG_HDRS, MSG_HDRS_LEN, MSG_HDRC, MSG_FLINE, MSG_FPART, MSG_LPART };
static const char *const msg_attrs[] = {"len",      "buf",  "body",  "body_len", "hdrs",
                                        "hdrs_len", "hdrc", "fline", "fpart",    "lpart"};

static bool parse_msg_attr(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, msg_attrs, COUNT(msg_attrs));
}

static const char *end_of_headers(const kl_msg *msg)
{
    return msg->hdr_count > 0 ? hdr_line(&msg->hdrs[msg->hdr_count - 1]).s + hdr_line(&msg->hdrs[msg->hdr_count - 1]).n
                              : msg->first_line.s + msg->first_line.n;
}

static bool get_msg(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const kl_msg *msg = ctx->msg;
    kl_span body = SPAN_NULL;
    (void)data;
    pv_null(out);
    if (msg->hdrs_bad) return true;
    bool has_body = body_of(msg, &body);
    const char *start = msg->first_line.s + msg->first_line.n, *end = msg->buf + msg->len;
    kl_span hdrs = span_trim(span_between(start, end_of_headers(msg)));
    switch (param->key) {
    case MSG_LEN: pv_int(out, (int64_t)msg->len); break;
    case MSG_BUF: pv_str(out, whole(msg)); break;
    case MSG_BODY:
        if (has_body) pv_str(out, body);
        break;
    case MSG_BODY_LEN: pv_int(out, has_body ? (int64_t)body.n : 0); break;
    case MSG_HDRS: pv_str(out, hdrs); break;
    case MSG_HDRS_LEN: pv_int(out, (int64_t)hdrs.n); break;
    case MSG_HDRC: pv_int(out, msg->hdr_count); break;
    case MSG_FLINE: pv_str(out, span_trim(msg->first_line)); break;
    case MSG_FPART: pv_str(out, span_trim(span_between(msg->buf, end_of_headers(msg)))); break;
    default: pv_str(out, span_between(start, end)); break;
    }
    return true;
}

/* ---- $msgbuf(n): one byte of the buffer, with the NUL that Kamailio hands out behind it */

static bool parse_position(pv_cache *cache, pv_param *param)
{
    int64_t at = 0;
    (void)cache;
    if (param->nested != NULL) return true;
    if (span_int_prefix(param->name, &at) != param->name.n) return false;
    param->key = (intptr_t)at;
    return true;
}

static char *byte_at(kl_ctx *ctx, const pv_param *param)
{
    int64_t at = param->key;
    pv_value value;
    if (param->nested != NULL) {
        if (!pv_get(ctx, param->nested, &value) || !(value.flags & PV_INT)) return NULL;
        at = value.i;
    }
    return at >= 0 && (uint64_t)at < ctx->msg->len ? ctx->msg->buf + at : NULL;
}

static bool get_msgbuf(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const char *byte = byte_at(ctx, param);
    (void)data;
    pv_null(out);
    if (byte == NULL) return true;
    char *text = arena_alloc(ctx->scratch, 2);
    if (text == NULL) return false;
    text[0] = *byte;
    text[1] = '\0';
    pv_str(out, span_of(text, 2));
    return true;
}

/* The one way a script changes received bytes; spans over them keep their place and length. */
static bool set_msgbuf(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    char *byte = byte_at(ctx, param);
    (void)data;
    if (value->flags & PV_NULL) return true;
    if (byte == NULL || !(value->flags & PV_STR) || value->s.n == 0) return false;
    *byte = value->s.s[0];
    return true;
}

static const pv_class classes[] = {
    {"rm", get_rm, NULL, NULL, 0, 0},
    {"rmid", get_rmid, NULL, NULL, 0, 0},
    {"rr", get_rr, NULL, NULL, 0, 0},
    {"rs", get_rs, NULL, NULL, 0, 0},
    {"rsi", get_rsi, NULL, NULL, 0, 0},
    {"rv", get_rv, NULL, NULL, 0, 0},
    {"mt", get_mt, NULL, NULL, 0, 0},
    {"mts", get_mts, NULL, NULL, 0, 0},
    {"mb", get_mb, NULL, NULL, 0, 0},
    {"ml", get_ml, NULL, NULL, 0, 0},
    {"mbu", get_mbu, NULL, NULL, 0, 0},
    {"rb", get_rb, NULL, NULL, 0, 0},
    {"bs", get_bs, NULL, NULL, 0, 0},
    {"msg", get_msg, NULL, parse_msg_attr, 0, 0},
    {"msgbuf", get_msgbuf, set_msgbuf, parse_position, PV_CLASS_NESTED, 0},
};

CLASS_TABLE(pv_message_table);
