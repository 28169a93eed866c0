/* hex.c: what the functions with _hex take. */
#include "textops.h"

#include "base/codec.h"

/* A line end is none. */
static bool skip_blanks(kl_span *rest)
{
    while (rest->n > 0 && (*rest->s == ' ' || *rest->s == '\t')) *rest = span_from(*rest, 1);
    return rest->n > 0;
}

bool textops_from_hex(kl_ctx *ctx, kl_span hex, kl_span *out)
{
    char *bytes = arena_alloc(ctx->scratch, hex.n / 2 + 1);
    size_t n = 0;
    if (!bytes) return false;
    for (kl_span rest = hex; skip_blanks(&rest); rest = span_from(rest, 2)) {
        const int high = hex_digit(rest.s[0]), low = rest.n > 1 ? hex_digit(rest.s[1]) : -1;
        if (high < 0 || low < 0) {
            log_print(ctx, KL_LOG_ERR, "%s: no hexadecimal text", ctx->row->name);
            return false;
        }
        bytes[n++] = (char)(high * 16 + low);
    }
    *out = span_of(bytes, n);
    return true;
}
