/* file.c: whole files. They are real ones, and refused where scripts run in the safe library set. */
#include "corex.h"

#include <errno.h>

#include "base/file.h"
#include "core/limit.h"

#define MAX_FILE ((size_t)256 << 20) /* bytes */

/* The path with a NUL behind it; NULL, and a line in the log, where the script may not have it. */
static const char *path_of(kl_ctx *ctx, kl_span path)
{
    if (ctx->server->safe) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: scripts may not touch files here", ctx->row->name);
        return NULL;
    }
    const kl_span name = arena_copy(ctx->scratch, path);
    return name.s && name.n > 0 && strlen(name.s) == name.n ? name.s : NULL;
}

static int failed(kl_ctx *ctx, kl_span path, int number)
{
    char text[128];
    log_print(ctx, KL_LOG_ERR, "%s: %.*s: %s", ctx->row->name, (int)(path.n > 256 ? 256 : path.n), path.n ? path.s : "",
              file_error(number, text, sizeof text));
    return -1;
}

/* What is larger than a call's memory may be is given up. */
static int read_limited(kl_ctx *ctx, const char *path, kl_buf *into)
{
    const size_t limit = ctx->scratch->limit;
    const int number = file_read(path, limit ? limit : MAX_FILE, into);
    if (number == ENOMEM) limit_reached(ctx, LIMIT_CALL);
    if (number != 0) buf_free(into);
    return number;
}

KSR_FN(corex_file_read)
{
    kl_buf *into = &((corex_state *)module_state(ctx, MOD_COREX))->file;
    const char *path = path_of(ctx, args[0].s);
    value_str(out, SPAN(""));
    if (!path) return -1;
    buf_clear(into);
    const int number = read_limited(ctx, path, into);
    if (number != 0) return failed(ctx, args[0].s, number);
    if (into->n > 0) value_str(out, buf_span(into));
    return 1;
}

KSR_FN(corex_file_write)
{
    const char *path = path_of(ctx, args[0].s);
    if (!path) return -1;
    const int number = file_write(path, args[1].s);
    return number == 0 ? 1 : failed(ctx, args[0].s, number);
}
