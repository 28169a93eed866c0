/* state.c: what an engine keeps for its transactions. */
#include "internal.h"

#include "base/mem.h"

void tm_init(tm_state *tm)
{
    *tm = (tm_state){.settings = {.fr_timer = 30000,
                                  .fr_inv_timer = 120000,
                                  .wt_timer = 5000,
                                  .retr_timer1 = 500,
                                  .retr_timer2 = 4000,
                                  .max_inv_lifetime = 180000,
                                  .max_noninv_lifetime = 32000,
                                  .noisy_ctimer = 1,
                                  .auto_inv_100 = 1,
                                  .restart_fr_on_each_reply = 1,
                                  .reply_matching = 1,
                                  .ruri_matching = 1,
                                  .via1_matching = 1,
                                  .reparse_invite = 1,
                                  .cancel_b_method = 1,
                                  .aggregate_challenges = 1,
                                  .failure_reply_mode = 3,
                                  .remap_503_500 = 1,
                                  .local_cancel_reason = 1,
                                  .e2e_cancel_reason = 1,
                                  .e2e_cancel_hop_by_hop = 1,
                                  .reply_408_code = 408,
                                  .delayed_reply = 1,
                                  .reply_relay_mode = 1,
                                  .exec_time_check = 5000,
                                  .unix_tx_timeout = 500,
                                  .default_code = 500,
                                  .reparse_on_dns_failover = 1,
                                  .auto_inv_100_reason = SPAN("trying -- your call is important to us"),
                                  .default_reason = SPAN("Server Internal Error"),
                                  .reply_408_reason = SPAN("Request Timeout"),
                                  .ac_extra_hdrs = SPAN("")}};
    buf_init(&tm->out);
}

void tm_end_all(kl_ctx *ctx, tm_state *tm)
{
    for (size_t i = 0; i < tm->slot_count; i++)
        while (tm->slots[i]) timers_end(ctx, tm->slots[i]);
}

/* Their timers go with the engine's. */
void tm_done(tm_state *tm)
{
    for (size_t i = 0; i < tm->slot_count; i++)
        while (tm->slots[i]) table_remove(tm->slots[i]);
    kl_free(tm->slots);
    buf_free(&tm->out);
    if (tm->sent) msg_done(tm->sent);
    kl_free(tm->sent);
}
