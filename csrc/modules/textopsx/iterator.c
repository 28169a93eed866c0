/* iterator.c: walks over headers and body lines, at most four names of each, which Kamailio never releases. */
#include "pv/pv.h"
#include "sip/edit.h"
#include "textopsx.h"

static bool name_good(kl_span name)
{
    return name.n > 0 && name.n < TEXTOPSX_ITERATOR_NAME && !memchr(name.s, '\0', name.n);
}

static textopsx_iterator *find(textopsx_iterator *all, kl_span name)
{
    for (int i = 0; i < TEXTOPSX_ITERATORS && name_good(name); i++)
        if (span_eq(name, span_text(all[i].name))) return &all[i];
    return NULL;
}

/* NULL when nobody started it, and its message is another one by now. */
static textopsx_iterator *going(kl_ctx *ctx, textopsx_iterator *all, kl_span name)
{
    textopsx_iterator *it = find(all, name);
    return it && it->generation == ctx->msg->generation && it->buf == ctx->msg->buf ? it : NULL;
}

static textopsx_iterator *current(kl_ctx *ctx, textopsx_iterator *all, kl_span name)
{
    textopsx_iterator *it = going(ctx, all, name);
    return it && it->state == ITERATOR_ON ? it : NULL;
}

static textopsx_iterator *claim(kl_ctx *ctx, textopsx_iterator *all, kl_span name)
{
    textopsx_iterator *it = find(all, name);
    for (int i = 0; i < TEXTOPSX_ITERATORS && !it && name_good(name); i++) {
        if (all[i].name[0]) continue;
        it = &all[i];
        memcpy(it->name, name.s, name.n);
    }
    if (!it)
        ctx_misuse(ctx, KL_LOG_ERR, "%s: no further name is free, or it is not 1 to %d bytes", ctx->row->name,
                   TEXTOPSX_ITERATOR_NAME - 1);
    return it;
}

static int start(kl_ctx *ctx, textopsx_iterator *all, kl_span name)
{
    textopsx_iterator *it = claim(ctx, all, name);
    if (!it) return -1;
    it->generation = ctx->msg->generation;
    it->buf = ctx->msg->buf;
    it->state = ITERATOR_BEFORE;
    return 1;
}

/* Kamailio's "end" puts it back to the start. */
static int end(textopsx_iterator *it)
{
    if (!it) return -1;
    it->state = ITERATOR_BEFORE;
    return 1;
}

static textopsx_iterator *headers(kl_ctx *ctx) { return textopsx_state_of(ctx)->headers; }
static textopsx_iterator *lines(kl_ctx *ctx) { return textopsx_state_of(ctx)->lines; }

/* ---- headers */

KSR_FN(textopsx_hf_start) { return start(ctx, headers(ctx), args[0].s); }

KSR_FN(textopsx_hf_next)
{
    textopsx_iterator *it = going(ctx, headers(ctx), args[0].s);
    if (!it || it->state == ITERATOR_ENDED) return -1;
    it->at = it->state == ITERATOR_BEFORE ? 0 : it->at + 1;
    it->state = it->at < ctx->msg->hdr_count ? ITERATOR_ON : ITERATOR_ENDED;
    return it->state == ITERATOR_ON ? 1 : -1;
}

KSR_FN(textopsx_hf_prev)
{
    textopsx_iterator *it = going(ctx, headers(ctx), args[0].s);
    if (!it || it->state == ITERATOR_ENDED) return -1;
    if (it->state == ITERATOR_ON && it->at == 0) it->state = ITERATOR_BEFORE;
    else if (it->state == ITERATOR_ON) it->at--;
    return 1;
}

KSR_FN(textopsx_hf_end) { return end(going(ctx, headers(ctx), args[0].s)); }

static const sip_hdr *current_header(kl_ctx *ctx, kl_span name)
{
    const textopsx_iterator *it = current(ctx, headers(ctx), name);
    return it ? &ctx->msg->hdrs[it->at] : NULL;
}

KSR_FN(textopsx_hf_rm)
{
    const sip_hdr *hdr = current_header(ctx, args[0].s);
    return hdr && edit_remove(ctx->msg, hdr) ? 1 : -1;
}

