/* KSR.auth.*: requests are challenged, and their credentials checked with passwords that the script has. */
#include "module.h"

#define MODULE_ROWS "modules/auth/rows.def"
#include "modules/rows.h"

KSR_FN(auth_set_algorithm)
{
    const kl_span algorithm = auth_algorithm_named(args[0].s);
    if (!algorithm.s) {
        ctx_misuse(ctx, KL_LOG_ERR, "auth_algorithm: MD5, SHA-256, SHA-512 and SHA-512-256 are known");
        return -1;
    }
    auth_settings_of(ctx)->algorithm = algorithm;
    return 1;
}

/* ---- parameters */

static kl_status set_algorithm(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    const kl_span algorithm = value->type == KL_TYPE_STR ? auth_algorithm_named(value->s) : SPAN_NULL;
    (void)ctx;
    if (!algorithm.s)
        return error_set(err, KL_ECONFIG, "modparam auth.algorithm is MD5, SHA-256, SHA-512 or SHA-512-256");
    ((auth_settings *)state)->algorithm = algorithm;
    return KL_OK;
}

static kl_status set_qop(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    static const kl_span known[] = {{"", 0}, {"auth", 4}, {"auth-int", 8}};
    (void)ctx;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (value->type != KL_TYPE_STR || !span_eq(value->s, known[i])) continue;
        ((auth_settings *)state)->qop = known[i];
        return KL_OK;
    }
    return error_set(err, KL_ECONFIG, "modparam auth.qop is \"\", \"auth\" or \"auth-int\"");
}

/* A count of things that memory is made for when the engine starts. */
static kl_status set_size(int *place, const char *name, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_INT || value->i < 1 || value->i > 1 << 30)
        return error_set(err, KL_ECONFIG, "modparam auth.%s is 1 to %d", name, 1 << 30);
    *place = (int)value->i;
    return KL_OK;
}

#define SIZE(name)                                                                                                     \
    static kl_status set_##name(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)                        \
    {                                                                                                                  \
        (void)ctx;                                                                                                     \
        return set_size(&((auth_settings *)state)->name, #name, value, err);                                           \
    }
SIZE(nc_array_size)
SIZE(otn_in_flight_no)
#undef SIZE

#define INT(name) {#name, KL_TYPE_INT, offsetof(auth_settings, name), NULL}
#define STR(name) {#name, KL_TYPE_STR, offsetof(auth_settings, name), NULL}
static const module_param params[] = {
    STR(secret),
    INT(nonce_expire),
    INT(nonce_auth_max_drift),
    INT(auth_checks_register),
    INT(auth_checks_no_dlg),
    INT(auth_checks_in_dlg),
    INT(nonce_count),
    INT(one_time_nonce),
    INT(nc_array_order),
    INT(otn_in_flight_order),
    INT(nid_pool_no),
    INT(force_stateless_reply),
    INT(use_domain),
    STR(realm_prefix),
    STR(challenge_attr),
    STR(proxy_challenge_header),
    STR(www_challenge_header),
    {"algorithm", KL_TYPE_STR, 0, set_algorithm},
    {"qop", KL_TYPE_STR, 0, set_qop},
    {"nc_array_size", KL_TYPE_INT, 0, set_nc_array_size},
    {"otn_in_flight_no", KL_TYPE_INT, 0, set_otn_in_flight_no},
};
#undef INT
#undef STR

static void init(void *state) { auth_init(state); }

static bool start(kl_ctx *ctx, void *state) { return auth_start(ctx, state); }

const kl_module auth_module = {.name = "auth",
                               .rows = rows,
                               .row_count = sizeof rows / sizeof *rows,
                               .params = params,
                               .param_count = sizeof params / sizeof *params,
                               .state_size = sizeof(auth_settings),
                               .init = init,
                               .start = start,
                               .needs = {MOD_SL}};
