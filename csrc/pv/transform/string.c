/* string.c: {s.*} that measure a text or give a part of it: no copies are made. */
#include "tr.h"

static bool len(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    (void)step;
    return tr_text(ctx, value, &text) && tr_give_int(value, (int64_t)text.n);
}

/* All of the text as a signed number; signs alone and the empty text are 0. */
static bool whole_number(kl_span text, int64_t *out)
{
    uint64_t n = 0;
    bool minus = text.n && text.s[0] == '-';
    if (minus || (text.n && text.s[0] == '+')) text = span_from(text, 1);
    if (text.n && !span_uint(text, (uint64_t)INT64_MAX + minus, &n)) return false;
    *out = (int64_t)(minus ? 0 - n : n);
    return true;
}

/* data 0: {s.int} keeps the text beside the number; 1: {s.intv} prints the number. */
static bool to_int(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t i = value->i;
    if (!tr_text(ctx, value, &text)) return false;
    if (!(value->flags & PV_INT) && !whole_number(text, &i)) return false;
    if (step->data) pv_int(value, i);
    else pv_int_text(value, i, text);
    return true;
}

static bool substr(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t offset, length, size;
    if (!tr_text(ctx, value, &text) || !tr_int(ctx, &step->params[0], &offset) ||
        !tr_int(ctx, &step->params[1], &length))
        return false;
    size = (int64_t)text.n;
    if (offset < 0) offset = offset < -size ? size : offset + size;
    if (offset >= size || length < 0) return false;
    if (length == 0 || length > size - offset) length = size - offset;
    return length <= TR_BUFFER && tr_give(value, span_of(text.s + offset, (size_t)length));
}

/* ---- fields between separators */

