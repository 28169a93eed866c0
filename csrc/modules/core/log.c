/* log.c: KSR.dbg to KSR.crit, KSR.log, and what steers the route itself. */
#include "core.h"

KSR_FN(core_log_at)
{
    if (args[0].s.s) log_text(ctx, (int)ctx->row->data, args[0].s);
    return 0;
}

static int level_named(kl_span name)
{
    static const struct {
        char name[8];
        int level;
    } levels[] = {{"dbg", KL_LOG_DBG},   {"info", KL_LOG_INFO}, {"notice", KL_LOG_NOTICE},
                  {"warn", KL_LOG_WARN}, {"err", KL_LOG_ERR},   {"crit", KL_LOG_CRIT}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (span_eqi(name, span_text(levels[i].name))) return levels[i].level;
    return KL_LOG_ERR;
}

/* Unlike the six above it stops at a NUL, as Kamailio's does. */
KSR_FN(core_log)
{
    const int level = level_named(args[0].s);
    if (args[1].s.s && log_enabled(ctx, level))
        log_text(ctx, level, span_of(args[1].s.s, strnlen(args[1].s.s, args[1].s.n)));
    return 0;
}

KSR_FN(core_set_drop)
{
    if (ctx->has_action) ctx->dropped = true;
    return 0;
}

KSR_FN(core_get_debug) { return ctx->server->debug == SERVER_NO_DEBUG ? ctx->log_level : ctx->server->debug; }

/* Routes of kamailio.cfg exist there only: here every name is unknown. */
KSR_FN(core_route)
{
    const kl_span name = args[0].s;
    ctx_misuse(ctx, KL_LOG_ERR, "route: no route block [%.*s]", (int)(name.n > 128 ? 128 : name.n),
               name.n ? name.s : "");
    return -1;
}
