#include "line.h"

#include "sip/build.h"

bool line_good(kl_ctx *ctx, kl_span text)
{
    if (KL_LIKELY(build_is_line(text))) return true;
    log_print(ctx, KL_LOG_ERR, "%s: CR, LF or NUL in what is to stand within a line of a message",
              ctx_caller(ctx, "message"));
    return false;
}

bool line_refused(kl_ctx *ctx, kl_span text)
{
    line_good(ctx, text);
    return false;
}