static bool is_ws(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The next separator; NULL when there is none. separator -1: any white space. */
static const char *find_separator(kl_span text, int separator)
{
    if (separator >= 0) return span_find(text, (char)separator);
    for (size_t i = 0; i < text.n; i++)
        if (is_ws(text.s[i])) return text.s + i;
    return NULL;
}

/* The index-th field, separators at both ends give empty ones; empty when there is none. */
static kl_span field(kl_span text, int64_t index, int separator)
{
    const char *end = span_end(text), *place;
    if (index < 0) {
        int64_t fields = 1;
        for (kl_span rest = text; (place = find_separator(rest, separator)) != NULL; fields++)
            rest = span_between(place + 1, end);
        index += fields;
        if (index < 0) return SPAN("");
    }
    for (; (place = find_separator(text, separator)) != NULL; index--) {
        if (index == 0) return span_between(text.s, place);
        text = span_between(place + 1, end);
    }
    return index == 0 ? text : SPAN("");
}

static bool select_field(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t index;
    if (!tr_text(ctx, value, &text) || !tr_int(ctx, &step->params[0], &index)) return false;
    int separator = tr_has(step, 1) ? (unsigned char)step->params[1].s.s[0] : -1;
    text = field(text, index, separator);
    return text.n <= TR_BUFFER && tr_give(value, text);
}

/* ---- cutting at a count or at a character */

/* data 1: from the end. */
static bool strip(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t count;
    if (!tr_text(ctx, value, &text) || !tr_int(ctx, &step->params[0], &count)) return false;
    size_t cut = count <= 0 ? 0 : (uint64_t)count > text.n ? text.n : (size_t)count;
    text = span_of(text.s + (step->data ? 0 : cut), text.n - cut);
    return text.n <= TR_BUFFER && tr_give(value, text);
}

enum { CUT_TO, CUT_BEFORE, CUT_AFTER, CUT_RBEFORE, CUT_RAFTER };

/* Kamailio's rbefore and rafter look behind the end of the text; these do what its manual says. */
static bool cut_at(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char c;
    if (!tr_bounded(ctx, value, &text) || !tr_char(ctx, &step->params[0], &c)) return false;
    bool last = step->data == CUT_RBEFORE || step->data == CUT_RAFTER,
         before = step->data == CUT_BEFORE || step->data == CUT_RBEFORE;
    bool (*const give)(pv_value *, kl_span) = step->data == CUT_TO ? tr_give : tr_keep;
    const char *place = last ? span_rfind(text, c) : span_find(text, c), *end = span_end(text);
    if (!place) return give(value, before ? text : SPAN(""));
    if (before) return give(value, span_between(text.s, place));
    return give(value, span_between(place + (step->data != CUT_TO), end));
}

static bool count(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char c;
    int64_t n = 0;
    if (!tr_text(ctx, value, &text) || !tr_char(ctx, &step->params[0], &c)) return false;
    for (size_t i = 0; i < text.n; i++) n += text.s[i] == c;
    return tr_give_int(value, n);
}

/* ---- one character */

static bool place_of(kl_ctx *ctx, const tr_step *step, const pv_value *value, kl_span *text, int64_t *at)
{
    if (!tr_text(ctx, value, text) || !tr_int(ctx, &step->params[0], at)) return false;
    if (*at < 0 || (uint64_t)*at >= text->n) *at = -1;
    return true;
}

static bool charat(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t at;
    if (!place_of(ctx, step, value, &text, &at)) return false;
    return tr_give(value, at < 0 ? SPAN("") : span_of(text.s + at, 1));
}

/* The byte is signed, as in Kamailio on the machines it mostly runs on. */
static bool byteat(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t at;
    if (!place_of(ctx, step, value, &text, &at)) return false;
    if (at >= 0) return tr_give_int(value, (signed char)text.s[at]);
    pv_int_text(value, -1, SPAN(""));
    return true;
}

/* ---- blanks and wrappers around a text */

enum { TRIM_LEFT = 1, TRIM_RIGHT = 2 };

static bool trim(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    if (!tr_bounded(ctx, value, &text)) return false;
    while ((step->data & TRIM_LEFT) && text.n && is_ws(text.s[0])) text = span_from(text, 1);
    while ((step->data & TRIM_RIGHT) && text.n && is_ws(text.s[text.n - 1])) text.n--;
    return tr_keep(value, text);
}

/* A pair from `pairs` (opening and closing in turn) around the text goes. Under two characters the value stays what it
 * was, an int too. */
static bool unwrap(kl_ctx *ctx, pv_value *value, const char *pairs)
{
    kl_span text;
    if (!tr_bounded(ctx, value, &text)) return false;
    if (text.n < 2) return true;
    for (; *pairs; pairs += 2)
        if (text.s[0] == pairs[0] && text.s[text.n - 1] == pairs[1])
            return tr_keep(value, span_of(text.s + 1, text.n - 2));
    return tr_keep(value, text);
}

static bool unquote(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    (void)step;
    return unwrap(ctx, value, "\"\"''");
}

static bool unbracket(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    (void)step;
    return unwrap(ctx, value, "()[]{}<>");
}

static const tr_op ops[] = {
    {"s", "len", "", len, 0},
    {"s", "int", "", to_int, 0},
    {"s", "intv", "", to_int, 1},
    {"s", "substr", "ii", substr, 0},
    {"s", "select", "ix", select_field, 0},
    {"s", "selectsw", "i", select_field, 0},
    {"s", "strip", "i", strip, 0},
    {"s", "striptail", "i", strip, 1},
    {"s", "stripto", "c", cut_at, CUT_TO},
    {"s", "before", "C", cut_at, CUT_BEFORE},
    {"s", "after", "C", cut_at, CUT_AFTER},
    {"s", "rbefore", "C", cut_at, CUT_RBEFORE},
    {"s", "rafter", "C", cut_at, CUT_RAFTER},
    {"s", "count", "C", count, 0},
    {"s", "charat", "i", charat, 0},
    {"s", "byteat", "i", byteat, 0},
    {"s", "trim", "", trim, TRIM_LEFT | TRIM_RIGHT},
    {"s", "ltrim", "", trim, TRIM_LEFT},
    {"s", "rtrim", "", trim, TRIM_RIGHT},
    {"s", "unquote", "", unquote, 0},
    {"s", "unbracket", "", unbracket, 0},
};
const tr_family tr_string_family = {ops, sizeof ops / sizeof ops[0]};
