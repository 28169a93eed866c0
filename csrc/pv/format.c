/* format.c: text with pseudo-variables in it (pv-grammar.md, 4): what KSR.xlog prints and lua_run's parameters are made
 * of. */
#include "cache.h"

static size_t count_parts(kl_span text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.n; i++) count += text.s[i] == '$';
    return count;
}

/* Literal text up to the next $, which may be empty. */
static kl_span take_literal(kl_span *rest)
{
    const char *dollar = span_find(*rest, '$');
    kl_span literal = dollar ? span_between(rest->s, dollar) : *rest;
    *rest = span_from(*rest, literal.n);
    return literal;
}

static bool parse_parts(pv_cache *cache, kl_span rest, pv_program *program)
{
    while (rest.n > 0) {
        pv_part *part = &program->parts[program->count++];
        part->literal = take_literal(&rest);
        if (rest.n == 0) return true;
        part->spec = pv_parse_prefix(cache->ctx, &rest);
        if (part->spec == NULL) return false;
    }
    return true;
}

const pv_program *format_parse(pv_cache *cache, kl_span text)
{
    pv_program *program = pv_cache_alloc(cache, sizeof *program);
    if (program == NULL || cache->depth >= PV_MAX_DEPTH) return NULL;
    program->text = pv_cache_copy(cache, text);
    program->parts = pv_cache_alloc(cache, count_parts(text) * sizeof *program->parts);
    if (program->text.s == NULL || program->parts == NULL) return NULL;
    cache->depth++;
    bool good = parse_parts(cache, program->text, program);
    cache->depth--;
    return good ? program : NULL;
}

/* One byte too many at most: then the whole is refused, and its memory stays small. */
static void add_text(kl_buf *out, kl_span text)
{
    buf_add(out, span_of(text.s, text.n > PV_FORMAT_MAX ? PV_FORMAT_MAX + 1 : text.n));
}

/* Null prints <null>, a failure nothing, an int without text of its own its digits. */
static void add_value(kl_ctx *ctx, const pv_spec *spec, kl_buf *out)
{
    pv_value value;
    if (!pv_get(ctx, spec, &value)) return;
    if (value.flags & PV_NULL) buf_add(out, SPAN("<null>"));
    else if (value.flags & PV_STR) add_text(out, value.s);
    else buf_addi(out, value.i);
}

bool format_run(kl_ctx *ctx, const pv_program *program, kl_buf *out)
{
    size_t start = out->n;
    for (size_t i = 0; i < program->count; i++) {
        const pv_part *part = &program->parts[i];
        add_text(out, part->literal);
        if (part->spec != NULL) add_value(ctx, part->spec, out);
        if (out->failed || out->n - start > PV_FORMAT_MAX) {
            out->n = start;
            return false;
        }
    }
    return true;
}

bool pv_format(kl_ctx *ctx, kl_span format, kl_buf *out)
{
    const pv_program *program = pv_program_of(ctx, format);
    return program != NULL && format_run(ctx, program, out);
}

/* Adds behind what an outer format has in the buffer so far, and takes its piece away again. */
bool format_span(kl_ctx *ctx, const pv_program *program, kl_span *out)
{
    kl_buf *buf = &ctx->pvs->text;
    size_t start = buf->n;
    bool good = format_run(ctx, program, buf);
    if (good) *out = arena_copy(ctx->scratch, span_of(buf->n ? buf->s + start : "", buf->n - start));
    buf->n = start;
    buf->failed = false;
    return good && out->s != NULL;
}

bool pv_format_span(kl_ctx *ctx, kl_span format, kl_span *out)
{
    const pv_program *program = pv_program_of(ctx, format);
    return program != NULL && format_span(ctx, program, out);
}
