/* rewrite.c: {s.*} that write a new text: replacing, dropping, changing case, lists of prefixes, wrapping lines, times.
 */
#include "tr.h"

#include <time.h>

#include "base/calendar.h"

/* ---- replacing */

static size_t occurrences(kl_span text, kl_span match)
{
    size_t n = 0;
    for (const char *at; match.n && (at = span_search(text, match)) != NULL; n++)
        text = span_between(at + match.n, text.s + text.n);
    return n;
}

static bool put_instead(kl_ctx *ctx, pv_value *value, kl_span text, kl_span match, kl_span with)
{
    size_t found = occurrences(text, match);
    if (found == 0) return tr_give(value, text);
    /* both factors are far below 2^32: bounded texts, and parameters inside the cache's limit */
    size_t size = text.n - found * match.n + found * with.n;
    char *room = tr_room(ctx, size), *p = room;
    if (!room) return false;
    for (; found; found--) {
        const char *at = span_search(text, match);
        p = (char *)memcpy(p, text.s, (size_t)(at - text.s)) + (at - text.s);
        if (with.n) p = (char *)memcpy(p, with.s, with.n) + with.n;
        text = span_between(at + match.n, text.s + text.n);
    }
    if (text.n) memcpy(p, text.s, text.n);
    return tr_give(value, span_of(room, size));
}

static bool replace(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, match, with;
    return tr_bounded(ctx, value, &text) && tr_str(ctx, &step->params[0], &match) &&
           tr_str(ctx, &step->params[1], &with) && put_instead(ctx, value, text, match, with);
}

static bool rm(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, match;
    return tr_bounded(ctx, value, &text) && tr_str(ctx, &step->params[0], &match) &&
           put_instead(ctx, value, text, match, SPAN(""));
}

/* ---- one pass over the bytes; the result is never longer */

typedef size_t (*pass)(kl_span text, char *out);

static size_t keep_digits(kl_span text, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (char_is(text.s[i], SPAN_DIGIT)) out[n++] = text.s[i];
    return n;
}

static size_t lower(kl_span text, char *out)
{
    for (size_t i = 0; i < text.n; i++) out[i] = char_lower(text.s[i]);
    return text.n;
}

static size_t upper(kl_span text, char *out)
{
    for (size_t i = 0; i < text.n; i++)
        out[i] = (char)(text.s[i] >= 'a' && text.s[i] <= 'z' ? text.s[i] - 32 : text.s[i]);
    return text.n;
}

