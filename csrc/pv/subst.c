#include "subst.h"

#define MAX_PARTS 100 /* escapes and variables in a replacement */

static bool bad(kl_ctx *ctx, const char *why)
{
    ctx_misuse(ctx, KL_LOG_ERR, "substitution: %s", why);
    return false;
}

/* ---- the expression */

/* What stands before the next separator that has no backslash before it. */
static bool take_part(kl_span *rest, char separator, kl_span *part)
{
    for (size_t n = 0; n < rest->n; n++) {
        if (rest->s[n] != separator || (n > 0 && rest->s[n - 1] == '\\')) continue;
        *part = span_of(rest->s, n);
        *rest = span_from(*rest, n + 1);
        return true;
    }
    return false;
}

static bool take_flags(kl_span text, subst_expr *out)
{
    out->flags = REGEX_NEWLINE;
    out->all = false;
    for (size_t i = 0; i < text.n; i++) switch (text.s[i]) {
        case 'g': out->all = true; break;
        case 'i': out->flags |= REGEX_ICASE; break;
        case 's': out->flags &= ~(unsigned)REGEX_NEWLINE; break;
        default: return false;
        }
    return true;
}

/* Every variable in it has to be one. */
static bool replacement_good(kl_ctx *ctx, kl_span rest)
{
    int parts = 0;
    while (rest.n > 0) {
        const char c = *rest.s;
        if (c == '\\' && rest.n == 1) return false;
        if ((c == '\\' || c == '$') && ++parts > MAX_PARTS) return false;
        if (c == '$' && !pv_parse_prefix(ctx, &rest)) return false;
        if (c != '$') rest = span_from(rest, c == '\\' ? 2 : 1);
    }
    return true;
}

bool subst_parse(kl_ctx *ctx, kl_span text, subst_expr *out)
{
    if (text.n < 3 || *text.s == '\\') return bad(ctx, "wants /regex/replacement/flags");
    kl_span rest = span_from(text, 1);
    if (!take_part(&rest, *text.s, &out->pattern) || !take_part(&rest, *text.s, &out->replacement))
        return bad(ctx, "a separator is missing");
    if (out->pattern.n == 0) return bad(ctx, "nothing to look for");
    if (!take_flags(rest, out)) return bad(ctx, "an unknown flag");
    return replacement_good(ctx, out->replacement) || bad(ctx, "malformed replacement");
}

/* ---- a text in the making, in scratch memory */

typedef struct growing {
    char *s;
    size_t n, cap, limit;
} growing;

static bool grow(kl_ctx *ctx, growing *out, size_t more)
{
    if (more > out->limit - out->n) return false;
    if (out->s && more <= out->cap - out->n) return true;
    size_t cap = out->cap ? out->cap * 2 : 256;
    while (cap - out->n < more) cap *= 2;
    char *s = arena_alloc(ctx->scratch, cap);
    if (!s) return false;
    if (out->n > 0) memcpy(s, out->s, out->n);
    out->s = s;
    out->cap = cap;
    return true;
}

static bool put(kl_ctx *ctx, growing *out, kl_span text)
{
    if (text.n == 0) return true;
    if (!grow(ctx, out, text.n)) return false;
    memcpy(out->s + out->n, text.s, text.n);
    out->n += text.n;
    return true;
}

static kl_span grown(const growing *out) { return span_of(out->s ? out->s : "", out->n); }

/* ---- a replacement */

#define MAX_REPLACEMENT 65535

static bool put_escape(kl_ctx *ctx, const subst_walk *walk, growing *out, char c)
{
    if (char_is(c, SPAN_DIGIT)) return put(ctx, out, regex_text(walk->rest, walk->groups[c - '0']));
    if (c == 'u') return !ctx->msg || put(ctx, out, msg_current_uri(ctx->msg));
    const char itself = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
    return put(ctx, out, span_of(&itself, 1));
}

