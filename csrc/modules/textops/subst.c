/* subst.c: "/regex/replacement/flags" over parts of the message, the Request-URI and texts (pv/subst.h). */
#include "core/line.h"
#include "pv/subst.h"

#include "textops.h"

#define MAX_URI 1024

/* ---- what waits in the list of edits: nothing of it if one match fails */

typedef struct change {
    struct change *next;
    kl_span piece, text;
} change;

/* Matches in walk->rest, added behind *last. False: one failed. */
static bool collect(kl_ctx *ctx, subst_walk *walk, change ***last)
{
    kl_span with;
    int found;
    while ((found = subst_next(ctx, walk, &with)) > 0) {
        change *made = arena_alloc(ctx->scratch, sizeof *made);
        if (!made) return false;
        *made = (change){.piece = walk->match, .text = with};
        **last = made;
        *last = &made->next;
    }
    return found == 0;
}

static bool apply(kl_ctx *ctx, const change *made)
{
    for (; made; made = made->next)
        if (!textops_swap(ctx, made->piece, made->text)) return false;
    return true;
}

/* A header's value stays one. */
static bool are_lines(kl_ctx *ctx, const change *made)
{
    while (made && line_good(ctx, made->text)) made = made->next;
    return !made;
}

KSR_FN(textops_subst)
{
    subst_expr expr;
    subst_walk walk;
    change *first = NULL, **last = &first;
    const kl_span text = textops_scope_text(ctx);
    if (!subst_parse(ctx, args[0].s, &expr) || !text.s || !subst_begin(ctx, &expr, text, &walk)) return -1;
    return textops_outcome(collect(ctx, &walk, &last) && first && apply(ctx, first));
}

KSR_FN(textops_subst_hf)
{
    subst_expr expr;
    subst_walk walk;
    bool changed = false;
    const textops_which which = textops_which_of(args[2].s);
    if (!subst_parse(ctx, args[1].s, &expr) || !subst_begin(ctx, &expr, SPAN_NULL, &walk)) return -1;
    for (const sip_hdr *hdr = textops_first_named(ctx, args[0].s), *next; hdr; hdr = next) {
        change *first = NULL, **last = &first;
        next = which == TEXTOPS_FIRST ? NULL : msg_hdr_next(ctx->msg, hdr);
        if (which == TEXTOPS_LAST && next) continue;
        subst_again(&walk, hdr_body(hdr));
        if (!collect(ctx, &walk, &last) || !are_lines(ctx, first) || !apply(ctx, first)) return -1;
        changed = changed || first;
    }
    return textops_outcome(changed);
}

/* ---- at once */

KSR_FN(textops_subst_uri)
{
    kl_span uri;
    if (!ctx->msg->is_request || subst_text(ctx, args[0].s, msg_current_uri(ctx->msg), MAX_URI, &uri) <= 0) return -1;
    return textops_outcome(msg_set_uri(ctx->msg, uri) || line_refused(ctx, uri));
}

KSR_FN(textops_subst_user)
{
    kl_span user;
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    if (!uri || subst_text(ctx, args[0].s, uri->user, MAX_URI, &user) <= 0) return -1;
    return textops_outcome(msg_set_user(ctx->msg, user) || line_refused(ctx, user));
}

KSR_FN(textops_subst_v)
{
    kl_span text;
    if (!args[0].s.s || subst_text(ctx, args[1].s, args[0].s, TEXTOPS_MAX_TEXT, &text) <= 0) return -1;
    return textops_store(ctx, args[2].s, text);
}
