/* value.c: {val.*}, which make something of null, and {num.*}. */
#include "tr.h"

#include "base/text.h"

enum { VAL_ZERO, VAL_EMPTY };

static bool instead_of_null(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    (void)ctx;
    if (!(value->flags & PV_NULL)) return true;
    return step->data == VAL_ZERO ? tr_give_int(value, 0) : tr_give(value, SPAN(""));
}

/* ---- JSON strings (RFC 8259 section 7): bytes over 127 stay, so UTF-8 does */

static size_t json_size(char c)
{
    if (c == '"' || c == '\\' || c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t') return 2;
    return (unsigned char)c < 32 ? 6 : 1;
}

static size_t json_put(char c, char *out)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    size_t size = json_size(c);
    if (size == 1) {
        out[0] = c;
    } else if (size == 2) {
        out[0] = '\\';
        out[1] = to[strchr(from, c) - from];
    } else {
        text_put_hex_digits(text_put(out, SPAN("\\u")), (unsigned char)c, 4);
    }
    return size;
}

/* data 1: with quotes around it, which Kamailio adds only when something was escaped. Ints stay ints. */
static bool json(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    size_t size = 0, n = 0;
    if (value->flags & PV_NULL) return tr_give(value, step->data ? SPAN("\"\"") : SPAN(""));
    if (value->flags & PV_IS_INT) return true;
    if (!tr_bounded(ctx, value, &text)) return false;
    for (size_t i = 0; i < text.n; i++) size += json_size(text.s[i]);
    if (size == text.n) return tr_give(value, text);
    char *room = tr_room(ctx, size + 2);
    if (!room) return false;
    if (step->data) room[n++] = '"';
    for (size_t i = 0; i < text.n; i++) n += json_put(text.s[i], room + n);
    if (step->data) room[n++] = '"';
    return tr_give(value, span_of(room, n));
}

/* ---- digits of an int; anything else counts as 0 */

static bool first_digit(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    (void)ctx, (void)step;
    int64_t i = value->flags & PV_INT ? value->i : 0;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    while (n >= 10) n /= 10;
    return tr_give_int(value, (int64_t)n);
}

/* Keeps the sign. */
static bool last_digit(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    (void)ctx, (void)step;
    return tr_give_int(value, value->flags & PV_INT ? value->i % 10 : 0);
}

static const tr_op ops[] = {
    {"val", "n0", "", instead_of_null, VAL_ZERO},
    {"val", "ne", "", instead_of_null, VAL_EMPTY},
    {"val", "json", "", json, 0},
    {"val", "jsonqe", "", json, 1},
    {"num", "fdigit", "", first_digit, 0},
    {"num", "ldigit", "", last_digit, 0},
};
const tr_family tr_value_family = {ops, sizeof ops / sizeof ops[0]};