KSR_FN(textopsx_hf_append)
{
    const sip_hdr *hdr = current_header(ctx, args[0].s);
    return hdr && edit_after(ctx->msg, hdr, args[1].s) ? 1 : -1;
}

KSR_FN(textopsx_hf_insert)
{
    const sip_hdr *hdr = current_header(ctx, args[0].s);
    return hdr && edit_before(ctx->msg, hdr, args[1].s) ? 1 : -1;
}

KSR_FN(textopsx_hf_name)
{
    const sip_hdr *hdr = current_header(ctx, args[0].s);
    if (hdr) value_str(out, hdr_name(hdr));
    return 1;
}

KSR_FN(textopsx_hf_body)
{
    const sip_hdr *hdr = current_header(ctx, args[0].s);
    if (hdr) value_str(out, hdr_body(hdr));
    return 1;
}

/* ---- body lines */

KSR_FN(textopsx_bl_start) { return edit_body_start(ctx->msg) > ctx->msg->eoh ? start(ctx, lines(ctx), args[0].s) : -1; }

KSR_FN(textopsx_bl_next)
{
    const kl_msg *msg = ctx->msg;
    textopsx_iterator *it = going(ctx, lines(ctx), args[0].s);
    if (!it || it->state == ITERATOR_ENDED) return -1;
    it->at = it->state == ITERATOR_BEFORE ? edit_body_start(msg) : it->at + it->n;
    const kl_span rest = span_of(msg->buf + it->at, msg->len - it->at);
    const char *feed = span_find(rest, '\n');
    it->n = feed ? (size_t)(feed + 1 - rest.s) : rest.n;
    it->state = it->n > 0 ? ITERATOR_ON : ITERATOR_ENDED;
    return it->n > 0 ? 1 : -1;
}

KSR_FN(textopsx_bl_end) { return end(going(ctx, lines(ctx), args[0].s)); }

/* .s NULL when it stands on no line. */
static kl_span current_line(kl_ctx *ctx, kl_span name)
{
    const textopsx_iterator *it = current(ctx, lines(ctx), name);
    return it ? span_of(ctx->msg->buf + it->at, it->n) : SPAN_NULL;
}

KSR_FN(textopsx_bl_rm)
{
    const kl_span line = current_line(ctx, args[0].s);
    return line.s && edit_cut(ctx->msg, line) ? 1 : -1;
}

KSR_FN(textopsx_bl_append)
{
    const kl_span line = current_line(ctx, args[0].s);
    return line.s && edit_replace(ctx->msg, span_of(line.s + line.n, 0), args[1].s) ? 1 : -1;
}

KSR_FN(textopsx_bl_insert)
{
    const kl_span line = current_line(ctx, args[0].s);
    return line.s && edit_replace(ctx->msg, span_of(line.s, 0), args[1].s) ? 1 : -1;
}

KSR_FN(textopsx_bl_value)
{
    const kl_span line = current_line(ctx, args[0].s);
    if (line.s) value_str(out, line);
    return 1;
}

/* ---- $hfitname $hfitbody $blitval */

static bool parse_name(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return param->name.n > 0;
}

static bool give(kl_ctx *ctx, const textopsx_iterator *it, kl_span name, kl_span text, pv_value *out)
{
    if (!it) ctx_misuse(ctx, KL_LOG_ERR, "no iterator \"%.*s\"", (int)(name.n > 64 ? 64 : name.n), name.s);
    if (text.s) pv_str(out, text);
    else pv_null(out);
    return true;
}

/* data 1: the body. */
static bool get_header(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = current_header(ctx, param->name);
    return give(ctx, find(headers(ctx), param->name), param->name,
                !hdr   ? SPAN_NULL
                : data ? hdr_body(hdr)
                       : hdr_name(hdr),
                out);
}

static bool get_line(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    return give(ctx, find(lines(ctx), param->name), param->name, current_line(ctx, param->name), out);
}

static const pv_class classes[] = {
    {"hfitname", get_header, NULL, parse_name, 0, 0},
    {"hfitbody", get_header, NULL, parse_name, 0, 1},
    {"blitval", get_line, NULL, parse_name, 0, 0},
};
const pv_table textopsx_variables = {classes, sizeof classes / sizeof *classes};
