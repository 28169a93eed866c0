/* search.c: regular expressions over the message, its headers and texts; lists in a text. */
#include "core/expression.h"
#include "sip/edit.h"
#include "textops.h"

static int found(kl_ctx *ctx, kl_regex *regex, kl_span text)
{
    return textops_outcome(regex && expression_matches(ctx, regex, text));
}

KSR_FN(textops_search)
{
    if (span_empty(args[0].s)) return 1;
    return found(ctx, expression_use(ctx, args[0].s, TEXTOPS_REGEX), span_of(ctx->msg->buf, ctx->msg->len));
}

KSR_FN(textops_search_body)
{
    if (span_empty(args[0].s)) return 1;
    if (span_empty(ctx->msg->body)) return -1;
    return found(ctx, expression_use(ctx, args[0].s, TEXTOPS_REGEX), ctx->msg->body);
}

KSR_FN(textops_search_str)
{
    if (span_empty(args[1].s)) return 2;
    kl_regex *regex = span_empty(args[0].s) ? NULL : expression_use(ctx, args[1].s, TEXTOPS_REGEX);
    return regex ? found(ctx, regex, args[0].s) : -2;
}

/* ---- headers of one name */

#define MAX_NAME 252

const sip_hdr *textops_first_named(kl_ctx *ctx, kl_span name)
{
    return span_empty(name) || name.n > MAX_NAME ? NULL : msg_hdr_named(ctx->msg, name);
}

textops_which textops_which_of(kl_span flags)
{
    const char c = span_empty(flags) ? 0 : *flags.s;
    return c == 'f' ? TEXTOPS_FIRST : c == 'l' ? TEXTOPS_LAST : TEXTOPS_EACH;
}

KSR_FN(textops_search_hf)
{
    const textops_which which = textops_which_of(args[2].s);
    kl_regex *regex = span_empty(args[1].s) ? NULL : expression_use(ctx, args[1].s, TEXTOPS_REGEX);
    const sip_hdr *hdr = regex ? textops_first_named(ctx, args[0].s) : NULL, *next;
    for (; hdr; hdr = next) {
        next = which == TEXTOPS_FIRST ? NULL : msg_hdr_next(ctx->msg, hdr);
        if (which == TEXTOPS_LAST && next) continue;
        if (expression_matches(ctx, regex, hdr_body(hdr))) return 1;
    }
    return -1;
}

/* ---- names of headers */

/* NULL, too, where the headers cannot be parsed to the end. */
static kl_regex *name_pattern(kl_ctx *ctx, kl_span pattern)
{
    return ctx->msg->hdrs_bad ? NULL : expression_use(ctx, pattern, TEXTOPS_REGEX);
}

KSR_FN(textops_is_present_hf_re)
{
    kl_regex *regex = name_pattern(ctx, args[0].s);
    if (!regex) return -1;
    for (const sip_hdr *hdr = ctx->msg->hdrs, *end = hdr + ctx->msg->hdr_count; hdr < end; hdr++)
        if (expression_matches(ctx, regex, hdr_name(hdr))) return 1;
    return -1;
}

/* skip may be NULL. */
static int remove_named(kl_ctx *ctx, kl_regex *regex, kl_regex *skip)
{
    bool removed = false;
    if (!regex) return -1;
    for (const sip_hdr *hdr = ctx->msg->hdrs, *end = hdr + ctx->msg->hdr_count; hdr < end; hdr++) {
        if (!expression_matches(ctx, regex, hdr_name(hdr)) || (skip && expression_matches(ctx, skip, hdr_name(hdr))))
            continue;
        if (!edit_remove(ctx->msg, hdr)) return -1;
        removed = true;
    }
    return textops_outcome(removed);
}

KSR_FN(textops_remove_hf_re) { return remove_named(ctx, name_pattern(ctx, args[0].s), NULL); }

KSR_FN(textops_remove_hf_exp)
{
    kl_regex *regex = name_pattern(ctx, args[0].s), *skip = regex ? name_pattern(ctx, args[1].s) : NULL;
    return skip ? remove_named(ctx, regex, skip) : -1;
}

/* ---- a group of a match, into a variable */

static const pv_spec *target(kl_ctx *ctx, kl_span name)
{
    const pv_spec *spec = span_empty(name) ? NULL : pv_lookup(ctx, name);
    if (spec && pv_is_writable(spec)) return spec;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: not a variable to write to: %.*s", ctx->row->name,
               (int)(name.n > 128 ? 128 : name.n), name.n ? name.s : "");
    return NULL;
}

int textops_store(kl_ctx *ctx, kl_span name, kl_span text)
{
    pv_value value;
    const pv_spec *spec = target(ctx, name);
    if (text.s) pv_str(&value, text);
    else pv_null(&value);
    return textops_outcome(spec && pv_set(ctx, spec, &value));
}

KSR_FN(textops_regex_substring)
{
    regex_group groups[REGEX_MAX_GROUPS + 1];
    const int64_t index = args[2].i, count = args[3].i;
    if (index > count - 1 || index > REGEX_MAX_GROUPS || !target(ctx, args[4].s)) return -1;
    kl_regex *regex = span_empty(args[1].s) ? NULL : expression_use(ctx, args[1].s, 0);
    if (!regex) return -1;
    if (!expression_find(ctx, regex, args[0].s, 0, index < 0 ? 0 : (size_t)index + 1, groups)) return -2;
    if (index < 0) return textops_store(ctx, args[4].s, SPAN_NULL); /* there is no such group: null, and good */
    const kl_span text = regex_text(args[0].s, groups[index]);
    return text.n > 0 ? textops_store(ctx, args[4].s, text) : -1;
}

/* ---- lists */

/* An item at the front of *list, trimmed. */
static bool take_item(kl_span *list, char separator, kl_span *item)
{
    if (!list->s) return false;
    const char *end = span_find(*list, separator);
    *item = span_trim(end ? span_between(list->s, end) : *list);
    *list = end ? span_between(end + 1, list->s + list->n) : SPAN_NULL;
    return true;
}

static bool is_item(kl_span subject, kl_span item) { return span_eq(subject, item); }
static bool begins_with_item(kl_span subject, kl_span item) { return span_starts(subject, item); }

static int search_list(const kl_value *args, bool (*fits)(kl_span subject, kl_span item))
{
    kl_span list = args[1].s, item;
    if (span_empty(args[0].s) || span_empty(list) || span_empty(args[2].s)) return -1;
    while (take_item(&list, *args[2].s.s, &item))
        if (item.n > 0 && fits(args[0].s, item)) return 1;
    return -1;
}

KSR_FN(textops_in_list) { return search_list(args, is_item); }

KSR_FN(textops_in_list_prefix) { return search_list(args, begins_with_item); }
