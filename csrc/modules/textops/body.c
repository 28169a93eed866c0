/* body.c: whole new bodies, of the message and of replies to it. */
#include "base/text.h"
#include "core/line.h"
#include "sip/build.h"
#include "sip/mime.h"
#include "textops.h"

/* ---- of the message */

/* Where a body may be put: behind headers that end. */
static bool has_place(kl_ctx *ctx)
{
    const bool good = !ctx->msg->hdrs_bad && edit_body_start(ctx->msg) > ctx->msg->eoh;
    if (!good) log_print(ctx, KL_LOG_ERR, "%s: the headers cannot be parsed", ctx->row->name);
    return good;
}

/* A body that is shorter than Content-Length says is not replaced. */
static bool is_whole(kl_ctx *ctx)
{
    const kl_msg *msg = ctx->msg;
    const bool whole = msg->content_length <= (int64_t)(msg->len - edit_body_start(msg));
    if (!whole)
        log_print(ctx, KL_LOG_ERR, "%s: Content-Length is %lld, which the body has not", ctx->row->name,
                  (long long)msg->content_length);
    return whole;
}

/* The first Content-Type goes, one of that text follows the last header. */
static bool put_type(kl_ctx *ctx, kl_span head, kl_span type, kl_span tail)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTENT_TYPE);
    const kl_span line = text_join(ctx->scratch, head, type, tail);
    return line.s && (!hdr || edit_remove(ctx->msg, hdr)) && edit_append(ctx->msg, line);
}

static bool are_given(kl_ctx *ctx, kl_span body, kl_span type)
{
    if (!span_empty(body) && !span_empty(type)) return line_good(ctx, type);
    log_print(ctx, KL_LOG_ERR, "%s: no body or no content type", ctx->row->name);
    return false;
}

static int put_body(kl_ctx *ctx, kl_span body, kl_span type)
{
    kl_msg *msg = ctx->msg;
    if (!are_given(ctx, body, type) || !has_place(ctx) || !is_whole(ctx)) return -1;
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE);
    const bool same = hdr && span_eq(hdr_body(hdr), type);
    msg->msg_flags &= ~(unsigned)SIP_MSG_MULTIPART;
    return textops_outcome((same || put_type(ctx, SPAN("Content-Type: "), type, SPAN("\r\n"))) &&
                           edit_body(msg, body, SPAN_NULL));
}

KSR_FN(textops_set_body) { return put_body(ctx, args[0].s, args[1].s); }

KSR_FN(textops_set_body_hex)
{
    kl_span body;
    return textops_from_hex(ctx, args[0].s, &body) ? put_body(ctx, body, args[1].s) : -1;
}

/* ---- of replies */

/* A second body is refused, but its Content-Type stays, as in Kamailio. */
static int put_reply_body(kl_ctx *ctx, kl_span body, kl_span type)
{
    kl_msg *msg = ctx->msg;
    if (!are_given(ctx, body, type)) return -1;
    const kl_span line = text_join(ctx->scratch, SPAN("Content-Type: "), type, SPAN("\r\n"));
    if (!line.s || !edit_reply(msg, line)) return -1;
    if (msg->reply_body.n > 0) return -1;
    const kl_span copy = arena_copy(&msg->arena, body);
    if (!copy.s) return -1;
    msg->reply_body = copy;
    return 1;
}

KSR_FN(textops_set_reply_body) { return put_reply_body(ctx, args[0].s, args[1].s); }

KSR_FN(textops_set_reply_body_hex)
{
    kl_span body;
    return textops_from_hex(ctx, args[0].s, &body) ? put_reply_body(ctx, body, args[1].s) : -1;
}

/* ---- a body of parts, to which others may be added */

#define DEFAULT_BOUNDARY SPAN("unique-boundary-1")
#define DEFAULT_TYPE     SPAN("text/plain")

/* The old body becomes the part when there is no new one, and keeps its type. */
static bool choose_part(kl_ctx *ctx, kl_span *body, kl_span *type)
{
    const kl_msg *msg = ctx->msg;
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE);
    if (span_empty(*body)) {
        *body = msg->body;
        if (hdr) *type = hdr_body(hdr);
    }
    if (span_empty(*type)) *type = DEFAULT_TYPE;
    if (body->n == 0) log_print(ctx, KL_LOG_ERR, "%s: no body", ctx->row->name);
    return body->n > 0;
}

static bool is_multipart(const kl_msg *msg)
{
    kl_span boundary;
    return mime_msg_boundary(msg, &boundary);
}

static int make_multipart(kl_ctx *ctx, kl_span body, kl_span type, kl_span boundary)
{
    kl_msg *msg = ctx->msg;
    kl_buf *made = &textops_state_of(ctx)->made;
    if (span_empty(boundary)) boundary = DEFAULT_BOUNDARY;
    if (!line_good(ctx, type) || !line_good(ctx, boundary) || !has_place(ctx) || boundary.s[0] == '-') return -1;
    const bool already = is_multipart(msg);
    if (already && span_empty(body)) return 1;
    if (!choose_part(ctx, &body, &type)) return -1;
    buf_clear(made);
    textops_add_delimiter(made, boundary);
    textops_add_part(made, body, type, SPAN_NULL, boundary);
    if (made->failed) return -1;
    if (!already && !put_type(ctx, SPAN("Content-Type: multipart/mixed;boundary=\""), boundary,
                              SPAN("\"\r\nMime-Version: 1.0\r\n")))
        return -1;
    msg->msg_flags |= SIP_MSG_MULTIPART;
    return textops_outcome(edit_body(msg, buf_span(made), SPAN_NULL));
}

KSR_FN(textops_set_body_multipart) { return make_multipart(ctx, args[0].s, args[1].s, args[2].s); }

KSR_FN(textops_set_body_multipart_mode) { return make_multipart(ctx, SPAN_NULL, SPAN_NULL, SPAN_NULL); }

KSR_FN(textops_set_body_multipart_boundary) { return make_multipart(ctx, SPAN_NULL, SPAN_NULL, args[0].s); }

KSR_FN(textops_set_body_multipart_content) { return make_multipart(ctx, args[0].s, args[1].s, SPAN_NULL); }
