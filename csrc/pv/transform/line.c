/* line.c: {line.*}: the lines of a text, split at LF, their CR not counted in. */
#include "tr.h"

/* Lines, where a LF at the end starts no further one. */
static int64_t count_lines(kl_span text)
{
    int64_t n = text.s[text.n - 1] != '\n';
    for (size_t i = 0; i < text.n; i++) n += text.s[i] == '\n';
    return n;
}

/* Takes the first line off *rest. */
static kl_span take_line(kl_span *rest)
{
    kl_span line = span_cut(rest, '\n');
    if (line.n && line.s[line.n - 1] == '\r') line.n--;
    return line;
}

static bool text_of(kl_ctx *ctx, const pv_value *value, kl_span *text)
{
    return tr_text(ctx, value, text) && text->n > 0;
}

/* A text that carries the number too. */
static bool count(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    pv_value number;
    (void)step;
    if (!text_of(ctx, value, &text)) return false;
    pv_int(&number, count_lines(text));
    text = pv_text(ctx, &number);
    pv_str_int(value, text, number.i);
    return text.s != NULL;
}

static bool at(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, line = SPAN("");
    int64_t index;
    if (!text_of(ctx, value, &text) || !tr_int(ctx, &step->params[0], &index)) return false;
    int64_t lines = count_lines(text);
    if (index < 0) index += lines;
    if (index < 0 || index >= lines) return tr_keep(value, line);
    do line = take_line(&text);
    while (index-- > 0);
    return tr_keep(value, line);
}

static bool starts_with(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, start;
    if (!text_of(ctx, value, &text) || !tr_str(ctx, &step->params[0], &start)) return false;
    while (text.n) {
        kl_span line = take_line(&text);
        if (span_starts(line, start)) return tr_keep(value, line);
    }
    return tr_keep(value, SPAN(""));
}

static const tr_op ops[] = {
    {"line", "count", "", count, 0},
    {"line", "at", "i", at, 0},
    {"line", "sw", "s", starts_with, 0},
};
const tr_family tr_line_family = {ops, sizeof ops / sizeof ops[0]};
