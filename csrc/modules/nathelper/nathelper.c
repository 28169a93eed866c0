/* KSR.nathelper.*: peers behind a NAT: finding them, and naming where they are reached. What pings them needs the
 * location table and is not there. */
#include "nathelper.h"

#include "pv/pv.h"

static int is_rfc1918(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return nathelper_is_private(nathelper_state_of(ctx), args[0].s) ? 1 : -1;
}

static int fix_nated_register(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    const kl_span avp = nathelper_state_of(ctx)->received_avp;
    const pv_spec *spec = avp.n > 0 ? pv_lookup(ctx, avp) : NULL;
    pv_value value;
    if (avp.n == 0) return 1;
    pv_str(&value, nathelper_uri(ctx));
    return value.s.s && spec && pv_set(ctx, spec, &value) ? 1 : -1;
}

enum { TRIM = 1, WITH_ADDRESS = 1 }; /* row data */

static const kl_row rows[] = {
    ROW("nathelper", "add_contact_alias", INT, nathelper_add_alias),
    ROW("nathelper", "add_contact_alias_addr", INT, nathelper_add_alias_of, STR, STR, STR),
    ROW("nathelper", "add_rcv_param", INT, nathelper_add_rcv_param, INT),
    ROW("nathelper", "fix_nated_contact", INT, nathelper_fix_contact),
    ROW("nathelper", "fix_nated_register", INT, fix_nated_register),
    ROW("nathelper", "fix_nated_sdp", INT, nathelper_fix_sdp, INT),
    ROW_WITH("nathelper", "fix_nated_sdp_ip", INT, nathelper_fix_sdp, WITH_ADDRESS, INT, STR),
    ROW("nathelper", "handle_ruri_alias", INT, nathelper_handle_alias),
    ROW("nathelper", "handle_ruri_alias_mode", INT, nathelper_handle_alias_mode, INT),
    ROW("nathelper", "is_rfc1918", INT, is_rfc1918, STR),
    ROW("nathelper", "nat_uac_test", INT, nathelper_test, INT),
    ROW("nathelper", "set_alias_to_pv", INT, nathelper_alias_to_pv, STR),
    ROW("nathelper", "set_contact_alias", INT, nathelper_set_alias),
    ROW_WITH("nathelper", "set_contact_alias_trim", INT, nathelper_set_alias, TRIM),
};

/* An $avp, written whole. */
static kl_status set_received_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    const pv_spec *spec = value->type == KL_TYPE_STR && value->s.n > 0 ? pv_lookup(ctx, value->s) : NULL;
    if (!spec || !pv_is_avp(spec)) return error_set(err, KL_ECONFIG, "modparam nathelper.received_avp wants an $avp");
    nathelper_state *nat = state;
    nat->received_avp = arena_copy(&ctx->server->arena, value->s);
    return nat->received_avp.s ? KL_OK : error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
}

#define PARAM(name, type) {#name, KL_TYPE_##type, offsetof(nathelper_state, name), NULL}
static const module_param params[] = {
    {"received_avp", KL_TYPE_STR, 0, set_received_avp},
    PARAM(nortpproxy_str, STR),
    PARAM(alias_name, STR),
    PARAM(append_sdp_oldmediaip, INT),
    PARAM(nat_addr_mode, INT),
};

static void init(void *opaque)
{
    nathelper_state *nat = opaque;
    nat->nortpproxy_str = SPAN("a=nortpproxy:yes");
    nat->append_sdp_oldmediaip = nat->nat_addr_mode = 1;
}

const kl_module nathelper_module = {.name = "nathelper",
                                    .rows = rows,
                                    .row_count = sizeof rows / sizeof *rows,
                                    .params = params,
                                    .param_count = sizeof params / sizeof *params,
                                    .state_size = sizeof(nathelper_state),
                                    .init = init};
