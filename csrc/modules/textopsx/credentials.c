/* credentials.c: headers like Authorization: a scheme, then parameters that commas part. A header is one value. */
#include "base/text.h"
#include "sip/edit.h"
#include "target.h"

typedef struct param {
    kl_span whole, name, value;
    const char *next;  /* the next parameter, behind the comma and its blanks; NULL behind the last */
    const char *comma; /* the one before it, NULL at the first */
} param;

static const char *end_of_value(const char *at, const char *end)
{
    if (at < end && *at == '"') {
        for (at++; at < end && *at != '"'; at++)
            if (*at == '\\' && end - at > 1) at++;
        return at < end ? at + 1 : end;
    }
    while (at < end && *at != ',' && !char_is(*at, SPAN_WS)) at++;
    return at;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && char_is(*at, SPAN_WS)) at++;
    return at;
}

/* name [=] value at `at`; false when something else stands there. */
static bool read_param(const char *at, const char *end, param *out)
{
    const char *stop = at;
    while (stop < end && char_is(*stop, SPAN_TOKEN)) stop++;
    out->name = span_between(at, stop);
    stop = skip_blanks(stop, end);
    if (out->name.n == 0 || stop == end || *stop != '=') return false;
    const char *value = skip_blanks(stop + 1, end);
    out->value = span_between(value, end_of_value(value, end));
    out->whole = span_between(at, value + out->value.n);
    stop = skip_blanks(value + out->value.n, end);
    if (stop < end && *stop != ',') return false;
    out->next = stop < end ? skip_blanks(stop + 1, end) : NULL;
    return true;
}

/* Behind the scheme. NULL: no credentials. */
static const char *first_param(kl_span body)
{
    const char *at = body.s, *const end = span_end(body);
    while (at < end && char_is(*at, SPAN_TOKEN)) at++;
    const char *params = skip_blanks(at, end);
    return at == body.s || params == at || params == end ? NULL : params;
}

/* 1 found, 0 not there (*out is the last one), -1 the header is written otherwise. */
static int find_param(kl_span body, kl_span name, param *out)
{
    const char *at = first_param(body), *const end = span_end(body), *comma = NULL;
    while (at) {
        if (!read_param(at, end, out)) return -1;
        out->comma = comma;
        if (span_eqi(out->name, name)) return 1;
        comma = out->whole.s + out->whole.n;
        at = out->next;
    }
    return comma ? 0 : -1;
}

static bool assign_param(kl_ctx *ctx, const sip_hdr *hdr, kl_span name, kl_span value)
{
    param found;
    const int there = find_param(hdr_body(hdr), name, &found);
    if (there < 0) return false;
    if (there > 0) return edit_replace(ctx->msg, found.value, value);
    const kl_span head = text_join(ctx->scratch, SPAN(","), name, SPAN("=")),
                  added = head.s ? text_join(ctx->scratch, head, value, SPAN_NULL) : SPAN_NULL;
    return added.s && edit_replace(ctx->msg, span_of(found.whole.s + found.whole.n, 0), added);
}

/* With the comma behind it, or the last one with the comma before it. */
static bool remove_param(kl_msg *msg, const sip_hdr *hdr, kl_span name)
{
    param found;
    if (find_param(hdr_body(hdr), name, &found) < 1) return false;
    const char *const end = span_end(found.whole);
    if (found.next) return edit_cut(msg, span_between(found.whole.s, found.next));
    return edit_cut(msg, span_between(found.comma ? found.comma : found.whole.s, end));
}

static const sip_hdr *header_of(const kl_msg *msg, const target *t)
{
    return msg_hdr_index(msg, t->name, t->index > 0 ? t->index - 1 : t->index);
}

static bool assign(kl_ctx *ctx, const target *t, kl_span value)
{
    if (!t->all) {
        const sip_hdr *hdr = header_of(ctx->msg, t);
        return hdr &&
               (t->param.s ? assign_param(ctx, hdr, t->param, value) : edit_replace(ctx->msg, hdr_body(hdr), value));
    }
    const sip_hdr *hdr = t->param.s ? msg_hdr_named(ctx->msg, t->name) : NULL;
    bool good = hdr != NULL;
    for (; hdr && good; hdr = msg_hdr_next(ctx->msg, hdr)) good = assign_param(ctx, hdr, t->param, value);
    return good;
}

KSR_FN(textopsx_assign_value2)
{
    target t;
    kl_span value;
    return target_parse(ctx, args[0].s, &t) && target_value(ctx, args[1].s, &value) && assign(ctx, &t, value) ? 1 : -1;
}

static bool remove_one(kl_msg *msg, const target *t, const sip_hdr *hdr)
{
    return t->param.s ? remove_param(msg, hdr, t->param) : edit_remove(msg, hdr);
}

/* The second argument is declared, and does nothing. */
KSR_FN(textopsx_remove_value2)
{
    target t;
    bool any = false;
    if (!target_parse(ctx, args[0].s, &t)) return -1;
    const sip_hdr *hdr = t.all ? msg_hdr_named(ctx->msg, t.name) : header_of(ctx->msg, &t);
    for (; hdr; hdr = t.all ? msg_hdr_next(ctx->msg, hdr) : NULL)
        if (remove_one(ctx->msg, &t, hdr)) any = true;
    return any ? 1 : -1;
}
