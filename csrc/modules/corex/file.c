/* file.c: whole files. They are real ones, and refused where scripts run in the safe library set. */
#include "core/limit.h"
#include "corex.h"

#include <errno.h>
#include <stdio.h>

#define CHUNK 65536

static FILE *open_file(kl_ctx *ctx, kl_span path, const char *mode)
{
    if (ctx->world->safe) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: scripts may not touch files here", ctx->row->name);
        return NULL;
    }
    const kl_span name = arena_copy(ctx->scratch, path);
    FILE *file = name.s && name.n > 0 && strlen(name.s) == name.n ? fopen(name.s, mode) : NULL;
    if (!file) log_print(ctx, KL_LOG_ERR, "%s: cannot open %.*s: %s", ctx->row->name, (int)(path.n > 256 ? 256 : path.n), path.n ? path.s : "", strerror(errno));
    return file;
}

/* What is larger than a call's memory may be (a device without end, too) is given up. */
static bool read_all(kl_ctx *ctx, FILE *file, kl_buf *into)
{
    const size_t limit = ctx->scratch->limit;
    size_t got;
    do {
        if (limit && into->n > limit) {
            limit_reached(ctx, LIMIT_CALL);
            return false;
        }
        if (!buf_reserve(into, CHUNK)) return false;
        got = fread(into->s + into->n, 1, CHUNK, file);
        into->n += got;
    } while (got > 0);
    return !ferror(file);
}

int corex_file_read(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    kl_buf *into = &((corex_state *)module_state(ctx, MOD_COREX))->file;
    FILE *file = open_file(ctx, args[0].s, "rb");
    value_str(out, SPAN(""));
    if (!file) return -1;
    buf_clear(into);
    const bool good = read_all(ctx, file, into);
    fclose(file);
    if (!good) buf_free(into);
    if (good && into->n > 0) value_str(out, buf_span(into));
    if (!good) log_print(ctx, KL_LOG_ERR, "file_read: the file cannot be read");
    return good ? 1 : -1;
}

int corex_file_write(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    FILE *file = open_file(ctx, args[0].s, "wb");
    if (!file) return -1;
    bool good = args[1].s.n == 0 || fwrite(args[1].s.s, 1, args[1].s.n, file) == args[1].s.n;
    if (fclose(file) != 0) good = false;
    if (!good) log_print(ctx, KL_LOG_ERR, "file_write: the file cannot be written");
    return good ? 1 : -1;
}
