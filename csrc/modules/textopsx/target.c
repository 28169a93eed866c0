#include "target.h"

#include "base/text.h"
#include "core/line.h"
#include "pv/pv.h"

#define MIN_INDEX (-10)

static void skip_blanks(kl_span *text)
{
    while (text->n > 0 && char_is(text->s[0], SPAN_WS)) *text = span_from(*text, 1);
}

static kl_span take_name(kl_span *text)
{
    size_t n = 0;
    while (n < text->n && (char_is(text->s[n], SPAN_ALPHA | SPAN_DIGIT) || text->s[n] == '_' || text->s[n] == '-')) n++;
    const kl_span name = span_of(text->s, n);
    *text = span_from(*text, n);
    return name;
}

/* "[*]" or "[n]", blanks around what is inside. */
static bool take_index(kl_span *text, target *out)
{
    const char *close = span_find(*text, ']');
    if (!close) return false;
    const kl_span inner = span_trim(span_between(text->s + 1, close));
    int64_t n;
    *text = span_between(close + 1, text->s + text->n);
    out->has_index = true;
    out->all = span_eq(inner, SPAN("*"));
    if (out->all) return true;
    if (span_empty(inner) || span_int_prefix(inner, &n) != inner.n || n < MIN_INDEX || n > INT32_MAX) return false;
    out->index = (int)n;
    return true;
}

static bool parse(kl_span text, target *out)
{
    *out = (target){.param = SPAN_NULL};
    text = span_trim(text);
    out->name = take_name(&text);
    if (span_empty(out->name)) return false;
    skip_blanks(&text);
    if (text.n > 0 && text.s[0] == '[' && !take_index(&text, out)) return false;
    skip_blanks(&text);
    if (text.n == 0) return true;
    if (text.s[0] != '.') return false;
    text = span_from(text, 1);
    out->param = take_name(&text);
    return !span_empty(out->param) && text.n == 0;
}

bool target_parse(kl_ctx *ctx, kl_span text, target *out)
{
    if (parse(text, out)) {
        if (!ctx->msg->hdrs_bad) return true;
        log_print(ctx, KL_LOG_ERR, "%s: a malformed header hides those behind it", ctx->row->name);
        return false;
    }
    ctx_misuse(ctx, KL_LOG_ERR, "%s: not a header, header[index] or header[index].param: %.*s", ctx->row->name,
               (int)(text.n > 128 ? 128 : text.n), text.n ? text.s : "");
    return false;
}

bool target_value(kl_ctx *ctx, kl_span format, kl_span *out)
{
    kl_buf *buf = &textopsx_state_of(ctx)->value;
    if (!format.s) return false;
    if (!span_find(format, '$')) {
        *out = format;
        return line_good(ctx, format);
    }
    buf_clear(buf);
    if (!pv_format(ctx, format, buf) || buf->failed) return false;
    *out = buf_span(buf);
    return line_good(ctx, *out);
}

kl_span target_line(kl_ctx *ctx, kl_span name, kl_span value)
{
    return text_join(ctx->scratch, name, SPAN(": "), value, SPAN("\r\n"));
}
