/* flags.c: the 32 flags of a message, of its branches and of one run of a route. */
#include "core.h"

static bool flag_good(kl_ctx *ctx, int64_t flag)
{
    if (flag >= 0 && flag <= 31) return true;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: no flag %lld, they are 0 to 31", ctx->row->name, (long long)flag);
    return false;
}

static int handle(kl_ctx *ctx, int64_t flag, uint32_t *flags)
{
    const uint32_t bit = (uint32_t)1 << flag;
    switch (ctx->row->data) {
    case CORE_FLAG_SET: *flags |= bit; return 1;
    case CORE_FLAG_RESET: *flags &= ~bit; return 1;
    default: return (*flags & bit) != 0;
    }
}

KSR_FN(core_flag) { return flag_good(ctx, args[0].i) && handle(ctx, args[0].i, &ctx->msg->flags); }

KSR_FN(core_branch_flag) { return flag_good(ctx, args[0].i) && handle(ctx, args[0].i, &ctx->msg->bflags); }

/* Branch 0 is the Request-URI's. On one that does not exist set and reset say true and do nothing. */
KSR_FN(core_branch_flag_of)
{
    kl_msg *msg = ctx->msg;
    const int64_t branch = args[1].i;
    if (branch == 0) return core_branch_flag(ctx, args, out);
    if (!flag_good(ctx, args[0].i)) return 0;
    if (branch < 0 || branch > msg->branch_count) return ctx->row->data != CORE_FLAG_IS_SET;
    return handle(ctx, args[0].i, &msg_branch(msg, (int)branch - 1)->flags);
}

KSR_FN(core_script_flag) { return flag_good(ctx, args[0].i) && handle(ctx, args[0].i, &ctx->sflags); }
