/* sdp.c: fix_nated_sdp: addresses and lines of a description, which need not be a good one. Nothing shows before the
 * message is sent, or its changes are applied. */
#include "nathelper.h"

#include "base/text.h"
#include "sip/edit.h"
#include "sip/sdp.h"

enum { FIX_DIRECTION = 1, FIX_CONNECTION = 2, FIX_NORTPPROXY = 4, FIX_ORIGIN = 8 };

typedef struct fixing {
    kl_ctx *ctx;
    kl_span body, address; /* the new one */
    const char *tail;      /* before the line ends of the last line: lines are added there */
    bool changed;
} fixing;

static bool is_line_end(char c) { return c == '\r' || c == '\n'; }

static bool add_line(fixing *f, const char *at, kl_span name, kl_span value)
{
    const kl_span text = text_join(f->ctx->scratch, SPAN("\r\n"), name, value);
    return text.s && edit_replace(f->ctx->msg, span_of(at, 0), text);
}

/* ---- lines */

/* Before each m= line but the first, and at the end. Kamailio knows these lines by the CR and LF before them. */
static bool add_directions(fixing *f)
{
    const kl_span mark = SPAN("\r\nm=");
    const char *at = span_search(f->body, mark);
    while (at) {
        const char *from = at + mark.n, *next = span_search(span_between(from, f->body.s + f->body.n), mark);
        if (!add_line(f, next ? next : f->tail, SPAN("a=direction:active"), SPAN(""))) return false;
        at = next;
    }
    return true;
}

static bool add_nortpproxy(fixing *f)
{
    kl_span text = nathelper_state_of(f->ctx)->nortpproxy_str;
    while (text.n > 0 && is_line_end(text.s[text.n - 1])) text.n--;
    return text.n == 0 || add_line(f, f->tail, text, SPAN(""));
}

/* ---- addresses */

/* The value of the next line that begins so, up to its end; false when there is none. */
static bool next_line(kl_span *rest, const char *body, kl_span start, kl_span *value)
{
    for (; rest->n > 0; *rest = span_from(*rest, 1)) {
        if ((rest->s > body && !is_line_end(rest->s[-1])) || !span_starts(*rest, start)) continue;
        size_t n = start.n;
        while (n < rest->n && !is_line_end(rest->s[n])) n++;
        *value = span_of(rest->s + start.n, n - start.n);
        *rest = span_from(*rest, n);
        return true;
    }
    return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The word behind the first IP4 or IP6. */
static bool find_address(kl_span value, kl_span *address, char *family)
{
    for (size_t i = 0; i + 3 < value.n; i++) {
        const char *p = value.s + i;
        if (p[0] != 'I' || p[1] != 'P' || (p[2] != '4' && p[2] != '6') || !is_blank(p[3]) ||
            (i > 0 && !is_blank(p[-1])))
            continue;
        size_t from = i + 3, to;
        while (from < value.n && is_blank(value.s[from])) from++;
        for (to = from; to < value.n && !is_blank(value.s[to]);) to++;
        *address = span_of(value.s + from, to - from);
        *family = p[2];
        return to > from;
    }
    return false;
}

static bool is_null(kl_span address) { return span_eq(address, SPAN("0.0.0.0")) || span_eq(address, SPAN("::")); }

static bool replace(fixing *f, kl_span old, char family)
{
    if (is_null(old) || span_eq(old, f->address)) return true;
    f->changed = true;
    if (!edit_replace(f->ctx->msg, old, f->address)) return false;
    return !nathelper_state_of(f->ctx)->append_sdp_oldmediaip ||
           add_line(f, f->tail, family == '6' ? SPAN("a=oldmediaip6:") : SPAN("a=oldmediaip:"), old);
}

/* All lines that begin so. False: two families, or a line without an address where it must have one; what was done
 * before stays, as in Kamailio. */
static bool replace_all(fixing *f, kl_span start, bool must)
{
    kl_span rest = f->body, value, old;
    char family, first = '\0';
    while (next_line(&rest, f->body.s, start, &value)) {
        if (!find_address(value, &old, &family)) {
            if (must) return false;
            continue;
        }
        if (first && family != first) return false;
        first = family;
        if (!replace(f, old, family)) return false;
    }
    return true;
}

static bool fix(fixing *f, int64_t flags)
{
    if ((flags & FIX_DIRECTION) && !add_directions(f)) return false;
    if ((flags & FIX_NORTPPROXY) && !add_nortpproxy(f)) return false;
    if ((flags & (FIX_CONNECTION | FIX_ORIGIN)) && !replace_all(f, SPAN("a=rtcp:"), false)) return false;
    if ((flags & FIX_CONNECTION) && !replace_all(f, SPAN("c="), true)) return false;
    return !(flags & FIX_ORIGIN) || replace_all(f, SPAN("o="), true);
}

KSR_FN(nathelper_fix_sdp)
{
    const kl_span given = ctx->row->data ? args[1].s : SPAN_NULL;
    fixing f = {.ctx = ctx, .body = sdp_bytes(ctx->msg), .address = given.n > 0 ? given : ctx->msg->source_host};
    if (f.body.n == 0) {
        log_print(ctx, KL_LOG_ERR, "nathelper.%s: there is no session description", ctx->row->name);
        return -1;
    }
    f.tail = f.body.s + f.body.n;
    while (f.tail > f.body.s && is_line_end(f.tail[-1])) f.tail--;
    if (fix(&f, args[0].i)) return f.changed ? 1 : 2;
    log_print(ctx, KL_LOG_ERR, "nathelper.%s: a line without the address of one family", ctx->row->name);
    return -1;
}
