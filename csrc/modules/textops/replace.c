/* replace.c: text in place of what a pattern or a key finds. All of it waits in the list of edits. */
#include "core/expression.h"
#include "sip/edit.h"
#include "textops.h"

/* Where a function looks; .s NULL when there is no such part. Kamailio corrects Content-Length for the functions of
 * headers and of the body alone. */
static kl_span scope_of(kl_ctx *ctx, textops_scope scope)
{
    const kl_msg *msg = ctx->msg;
    const char *start = span_end(msg->first_line);
    if (scope == TEXTOPS_BODY) return span_empty(msg->body) ? SPAN_NULL : msg->body;
    if (scope == TEXTOPS_HEADERS)
        return msg->hdrs_bad ? SPAN_NULL : span_between(start, msg->buf + edit_body_start(msg));
    return span_between(start, msg->buf + msg->len);
}

static textops_scope scope_asked(kl_ctx *ctx) { return (textops_scope)(ctx->row->data & TEXTOPS_SCOPE); }

bool textops_swap(kl_ctx *ctx, kl_span piece, kl_span text)
{
    const textops_scope scope = scope_asked(ctx);
    const bool counted = scope == TEXTOPS_BODY ||
                         (scope == TEXTOPS_HEADERS && piece.s >= ctx->msg->buf + edit_body_start(ctx->msg));
    return edit_swap(ctx->msg, piece, text, counted ? EDIT_KIND_TEXT : EDIT_KIND_LOOSE);
}

kl_span textops_scope_text(kl_ctx *ctx) { return scope_of(ctx, scope_asked(ctx)); }

/* ---- by a pattern */

static kl_regex *prepare(kl_ctx *ctx, const kl_value *args, kl_span *text)
{
    *text = textops_scope_text(ctx);
    return text->s ? expression_use(ctx, args[0].s, TEXTOPS_REGEX) : NULL;
}

KSR_FN(textops_replace)
{
    kl_span text;
    regex_group whole;
    kl_regex *regex = prepare(ctx, args, &text);
    return textops_outcome(regex && expression_find(ctx, regex, text, 0, 1, &whole) &&
                           textops_swap(ctx, regex_text(text, whole), args[1].s));
}

static bool ends_line(kl_span match) { return match.s[match.n - 1] == '\n' || match.s[match.n - 1] == '\r'; }

/* -1 at a match of nothing too, what was found before it is replaced all the same. "At once": only the part's start
 * begins a line for a search. */
KSR_FN(textops_replace_all)
{
    kl_span text;
    regex_group whole;
    kl_regex *regex = prepare(ctx, args, &text);
    unsigned flags = 0;
    bool replaced = false;
    text = expression_subject(text);
    while (regex && expression_find_in(ctx, regex, text, flags, 1, &whole)) {
        const kl_span match = regex_text(text, whole);
        if (match.n == 0 || !textops_swap(ctx, match, args[1].s)) return -1;
        text = span_from(text, whole.end);
        flags = (ctx->row->data & TEXTOPS_AT_ONCE) || !ends_line(match) ? REGEX_NOTBOL : 0;
        replaced = true;
    }
    return textops_outcome(replaced);
}

KSR_FN(textops_search_append)
{
    kl_span text;
    regex_group whole;
    kl_regex *regex = prepare(ctx, args, &text);
    if (!regex || !expression_find(ctx, regex, text, 0, 1, &whole)) return -1;
    return textops_outcome(textops_swap(ctx, span_of(text.s + whole.end, 0), args[1].s));
}

/* ---- by a key */

KSR_FN(textops_replace_str)
{
    kl_span text = textops_scope_text(ctx);
    const kl_span key = args[0].s, mode = args[2].s;
    const bool first = !mode.s || (mode.n > 0 && (*mode.s == 'f' || *mode.s == 'F'));
    if (!text.s) return -1;
    /* once one was found in the headers, Kamailio goes on into the body */
    const char *const end = ctx->msg->buf + ctx->msg->len;
    for (const char *at; key.n > 0 && (at = span_search(text, key)) != NULL; text = span_between(at + key.n, end)) {
        if (!textops_swap(ctx, span_of(at, key.n), args[1].s)) return -1;
        if (first) break;
    }
    return 1;
}
