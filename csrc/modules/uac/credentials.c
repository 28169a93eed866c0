/* credentials.c: user and password for a realm. */
#include "base/status.h"
#include "pv/pv.h"
#include "uac.h"

struct uac_credential {
    kl_span user, realm, password;
    uac_credential *next;
};

/* ---- looking one up */

kl_span uac_text_of(kl_ctx *ctx, kl_span name)
{
    const pv_spec *spec = pv_lookup(ctx, name);
    pv_value value;
    if (!spec || !pv_get(ctx, spec, &value) || !(value.flags & PV_STR)) return SPAN("");
    return value.s;
}

/* A realm that is not set stands for any. */
static bool login_by_variables(kl_ctx *ctx, kl_span realm, kl_span *user, kl_span *password)
{
    const uac_state *uac = uac_state_of(ctx);
    if (uac->auth_realm_avp.n == 0 || uac->auth_username_avp.n == 0 || uac->auth_password_avp.n == 0) return false;
    const kl_span own = uac_text_of(ctx, uac->auth_realm_avp);
    if (own.n > 0 && !span_eq(own, realm)) return false;
    *user = uac_text_of(ctx, uac->auth_username_avp);
    *password = uac_text_of(ctx, uac->auth_password_avp);
    return user->n > 0 && password->n > 0;
}

bool uac_login(kl_ctx *ctx, kl_span realm, kl_span *user, kl_span *password)
{
    if (login_by_variables(ctx, realm, user, password)) return true;
    const uac_credential *one = uac_state_of(ctx)->credentials;
    while (one && !span_eq(one->realm, realm)) one = one->next;
    if (!one) return false;
    *user = one->user;
    *password = one->password;
    return true;
}

/* ---- parameters */

/* "user:realm:password", the password to the end. */
static bool split(kl_span text, uac_credential *out)
{
    const char *first = span_find(text, ':'),
               *second = first ? span_find(span_between(first + 1, span_end(text)), ':') : NULL;
    if (!second) return false;
    out->user = span_trim(span_between(text.s, first));
    out->realm = span_trim(span_between(first + 1, second));
    out->password = span_trim(span_between(second + 1, span_end(text)));
    return out->user.n > 0 && out->realm.n > 0 && out->password.n > 0;
}

kl_status uac_set_credential(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    uac_state *uac = state;
    if (value->type != KL_TYPE_STR || !value->s.s)
        return error_set(err, KL_ECONFIG, "modparam uac.credential is \"user:realm:password\"");
    uac_credential *one = arena_zalloc(&ctx->server->arena, sizeof *one);
    const kl_span text = arena_copy(&ctx->server->arena, value->s);
    if (!one || !text.s) return error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
    if (!split(text, one)) return error_set(err, KL_ECONFIG, "modparam uac.credential is \"user:realm:password\"");
    one->next = uac->credentials;
    uac->credentials = one;
    return KL_OK;
}

static kl_status set_avp(kl_ctx *ctx, kl_span *place, const kl_value *value, kl_error *err)
{
    const pv_spec *spec = value->type == KL_TYPE_STR && value->s.s ? pv_lookup(ctx, value->s) : NULL;
    if (!spec || !pv_is_avp(spec))
        return error_set(err, KL_ECONFIG, "modparam uac: the name of a variable like $avp(name) is wanted");
    *place = arena_copy(&ctx->server->arena, value->s);
    return place->s ? KL_OK : error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
}

kl_status uac_set_realm_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_avp(ctx, &((uac_state *)state)->auth_realm_avp, value, err);
}

kl_status uac_set_username_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_avp(ctx, &((uac_state *)state)->auth_username_avp, value, err);
}

kl_status uac_set_password_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_avp(ctx, &((uac_state *)state)->auth_password_avp, value, err);
}

kl_status uac_set_from_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_avp(ctx, &((uac_state *)state)->restore_from_avp, value, err);
}

kl_status uac_set_to_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return set_avp(ctx, &((uac_state *)state)->restore_to_avp, value, err);
}
