/* log.c: lines that C code writes. */
#include "ctx.h"

#include <stdarg.h>
#include <stdio.h>

#include "limit.h"

#define MAX_LOG_LINE 4096

static kl_span print_line(char line[MAX_LOG_LINE + 1], const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static kl_span print_line(char line[MAX_LOG_LINE + 1], const char *format, va_list args)
{
    const int n = vsnprintf(line, MAX_LOG_LINE + 1, format, args);
    return span_of(line, n < 0 ? 0 : n > MAX_LOG_LINE ? MAX_LOG_LINE : (size_t)n);
}

/* ---- lines of C code. One call writes a few; of more, the last one tells how many there were. */

#define LINES_OF_CALL 8
#define LINES_OF_KIND 3 /* of one format, one after the other */
#define MORE          "and %u more lines of this call"
#define MORE_BYTES    (sizeof MORE + 10)

/* The line that counts is written once, and written over then. */
static void count_more(kl_ctx *ctx, int level)
{
    log_calm *calm = &ctx->calm;
    if (calm->more++ == 0) {
        char room[MORE_BYTES] = {0};
        const size_t before = ctx->effects->count;
        log_text(ctx, level, span_of(room, sizeof room));
        calm->at = ctx->effects->count > before ? ctx->effects->count : 0;
        calm->clears = ctx->effects->clears;
    }
    if (calm->at == 0 || calm->clears != ctx->effects->clears) return;
    kl_span *text = &ctx->effects->items[calm->at - 1].data;
    text->n = (size_t)snprintf((char *)(uintptr_t)text->s, MORE_BYTES, MORE, calm->more);
}

/* Whether a line of that format is one too many of its call. */
static bool is_too_many(log_calm *calm, const char *format)
{
    if (calm->call.lines == 0) calm->more = calm->same = 0;
    calm->same = calm->format == format ? calm->same + 1 : 1;
    calm->format = format;
    if (calm->same > LINES_OF_KIND || calm->call.lines >= LINES_OF_CALL) return true;
    calm->call.lines++;
    return false;
}

/* The log has it already: it tells of memory that is used up, or repeats what its call has told. */
static bool is_left_out(kl_ctx *ctx, int level, const char *format)
{
    if (limit_told(ctx)) return true;
    if (!ctx->row || KL_LIKELY(!is_too_many(&ctx->calm, format))) return false;
    count_more(ctx, level);
    return true;
}

void log_print(kl_ctx *ctx, int level, const char *format, ...)
{
    if (!log_enabled(ctx, level) || is_left_out(ctx, level, format)) return;
    char line[MAX_LOG_LINE + 1];
    va_list args;
    va_start(args, format);
    log_text(ctx, level, print_line(line, format, args));
    va_end(args);
}

void ctx_misuse(kl_ctx *ctx, int level, const char *format, ...)
{
    const bool strict = ctx->ops && ctx->ops->note_misuse;
    if (!strict && (!log_enabled(ctx, level) || is_left_out(ctx, level, format))) return;
    char line[MAX_LOG_LINE + 1];
    va_list args;
    va_start(args, format);
    const kl_span text = print_line(line, format, args);
    va_end(args);
    if (!strict) log_text(ctx, level, text);
    else ctx->ops->note_misuse(ctx, text);
}

const char *ctx_caller(const kl_ctx *ctx, const char *otherwise)
{
    return ctx->row && ctx->ops ? ctx->ops->row_name(ctx->row) : otherwise;
}