static bool put_variable(kl_ctx *ctx, growing *out, kl_span *rest)
{
    pv_value value;
    const pv_spec *spec = pv_parse_prefix(ctx, rest);
    if (!spec) return false;
    return !pv_get(ctx, spec, &value) || (value.flags & PV_NULL) || put(ctx, out, pv_text(ctx, &value));
}

/* What a backslash or a dollar begins, at the front of *rest. */
static bool put_special(kl_ctx *ctx, const subst_walk *walk, growing *out, kl_span *rest)
{
    if (*rest->s == '$') return put_variable(ctx, out, rest);
    const char c = rest->s[1];
    *rest = span_from(*rest, 2);
    return put_escape(ctx, walk, out, c);
}

static bool expand(kl_ctx *ctx, const subst_walk *walk, kl_span *with)
{
    kl_span rest = *with = walk->expr->replacement;
    growing out = {.limit = MAX_REPLACEMENT};
    for (bool plain = true; rest.n > 0; plain = false) {
        size_t n = 0;
        while (n < rest.n && rest.s[n] != '\\' && rest.s[n] != '$') n++;
        if (plain && n == rest.n) return true; /* what was written is it */
        if (!put(ctx, &out, span_of(rest.s, n))) return false;
        rest = span_from(rest, n);
        if (rest.n > 0 && !put_special(ctx, walk, &out, &rest)) return false;
    }
    *with = grown(&out);
    return true;
}

/* ---- matches */

bool subst_begin(kl_ctx *ctx, const subst_expr *expr, kl_span text, subst_walk *walk)
{
    walk->expr = expr;
    walk->regex = expression_use(ctx, expr->pattern, expr->flags);
    subst_again(walk, text);
    return walk->regex != NULL;
}

void subst_again(subst_walk *walk, kl_span text)
{
    walk->rest = text.s ? text : SPAN("");
    walk->end = span_end(expression_subject(walk->rest));
    walk->begun = false;
    walk->line_start = true;
}

static size_t groups_wanted(const subst_walk *walk)
{
    return span_find(walk->expr->replacement, '\\') ? REGEX_GROUPS : 1;
}

int subst_next(kl_ctx *ctx, subst_walk *walk, kl_span *with)
{
    if (walk->begun && !walk->expr->all) return 0;
    for (size_t i = 0; i < REGEX_GROUPS; i++) walk->groups[i] = (regex_group){REGEX_UNSET, REGEX_UNSET};
    if (!expression_find_in(ctx, walk->regex, span_between(walk->rest.s, walk->end),
                            walk->line_start ? 0 : REGEX_NOTBOL, groups_wanted(walk), walk->groups))
        return 0;
    walk->begun = true;
    walk->match = regex_text(walk->rest, walk->groups[0]);
    if (walk->match.n == 0) {
        log_print(ctx, KL_LOG_ERR, "substitution: the match is empty");
        return -1;
    }
    uint64_t steps;
    regex_hold(walk->regex, &steps);
    const bool good = expand(ctx, walk, with);
    regex_resume(walk->regex, steps);
    if (!good) return -1;
    walk->rest = span_from(walk->rest, walk->groups[0].end);
    walk->line_start = walk->match.s[walk->match.n - 1] == '\n' || walk->match.s[walk->match.n - 1] == '\r';
    return 1;
}

int subst_text(kl_ctx *ctx, kl_span expr, kl_span text, size_t limit, kl_span *out)
{
    subst_expr parsed;
    subst_walk walk;
    growing result = {.limit = limit};
    kl_span with;
    int found, count = 0;
    if (!subst_parse(ctx, expr, &parsed) || !subst_begin(ctx, &parsed, text, &walk)) return -1;
    for (kl_span before = walk.rest; (found = subst_next(ctx, &walk, &with)) > 0; before = walk.rest, count++)
        if (!put(ctx, &result, span_between(before.s, walk.match.s)) || !put(ctx, &result, with)) return -1;
    if (found < 0) return -1;
    if (count == 0) return 0;
    if (!put(ctx, &result, walk.rest)) return -1;
    *out = grown(&result);
    return 1;
}
