/* escape.c: {s.escape.*}, {s.unescape.*}, {s.urlencode.param} and {s.urldecode.param}. */
#include "tr.h"

#include "base/codec.h"
#include "base/text.h"

static size_t put_percent(char c, char *out)
{
    out[0] = '%';
    text_put_hex_digits(out + 1, (unsigned char)c, 2);
    return 3;
}

/* ---- backslashes: ' " \ and NUL */

static bool escape_common(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0, extra = 0;
    (void)step;
    if (!tr_bounded(ctx, value, &text)) return false;
    for (size_t i = 0; i < text.n; i++) extra += memchr("'\"\\", text.s[i], 4) != NULL;
    if (!(room = tr_room(ctx, text.n + extra))) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];
        if (memchr("'\"\\", c, 4)) room[n++] = '\\';
        room[n++] = c ? c : '0';
    }
    return tr_give(value, span_of(room, n));
}

static bool unescape_common(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0;
    (void)step;
    if (!tr_bounded(ctx, value, &text) || !(room = tr_room(ctx, text.n))) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];
        if (c == '\\' && i + 1 < text.n && memchr("'\"\\0", text.s[i + 1], 4)) {
            c = text.s[++i];
            if (c == '0') c = 0;
        }
        room[n++] = c;
    }
    return tr_give(value, span_of(room, n));
}

/* ---- line ends as two characters; Kamailio refuses the empty text */

static bool escape_crlf(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0, extra = 0;
    (void)step;
    if (!tr_bounded(ctx, value, &text) || text.n == 0) return false;
    for (size_t i = 0; i < text.n; i++) extra += text.s[i] == '\r' || text.s[i] == '\n';
    if (!(room = tr_room(ctx, text.n + extra))) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];
        if (c == '\r' || c == '\n') room[n++] = '\\', c = c == '\r' ? 'r' : 'n';
        room[n++] = c;
    }
    return tr_give(value, span_of(room, n));
}

static bool unescape_crlf(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0;
    (void)step;
    if (!tr_bounded(ctx, value, &text) || text.n == 0 || !(room = tr_room(ctx, text.n))) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];
        if (c == '\\' && i + 1 < text.n && (text.s[i + 1] == 'r' || text.s[i + 1] == 'n'))
            c = text.s[++i] == 'r' ? '\r' : '\n';
        room[n++] = c;
    }
    return tr_give(value, span_of(room, n));
}

/* ---- percent: what stays as it is beside letters and digits */

enum { PLAIN_USER, PLAIN_PARAM, PLAIN_URL };
static const char *const plain[] = {"-_.!~*'()&=+$,;?", "-_.!~*'()[]/:&+$", "-_.~"};

static bool is_plain(char c, const char *more) { return char_is(c, SPAN_DIGIT | SPAN_ALPHA) || (c && strchr(more, c)); }

static bool percent_encode(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    const char *more = plain[step->data];
    size_t n = 0, size = 0;
    if (!tr_bounded(ctx, value, &text)) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];
        if (step->data != PLAIN_URL && (c < 32 || c > 126)) return false;
        size += is_plain(c, more) ? 1 : 3;
    }
    if (!(room = tr_room(ctx, size))) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (is_plain(text.s[i], more)) room[n++] = text.s[i];
        else n += put_percent(text.s[i], room + n);
    }
    return tr_give(value, span_of(room, n));
}

/* Two hex digits at text[at]; -1 when there are none. */
static int hex_pair(kl_span text, size_t at)
{
    if (at + 1 >= text.n) return -1;
    int high = hex_digit(text.s[at]), low = hex_digit(text.s[at + 1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* An escape must be whole and give a printable character. */
static bool percent_decode(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0;
    (void)step;
    if (!tr_bounded(ctx, value, &text) || !(room = tr_room(ctx, text.n))) return false;
    for (size_t i = 0; i < text.n; i++) {
        room[n] = text.s[i];
        if (text.s[i] == '%') {
            int code = hex_pair(text, i + 1);
            if (code < 32 || code > 126) return false;
            room[n] = (char)code;
            i += 2;
        }
        n++;
    }
    return tr_give(value, span_of(room, n));
}

/* What follows a % is taken for two hexadecimal digits whatever it is, as Kamailio does. */
static unsigned loose_digit(char c)
{
    return (unsigned char)(char_is(c, SPAN_DIGIT) ? c - '0' : char_lower(c) - 'a' + 10);
}

/* A % without two bytes behind it is dropped. */
static bool url_decode(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0;
    (void)step;
    if (!tr_bounded(ctx, value, &text) || !(room = tr_room(ctx, text.n))) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '%' && i + 2 < text.n) {
            room[n++] = (char)((loose_digit(text.s[i + 1]) << 4 | loose_digit(text.s[i + 2])) & 0xff);
            i += 2;
        } else if (text.s[i] != '%') {
            room[n++] = text.s[i] == '+' ? ' ' : text.s[i];
        }
    }
    return tr_give(value, span_of(room, n));
}

/* ---- CSV (RFC 4180): in double quotes, those inside doubled */

static bool escape_csv(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    size_t n = 0, quotes = 2;
    (void)step;
    if (!tr_bounded(ctx, value, &text)) return false;
    for (size_t i = 0; i < text.n; i++) quotes += text.s[i] == '"';
    if (!(room = tr_room(ctx, text.n + quotes))) return false;
    room[n++] = '"';
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '"') room[n++] = '"';
        room[n++] = text.s[i];
    }
    room[n++] = '"';
    return tr_give(value, span_of(room, n));
}

static const tr_op ops[] = {
    {"s", "escape.common", "", escape_common, 0},
    {"s", "unescape.common", "", unescape_common, 0},
    {"s", "escape.crlf", "", escape_crlf, 0},
    {"s", "unescape.crlf", "", unescape_crlf, 0},
    {"s", "escape.user", "", percent_encode, PLAIN_USER},
    {"s", "unescape.user", "", percent_decode, 0},
    {"s", "escape.param", "", percent_encode, PLAIN_PARAM},
    {"s", "unescape.param", "", percent_decode, 0},
    {"s", "escape.csv", "", escape_csv, 0},
    {"s", "urlencode.param", "", percent_encode, PLAIN_URL},
    {"s", "urldecode.param", "", url_decode, 0},
};
const tr_family tr_escape_family = {ops, sizeof ops / sizeof ops[0]};
