/* part.c: the parts of a multipart body, as received: one more, one less, one read, one alone. */
#include "core/line.h"
#include "pv/pv.h"
#include "sip/edit.h"
#include "sip/mime.h"
#include "textops.h"

void textops_add_delimiter(kl_buf *made, kl_span boundary)
{
    buf_add(made, SPAN("--"));
    buf_add(made, boundary);
    buf_add(made, SPAN("\r\n"));
}

static void add_header(kl_buf *made, kl_span name, kl_span value)
{
    buf_add(made, name);
    buf_add(made, value);
    buf_add(made, SPAN("\r\n"));
}

static bool ends_empty(kl_span text) { return text.n >= 4 && memcmp(text.s + text.n - 4, "\r\n\r\n", 4) == 0; }

/* Up to the delimiter behind it. A text with an empty line at its end gets no other line end. */
void textops_add_part(kl_buf *made, kl_span text, kl_span type, kl_span disposition, kl_span boundary)
{
    add_header(made, SPAN("Content-Type: "), type);
    if (disposition.n > 0) add_header(made, SPAN("Content-Disposition: "), disposition);
    buf_add(made, SPAN("\r\n"));
    buf_add(made, text);
    if (!ends_empty(text)) buf_add(made, SPAN("\r\n"));
    textops_add_delimiter(made, boundary);
}

static bool boundary_of(kl_ctx *ctx, kl_span *boundary)
{
    const kl_msg *msg = ctx->msg;
    const bool good = !msg->hdrs_bad && msg->body.n > 0 && mime_msg_boundary(msg, boundary);
    if (!good) log_print(ctx, KL_LOG_ERR, "%s: no multipart body with a boundary", ctx->row->name);
    return good;
}

static bool is_mixed(const kl_msg *msg)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE);
    mime_type mime;
    return hdr && mime_parse(hdr_body(hdr), &mime) && span_eqi(mime.subtype, SPAN("mixed"));
}

/* ---- one more */

/* Behind the last delimiter, which is no longer the last then: mime_close sees to that when the message is sent. */
static int append_part(kl_ctx *ctx, kl_span text, kl_span type, kl_span disposition)
{
    kl_msg *msg = ctx->msg;
    kl_buf *made = &textops_state_of(ctx)->made;
    kl_span boundary;
    if (span_empty(text) || span_empty(type)) {
        log_print(ctx, KL_LOG_ERR, "%s: no text or no content type", ctx->row->name);
        return -1;
    }
    if (!line_good(ctx, type) || !line_good(ctx, disposition) || !boundary_of(ctx, &boundary)) return -1;
    if (!is_mixed(msg)) {
        log_print(ctx, KL_LOG_ERR, "%s: no multipart/mixed body", ctx->row->name);
        return -1;
    }
    buf_clear(made);
    textops_add_part(made, text, type, disposition, boundary);
    if (made->failed || !edit_replace(msg, span_of(span_end(msg->body), 0), buf_span(made))) return -1;
    msg->msg_flags |= SIP_MSG_MULTIPART;
    return 1;
}

KSR_FN(textops_append_body_part) { return append_part(ctx, args[0].s, args[1].s, SPAN_NULL); }

KSR_FN(textops_append_body_part_cd) { return append_part(ctx, args[0].s, args[1].s, args[2].s); }

KSR_FN(textops_append_body_part_hex)
{
    kl_span text;
    return textops_from_hex(ctx, args[0].s, &text) ? append_part(ctx, text, args[1].s, SPAN_NULL) : -1;
}

KSR_FN(textops_append_body_part_hex_cd)
{
    kl_span text;
    return textops_from_hex(ctx, args[0].s, &text) ? append_part(ctx, text, args[1].s, args[2].s) : -1;
}

/* ---- one less, one alone */

KSR_FN(textops_remove_body_part)
{
    kl_span boundary;
    mime_part part;
    if (!boundary_of(ctx, &boundary) || !mime_part_find(ctx->msg->body, boundary, args[0].s, &part)) return -1;
    if (!edit_cut(ctx->msg, span_between(part.line.s, span_end(part.delimiter)))) return -1;
    ctx->msg->msg_flags |= SIP_MSG_MULTIPART;
    return 1;
}

static kl_span without_line_ends(kl_span text)
{
    if (span_starts(text, SPAN("\r\n"))) text = span_from(text, 2);
    if (text.n >= 2 && memcmp(text.s + text.n - 2, "\r\n", 2) == 0) text.n -= 2;
    return text;
}

KSR_FN(textops_filter_body)
{
    kl_msg *msg = ctx->msg;
    kl_span boundary;
    mime_part part;
    if (!boundary_of(ctx, &boundary) || !is_mixed(msg) || !mime_part_find(msg->body, boundary, args[0].s, &part))
        return -1;
    const kl_span kept = without_line_ends(part.content);
    msg->msg_flags &= ~(unsigned)SIP_MSG_MULTIPART;
    return textops_outcome(edit_cut(msg, span_between(msg->body.s, kept.s)) &&
                           edit_cut(msg, span_between(kept.s + kept.n, span_end(msg->body))));
}

/* ---- one read */

static bool has_parameters(const kl_msg *msg)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE);
    return hdr && span_find(hdr_body(hdr), ';');
}

/* raw: with its first line and its delimiter. What is not multipart is one part whatever its type; but parameters
 * without a boundary are refused. */
static bool text_of(kl_ctx *ctx, kl_span type, bool raw, kl_span *out)
{
    const kl_msg *msg = ctx->msg;
    kl_span boundary;
    mime_part part;
    *out = msg->body;
    if (msg->hdrs_bad || msg->body.n == 0) return false;
    if (!mime_msg_boundary(msg, &boundary)) return !has_parameters(msg);
    if (!mime_part_find(msg->body, boundary, type, &part)) return false;
    *out = raw ? span_between(part.line.s, span_end(part.delimiter)) : part.content;
    return true;
}

static int get_part(kl_ctx *ctx, const kl_value *args, bool raw)
{
    const pv_spec *spec = span_empty(args[1].s) ? NULL : pv_lookup(ctx, args[1].s);
    kl_span text;
    pv_value value;
    if (!spec || !pv_is_writable(spec)) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: no variable that can be set", ctx->row->name);
        return -1;
    }
    if (!text_of(ctx, args[0].s, raw, &text)) return -1;
    pv_str(&value, text);
    pv_set(ctx, spec, &value);
    return 1;
}

KSR_FN(textops_get_body_part) { return get_part(ctx, args, false); }

KSR_FN(textops_get_body_part_raw) { return get_part(ctx, args, true); }
