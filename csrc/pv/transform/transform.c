/* transform.c: "{class.op,param}{...}" into steps (pv-grammar.md, 1), and running them. */
#include "transform.h"

#include "tr.h"

static const tr_family *const families[] = {
    &tr_string_family, &tr_rewrite_family,  &tr_encode_family, &tr_escape_family, &tr_digest_family, &tr_uri_family,
    &tr_params_family, &tr_nameaddr_family, &tr_line_family,   &tr_value_family,  &tr_sock_family,   &tr_re_family,
};

static const tr_op *find_op(kl_span klass, kl_span name)
{
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        for (size_t i = 0; i < families[f]->count; i++) {
            const tr_op *op = &families[f]->ops[i];
            if (span_eq(klass, span_text(op->klass)) && span_eqi(name, span_text(op->name))) return op;
        }
    return NULL;
}

/* ---- parameters. Each takes what it needs from the front of *rest. */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_space(char c) { return is_blank(c) || c == '\r' || c == '\n'; }

static void skip_space(kl_span *rest)
{
    while (rest->n && is_space(rest->s[0])) *rest = span_from(*rest, 1);
}

static bool take_pv(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    out->kind = TR_PARAM_PV;
    out->pv = pv_parse_prefix(ctx, rest);
    return out->pv != NULL;
}

/* "-" alone is 0, and blanks may follow the sign: both as in Kamailio. */
static bool take_number(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    skip_space(rest);
    if (rest->n && rest->s[0] == '$') return take_pv(ctx, rest, out);
    bool minus = rest->n && rest->s[0] == '-', sign = minus || (rest->n && rest->s[0] == '+');
    if (sign) *rest = span_from(*rest, 1);
    if (sign) skip_space(rest);
    if (rest->n == 0 || (!sign && !char_is(rest->s[0], SPAN_DIGIT))) return false;
    out->kind = TR_PARAM_INT;
    out->i = 0;
    size_t used = char_is(rest->s[0], SPAN_DIGIT) ? span_int_prefix(*rest, &out->i) : 0;
    if (minus) out->i = -out->i;
    *rest = span_from(*rest, used);
    return true;
}

/* Leading blanks are skipped, trailing ones belong to the text. */
static bool take_text(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    size_t n = 0;
    skip_space(rest);
    if (rest->n && rest->s[0] == '$') return take_pv(ctx, rest, out);
    while (n < rest->n && !memchr(",}\t\n", rest->s[n], 4)) n++;
    out->kind = TR_PARAM_STR;
    out->s = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return true;
}

static bool take_escaped_text(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    if (!take_text(ctx, rest, out)) return false;
    if (out->kind == TR_PARAM_PV || !span_find(out->s, '\\')) return true;
    char *copy = pv_cache_alloc(ctx->pvs, out->s.n);
    size_t n = 0;
    if (!copy) return false;
    for (size_t i = 0; i < out->s.n; i++) {
        char c = out->s.s[i];
        if (c == '\\' && i + 1 < out->s.n) {
            c = out->s.s[++i];
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
        }
        copy[n++] = c;
    }
    out->s = span_of(copy, n);
    return true;
}

/* Kamailio reads one character past an empty parameter, which is the brace: {s.after,} cuts at '}'. */
static bool take_char(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    if (!take_text(ctx, rest, out)) return false;
    if (out->kind == TR_PARAM_STR && out->s.n == 0) out->s = SPAN("}");
    return true;
}

static bool take_lone(kl_span *rest, tr_param *out)
{
    out->kind = TR_PARAM_STR;
    out->s = span_of(rest->s, 1);
    *rest = span_from(*rest, 1);
    return true;
}

static bool take_char_or_comma(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    if (rest->n > 1 && rest->s[0] == ',' && rest->s[1] == '}') return take_lone(rest, out);
    return take_char(ctx, rest, out);
}

/* A delimiter is one character, blanks included; only some operations take a comma or a pv for it. */
static bool take_delimiter(kl_ctx *ctx, kl_span *rest, tr_param *out, bool wide)
{
    if (rest->n < 2) return false;
    if (rest->s[0] == '$') return wide && take_pv(ctx, rest, out);
    if (rest->s[1] != '}' || rest->s[0] == '}' || (rest->s[0] == ',' && !wide)) return false;
    return take_lone(rest, out);
}

static bool take_separator(kl_span *rest, tr_param *out)
{
    if (rest->n > 1 && !memchr("\\}", rest->s[0], 2) && rest->s[1] == '}') return take_lone(rest, out);
    if (rest->n < 3 || rest->s[0] != '\\' || rest->s[2] != '}') return false;
    switch (rest->s[1]) {
    case 'n': out->s = SPAN("\n"); break;
    case 'r': out->s = SPAN("\r"); break;
    case 't': out->s = SPAN("\t"); break;
    case '\\': out->s = SPAN("\\"); break;
    default: return false;
    }
    out->kind = TR_PARAM_STR;
    *rest = span_from(*rest, 2);
    return true;
}

