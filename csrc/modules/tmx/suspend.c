/* suspend.c: transactions that wait until somebody continues them. */
#include "tmx.h"

KSR_FN(tmx_suspend)
{
    if (ctx->msg->msg_flags & SIP_MSG_FAKED) return -1;
    if (ctx->phase == KL_PHASE_TM_ONREPLY) return tm_suspend_reply(ctx) ? 1 : -1;
    return tm_suspend_request(ctx);
}

KSR_FN(tmx_continue)
{
    const uint32_t index = (uint32_t)args[0].i, label = (uint32_t)args[1].i;
    tm_cell *cell = table_by_id(tm_of(ctx), index, label);
    if (!cell && elsewhere_continue(ctx, index, label, args[2].s) > 0) return 1;
    if (!cell) {
        log_print(ctx, KL_LOG_ERR, "t_continue: no transaction %lld:%lld", (long long)args[0].i, (long long)args[1].i);
        return -1;
    }
    cell_ref(cell);
    const bool done = tm_continue(ctx, cell, args[2].s);
    cell_unref(cell);
    return done ? 1 : -1;
}
