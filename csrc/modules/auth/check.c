/* check.c: credentials with a password that the script has. */
#include "core/notes.h"
#include "module.h"
#include "pv/pv.h"
#include "sip/edit.h"

enum { HA1 = 1, NO_QOP = 2, QOP_AUTH = 4, QOP_AUTH_INT = 8, KEEP_COUNT = 32 }; /* flags of the functions */
enum { CHECK_USER = 1 };                                                       /* checks of pv_auth_check */

/* Where a script looks for the challenge that it sends itself. */
static bool keep_challenge(kl_ctx *ctx, bool proxy, kl_span realm, int64_t flags)
{
    const auth_settings *settings = auth_settings_of(ctx);
    const kl_span qop = auth_qop((flags & QOP_AUTH) != 0, (flags & QOP_AUTH_INT) != 0);
    const kl_span line = auth_challenge_line(ctx, settings,
                                             &(auth_challenge){.proxy = proxy, .realm = realm, .qop = qop});
    const pv_spec *spec = line.s ? pv_lookup(ctx, settings->challenge_attr) : NULL;
    pv_value value;
    if (!spec) return false;
    pv_str(&value, line);
    return pv_set(ctx, spec, &value);
}

typedef struct question {
    bool proxy;
    kl_span realm, password, method;
    int64_t flags, checks;
} question;

static auth_result judge(kl_ctx *ctx, const question *asked)
{
    const auth_settings *settings = auth_settings_of(ctx);
    const auth_password password = {
        .text = asked->password, .is_ha1 = (asked->flags & HA1) != 0, .keep_count = (asked->flags & KEEP_COUNT) != 0};
    auth_found found;
    if (auth_passes(ctx->msg)) return AUTH_GOOD;
    const auth_result is_there = auth_find(ctx->msg, asked->proxy ? SIP_HDR_PROXY_AUTHORIZATION : SIP_HDR_AUTHORIZATION,
                                           auth_realm(settings, asked->realm), &found);
    if (is_there != AUTH_GOOD) return is_there;
    const auth_result result = auth_check(ctx, settings, &found, asked->method, &password);
    return result == AUTH_GOOD && asked->checks & CHECK_USER ? auth_check_user(ctx, settings, &found) : result;
}

static int answer(kl_ctx *ctx, question asked)
{
    const auth_result result = judge(ctx, &asked);
    const bool wanted = result < 0 && asked.flags & (NO_QOP | QOP_AUTH | QOP_AUTH_INT);
    return wanted && !keep_challenge(ctx, asked.proxy, asked.realm, asked.flags) ? AUTH_ERROR : result;
}

KSR_FN(auth_pv_www) { return answer(ctx, (question){false, args[0].s, args[1].s, msg_method(ctx->msg), args[2].i, 0}); }

KSR_FN(auth_pv_www_method) { return answer(ctx, (question){false, args[0].s, args[1].s, args[3].s, args[2].i, 0}); }

KSR_FN(auth_pv_proxy)
{
    return answer(ctx, (question){true, args[0].s, args[1].s, msg_method(ctx->msg), args[2].i, 0});
}

KSR_FN(auth_pv_check)
{
    const bool proxy = ctx->msg->method_id != SIP_REGISTER;
    return answer(ctx, (question){proxy, args[0].s, args[1].s, msg_method(ctx->msg), args[2].i, args[3].i});
}

/* ---- the headers */

KSR_FN(auth_has_credentials)
{
    auth_found found;
    if (auth_find(ctx->msg, SIP_HDR_PROXY_AUTHORIZATION, args[0].s, &found) == AUTH_GOOD) return 1;
    return auth_find(ctx->msg, SIP_HDR_AUTHORIZATION, args[0].s, &found) == AUTH_GOOD ? 1 : -1;
}

KSR_FN(auth_consume_credentials)
{
    const sip_hdr *hdr = auth_passes(ctx->msg) ? NULL : notes_authorized_hdr(ctx->msg);
    return hdr && edit_remove(ctx->msg, hdr) ? 1 : -1;
}
