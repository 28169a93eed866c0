/* KSR.tm.*: transactions, thin above csrc/tm. */
#include "tm.h"

#define MODULE_ROWS "modules/tm/rows.def"
#include "modules/rows.h"

static kl_status set_failover_codes(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_STR || !tm_codes_good(value->s))
        return error_set(err, KL_ECONFIG,
                         "modparam tm.failover_reply_codes lists code=300 to code=699 and class=3 to class=6, with ; "
                         "between them");
    kl_span *kept = &((tm_state *)state)->settings.failover_reply_codes;
    *kept = arena_copy(&ctx->server->arena, value->s);
    return kept->s ? KL_OK : error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
}

static kl_status set_evlreq_mode(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx;
    if (value->i < 0 || value->i > 3) return error_set(err, KL_ECONFIG, "evlreq_mode is 0 to 3");
    ((tm_state *)state)->settings.evlreq_mode = (int)value->i;
    return KL_OK;
}

#define PARAM(name, type) {#name, KL_TYPE_##type, offsetof(tm_state, settings.name), NULL}
static const module_param params[] = {
    PARAM(fr_timer, INT),
    PARAM(fr_inv_timer, INT),
    PARAM(wt_timer, INT),
    PARAM(retr_timer1, INT),
    PARAM(retr_timer2, INT),
    PARAM(max_inv_lifetime, INT),
    PARAM(max_noninv_lifetime, INT),
    PARAM(noisy_ctimer, INT),
    PARAM(auto_inv_100, INT),
    PARAM(auto_inv_100_reason, STR),
    PARAM(restart_fr_on_each_reply, INT),
    PARAM(unmatched_cancel, INT),
    PARAM(default_code, INT),
    PARAM(default_reason, STR),
    PARAM(ruri_matching, INT),
    PARAM(via1_matching, INT),
    PARAM(callid_matching, INT),
    PARAM(reply_matching, INT),
    PARAM(ac_extra_hdrs, STR),
    PARAM(cancel_b_method, INT),
    PARAM(on_sl_reply, STR),
    PARAM(disable_6xx_block, INT),
    PARAM(aggregate_challenges, INT),
    PARAM(failure_reply_mode, INT),
    PARAM(faked_reply_prio, INT),
    PARAM(remap_503_500, INT),
    PARAM(local_cancel_reason, INT),
    PARAM(e2e_cancel_reason, INT),
    PARAM(headers_mode, INT),
    PARAM(relay_100, INT),
    PARAM(rich_redirect, INT),
    PARAM(reply_408_code, INT),
    PARAM(reply_408_reason, STR),
    PARAM(delayed_reply, INT),
    PARAM(callid_cseq_matching, INT),
    PARAM(reparse_invite, INT),
    PARAM(failure_exec_mode, INT),
    PARAM(e2e_cancel_hop_by_hop, INT),
    {"evlreq_mode", KL_TYPE_INT, 0, set_evlreq_mode},
    PARAM(enable_uac_fr, INT),
    PARAM(pass_provisional_replies, INT),
    PARAM(reply_relay_mode, INT),
    PARAM(local_ack_mode, INT),
    PARAM(local_ack_branch_mode, INT),
    PARAM(exec_time_check, INT),
    PARAM(unix_tx_timeout, INT),
    PARAM(dns_reuse_rcv_socket, INT),
    PARAM(reparse_on_dns_failover, INT),
    PARAM(contacts_avp, STR),
    PARAM(contact_flows_avp, STR),
    PARAM(xavp_contact, STR),
    PARAM(fr_timer_avp, STR),
    PARAM(fr_inv_timer_avp, STR),
    {"failover_reply_codes", KL_TYPE_STR, 0, set_failover_codes},
    PARAM(event_callback, STR),
    PARAM(event_callback_lres_sent, STR),
    PARAM(evcb_local_ack_sent, STR),
};

static void init(void *state) { tm_init(state); }
static void done(void *state) { tm_done(state); }
static void join(kl_ctx *ctx, void *state) { tm_join(ctx, state, MOD_TM); }

const kl_module tm_module = {.name = "tm",
                             .rows = rows,
                             .row_count = sizeof rows / sizeof *rows,
                             .params = params,
                             .param_count = sizeof params / sizeof *params,
                             .state_size = sizeof(tm_state),
                             .scratch_size = TM_SCRATCH,
                             .init = init,
                             .done = done,
                             .join = join,
                             .commands = tm_commands};
