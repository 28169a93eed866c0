/* KSR.tmx.*: more that a script can do with transactions. */
#include "tmx.h"

#define MODULE_ROWS "modules/tmx/rows.def"
#include "modules/rows.h"

static const module_param params[] = {{"precheck_trans", KL_TYPE_INT, 0, NULL}};

/* As they lie in tm_counters. */
static const char *const statistics[TM_STATISTICS] = {
    "UAS_transactions",    "UAC_transactions", "2xx_transactions", "3xx_transactions",
    "4xx_transactions",    "5xx_transactions", "6xx_transactions", "inuse_transactions",
    "active_transactions", "rpl_received",     "rpl_absorbed",     "rpl_generated",
    "rpl_relayed",         "rpl_sent"};

static void init(void *state) { *(int *)state = 1; }

static void join(kl_ctx *ctx, void *state)
{
    (void)state;
    stats_group(&ctx->per_engine->stats, statistics, TM_STATISTICS, &tm_of(ctx)->counters.transactions);
}

const kl_module tmx_module = {.name = "tmx",
                              .rows = rows,
                              .row_count = sizeof rows / sizeof *rows,
                              .params = params,
                              .param_count = sizeof params / sizeof *params,
                              .state_size = sizeof(int),
                              .init = init,
                              .join = join,
                              .variables = &tmx_variables,
                              .needs = {MOD_TM}};
