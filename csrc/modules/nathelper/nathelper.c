/* KSR.nathelper.*: peers behind a NAT: finding them, and naming where they are reached. What pings them needs the
 * location table and is not there. */
#include "nathelper.h"

#include "pv/pv.h"

enum { TRIM = 1, WITH_ADDRESS = 1 }; /* row data */

#define MODULE_ROWS "modules/nathelper/rows.def"
#include "modules/rows.h"

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