static bool is_break(char c) { return c == '\r' || c == '\n'; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static size_t drop_space(kl_span text, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (!is_break(text.s[i]) && !is_blank(text.s[i])) out[n++] = text.s[i];
    return n;
}

/* Line breaks go; the blanks behind one become one space, or go too. */
static size_t unfold(kl_span text, char *out, bool space)
{
    size_t n = 0, i = 0;
    while (i < text.n) {
        if (!is_break(text.s[i])) {
            out[n++] = text.s[i++];
            continue;
        }
        while (i < text.n && is_break(text.s[i])) i++;
        if (space && i < text.n && is_blank(text.s[i])) out[n++] = ' ';
        while (i < text.n && is_blank(text.s[i])) i++;
    }
    return n;
}

static size_t unfold_to_space(kl_span text, char *out) { return unfold(text, out, true); }
static size_t unfold_to_nothing(kl_span text, char *out) { return unfold(text, out, false); }

enum { PASS_DIGITS, PASS_LOWER, PASS_UPPER, PASS_SPACE, PASS_UNFOLD, PASS_UNFOLD_ALL };
static const pass passes[] = {keep_digits, lower, upper, drop_space, unfold_to_space, unfold_to_nothing};

static bool one_pass(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    if (!tr_bounded(ctx, value, &text) || !(room = tr_room(ctx, text.n))) return false;
    return tr_give(value, span_of(room, passes[step->data](text, room)));
}

/* ---- prefixes: "123" is 1,12,123; data 1 puts each in single quotes */

static bool prefixes(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t max;
    size_t quote = (size_t)step->data;
    if (!tr_text(ctx, value, &text) || !tr_int_or(ctx, step, 0, 0, &max)) return false;
    size_t longest = max > 0 && (uint64_t)max < text.n ? (size_t)max : text.n;
    if (longest > TR_BUFFER) return false;
    size_t size = longest * (longest + 1) / 2 + longest * (1 + 2 * quote);
    char *room = tr_room(ctx, size), *p = room;
    if (!room) return false;
    for (size_t n = 1; n <= longest; n++) {
        if (n > 1) *p++ = ',';
        if (quote) *p++ = '\'';
        p = (char *)memcpy(p, text.s, n) + n;
        if (quote) *p++ = '\'';
    }
    return tr_give(value, span_between(room, p));
}

/* ---- fmtlines, fmtlinet: a line break after every n characters, m spaces or tabs (data) before each further line.
 * Kamailio breaks at the wrong places; this is what its manual says. */
static bool fmtlines(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t width, indent;
    if (!tr_bounded(ctx, value, &text) || !tr_int(ctx, &step->params[0], &width) ||
        !tr_int(ctx, &step->params[1], &indent))
        return false;
    if (width <= 0 || indent < 0 || indent > TR_BUFFER) return false;
    size_t line = width > TR_BUFFER ? TR_BUFFER : (size_t)width, breaks = text.n ? (text.n - 1) / line : 0;
    size_t size = text.n + breaks * (2 + (size_t)indent);
    char *room = tr_room(ctx, size), *p = room;
    if (!room) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (i && i % line == 0) {
            *p++ = '\r', *p++ = '\n';
            p = (char *)memset(p, (int)step->data, (size_t)indent) + indent;
        }
        *p++ = text.s[i];
    }
    return tr_keep(value, span_of(room, size));
}

/* ---- ftime: seconds since the epoch in local time through strftime */

#define FTIME_MAX 4096

/* strftime gives 0 for "too long" and for an empty result alike, so one more character is asked for and cut off. */
static bool format_time(kl_ctx *ctx, kl_span format, time_t when, kl_span *out)
{
    struct tm parts;
    char *pattern = tr_room(ctx, format.n + 2), *room = tr_room(ctx, FTIME_MAX);
    if (!pattern || !room || memchr(format.s, 0, format.n) || !localtime_r(&when, &parts)) return false;
    memcpy(pattern, format.s, format.n);
    memcpy(pattern + format.n, ".", 2);
    size_t n = calendar_format(room, FTIME_MAX, pattern, &parts);
    *out = span_of(room, n - 1);
    return n > 0;
}

static bool ftime_of(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, format;
    uint64_t seconds = 0;
    int64_t when = value->i;
    if (!tr_text(ctx, value, &text) || !tr_str(ctx, &step->params[0], &format)) return false;
    if (!(value->flags & PV_INT)) {
        if (text.n && !span_uint(text, INT64_MAX, &seconds)) return false;
        when = (int64_t)seconds;
    }
    return format_time(ctx, format, (time_t)when, &text) && tr_keep(value, text);
}

static const tr_op ops[] = {
    {"s", "replace", "ss", replace, 0},
    {"s", "rm", "e", rm, 0},
    {"s", "numeric", "", one_pass, PASS_DIGITS},
    {"s", "tolower", "", one_pass, PASS_LOWER},
    {"s", "toupper", "", one_pass, PASS_UPPER},
    {"s", "rmws", "", one_pass, PASS_SPACE},
    {"s", "rmhdws", "", one_pass, PASS_UNFOLD},
    {"s", "rmhlws", "", one_pass, PASS_UNFOLD_ALL},
    {"s", "prefixes", "?i", prefixes, 0},
    {"s", "prefixes.quoted", "?i", prefixes, 1},
    {"s", "fmtlines", "ii", fmtlines, ' '},
    {"s", "fmtlinet", "ii", fmtlines, '\t'},
    {"s", "ftime", "s", ftime_of, 0},
};
const tr_family tr_rewrite_family = {ops, sizeof ops / sizeof ops[0]};