/* All up to the brace that closes the transformation. */
static bool take_whole(kl_ctx *ctx, kl_span *rest, tr_param *out)
{
    size_t n = 0;
    if (rest->n && rest->s[0] == '$') return take_pv(ctx, rest, out);
    for (int depth = 0; n < rest->n && (depth > 0 || rest->s[n] != '}'); n++)
        if (rest->s[n] == '{') depth++;
        else if (rest->s[n] == '}') depth--;
    out->kind = TR_PARAM_STR;
    out->s = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return true;
}

static bool take_param(kl_ctx *ctx, char letter, kl_span *rest, tr_param *out)
{
    switch (letter) {
    case 'i': return take_number(ctx, rest, out);
    case 's': return take_text(ctx, rest, out);
    case 'e': return take_escaped_text(ctx, rest, out);
    case 'c': return take_char(ctx, rest, out);
    case 'C': return take_char_or_comma(ctx, rest, out);
    case 'd': return take_delimiter(ctx, rest, out, false);
    case 'D': return take_delimiter(ctx, rest, out, true);
    case 'x': return take_separator(rest, out);
    case 'r': return take_whole(ctx, rest, out);
    default: return false;
    }
}

/* ",param" for each letter of args, then the closing brace. */
static bool parse_params(kl_ctx *ctx, kl_span *rest, const char *args, tr_step *step)
{
    bool optional = false;
    for (; *args; args++) {
        if (*args == '?') {
            optional = true;
            continue;
        }
        if (rest->n == 0 || rest->s[0] != ',') break;
        *rest = span_from(*rest, 1);
        if (!take_param(ctx, *args, rest, &step->params[step->param_count])) return false;
        step->param_count++;
        skip_space(rest);
    }
    return (!*args || optional) && rest->n && rest->s[0] == '}';
}

/* ---- one transformation, then all */

static tr_step *parse_step(kl_ctx *ctx, kl_span *rest)
{
    kl_span inner = span_from(*rest, 1);
    const char *dot = span_find(inner, '.');
    if (!dot) return NULL;
    kl_span klass = span_between(inner.s, dot);
    inner = span_from(inner, klass.n + 1);
    size_t n = 0;
    while (n < inner.n && inner.s[n] != ',' && inner.s[n] != '}') n++;
    const tr_op *op = find_op(klass, span_trim(span_of(inner.s, n)));
    tr_step *step = op ? pv_cache_alloc(ctx->pvs, sizeof *step) : NULL;
    if (!step) return NULL;
    memset(step, 0, sizeof *step);
    step->run = op->run;
    step->data = op->data;
    inner = span_from(inner, n);
    if (!parse_params(ctx, &inner, op->args, step)) return NULL;
    *rest = span_from(inner, 1);
    return step;
}

bool tr_parse(kl_ctx *ctx, kl_span text, const tr_step **out)
{
    tr_step *first = NULL, *last = NULL;
    kl_span rest = text;
    *out = NULL;
    while (rest.n && rest.s[0] == '{') {
        tr_step *step = parse_step(ctx, &rest);
        if (!step) break;
        if (last) last->next = step;
        else first = step;
        last = step;
        while (rest.n && is_blank(rest.s[0])) rest = span_from(rest, 1);
    }
    if (!first || rest.n) {
        ctx_misuse(ctx, KL_LOG_ERR, "bad transformation at \"%.*s\"", (int)(rest.n > 256 ? 256 : rest.n),
                   rest.n ? rest.s : "");
        return false;
    }
    *out = first;
    return true;
}

bool tr_run(kl_ctx *ctx, const tr_step *steps, pv_value *value)
{
    for (const tr_step *step = steps; step; step = step->next) {
        ctx_work(ctx, 4 + (value->flags & PV_STR ? value->s.n / 8 : 0)); /* a digest takes most */
        if (!step->run(ctx, step, value)) return false;
    }
    return true;
}

/* ---- parameters at run time */

bool tr_int(kl_ctx *ctx, const tr_param *param, int64_t *out)
{
    pv_value value;
    if (param->kind == TR_PARAM_INT) {
        *out = param->i;
        return true;
    }
    if (param->kind != TR_PARAM_PV || !pv_get(ctx, param->pv, &value) || !(value.flags & PV_INT)) return false;
    *out = value.i;
    return true;
}

bool tr_str(kl_ctx *ctx, const tr_param *param, kl_span *out)
{
    pv_value value;
    if (param->kind == TR_PARAM_STR) {
        *out = param->s;
        return true;
    }
    return param->kind == TR_PARAM_PV && pv_get(ctx, param->pv, &value) && tr_text(ctx, &value, out) && out->n > 0;
}
