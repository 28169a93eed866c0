/* KSR.uac.*: other names and URIs in From and To, and the real ones back in the dialog; answers to challenges;
 * requests of our own. Registrations are not there. */
#include "core/hooks.h"
#include "uac.h"

#define MODULE_ROWS "modules/uac/rows.def"
#include "modules/rows.h"

static kl_status set_restore_mode(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    static const kl_span names[] = {{"none", 4}, {"manual", 6}, {"auto", 4}}; /* by uac_restore */
    (void)ctx;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (value->type != KL_TYPE_STR || !span_eq(value->s, names[i])) continue;
        ((uac_state *)state)->restore_mode = (uac_restore)i;
        return KL_OK;
    }
    return error_set(err, KL_ECONFIG, "modparam uac.restore_mode is \"none\", \"manual\" or \"auto\"");
}

static kl_status set_name(kl_ctx *ctx, kl_span *place, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_STR || value->s.n == 0)
        return error_set(err, KL_ECONFIG, "modparam uac: the name of a Record-Route parameter is text");
    *place = arena_copy(&ctx->server->arena, value->s);
    return place->s ? KL_OK : error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
}

static kl_status set_from_name(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_name(ctx, &((uac_state *)state)->rr_from_store_param, value, err);
}

static kl_status set_to_name(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_name(ctx, &((uac_state *)state)->rr_to_store_param, value, err);
}

static const module_param params[] = {
    {"restore_mode", KL_TYPE_STR, 0, set_restore_mode},
    {"rr_from_store_param", KL_TYPE_STR, 0, set_from_name},
    {"rr_to_store_param", KL_TYPE_STR, 0, set_to_name},
    {"restore_passwd", KL_TYPE_STR, offsetof(uac_state, restore_passwd), NULL},
    {"default_socket", KL_TYPE_STR, offsetof(uac_state, default_socket), NULL},
    {"event_callback", KL_TYPE_STR, offsetof(uac_state, event_callback), NULL},
    {"credential", KL_TYPE_STR, 0, uac_set_credential},
    {"restore_from_avp", KL_TYPE_STR, 0, uac_set_from_avp},
    {"restore_to_avp", KL_TYPE_STR, 0, uac_set_to_avp},
    {"auth_realm_avp", KL_TYPE_STR, 0, uac_set_realm_avp},
    {"auth_username_avp", KL_TYPE_STR, 0, uac_set_username_avp},
    {"auth_password_avp", KL_TYPE_STR, 0, uac_set_password_avp},
};

static void init(void *opaque)
{
    *(uac_state *)opaque = (uac_state){.restore_mode = UAC_RESTORE_AUTO,
                                       .rr_from_store_param = SPAN("vsf"),
                                       .rr_to_store_param = SPAN("vst"),
                                       .restore_passwd = SPAN("")};
}

static void join(kl_ctx *ctx, void *opaque)
{
    (void)opaque;
    on_loose_route(ctx, MOD_UAC, uac_route_found);
    on_reply_within(ctx, MOD_UAC, uac_reply_received);
}

const kl_module uac_module = {.name = "uac",
                              .rows = rows,
                              .row_count = sizeof rows / sizeof *rows,
                              .params = params,
                              .param_count = sizeof params / sizeof *params,
                              .state_size = sizeof(uac_state),
                              .init = init,
                              .join = join,
                              .variables = &uac_variables,
                              .needs = {MOD_RR, MOD_TM}};
