/* challenge.c: replies that ask for credentials (RFC 3261 22.2, 22.3). */
#include "module.h"
#include "proxy/stateless.h"
#include "pv/pv.h"
#include "sip/edit.h"

enum { QOP_AUTH = 1, QOP_AUTH_INT = 2, NO_500 = 4, STALE = 16 }; /* flags of the functions */
enum { NOT_BUILT = -2, NOT_SENT = -3, NO_500_SENT = -4 };

static kl_span qop_of(int64_t flags) { return auth_qop((flags & QOP_AUTH) != 0, (flags & QOP_AUTH_INT) != 0); }

/* Within a transaction, by it. */
static bool reply(kl_ctx *ctx, int code, kl_span reason)
{
    return stateless_or_within(ctx, !auth_settings_of(ctx)->force_stateless_reply, code, reason) > 0;
}

static int challenge(kl_ctx *ctx, bool proxy, kl_span realm, int64_t flags)
{
    const auth_challenge what = {
        .proxy = proxy, .realm = realm, .qop = qop_of(flags), .stale = (flags & STALE) != 0, .bound = true};
    const kl_span line = auth_challenge_line(ctx, auth_settings_of(ctx), &what);
    if (!line.s || !edit_reply(ctx->msg, line)) {
        log_print(ctx, KL_LOG_ERR, "auth.%s: the challenge cannot be built", ctx->row->name);
        return flags & NO_500 || reply(ctx, 500, SPAN("Internal Server Error")) ? NOT_BUILT : NO_500_SENT;
    }
    const bool sent = proxy ? reply(ctx, 407, SPAN("Proxy Authentication Required"))
                            : reply(ctx, 401, SPAN("Unauthorized"));
    return sent ? 1 : NOT_SENT;
}

KSR_FN(auth_challenge_www) { return challenge(ctx, false, args[0].s, args[1].i); }

KSR_FN(auth_challenge_proxy) { return challenge(ctx, true, args[0].s, args[1].i); }

KSR_FN(auth_challenge_either) { return challenge(ctx, ctx->msg->method_id != SIP_REGISTER, args[0].s, args[1].i); }

KSR_FN(auth_get_www_authenticate)
{
    const auth_challenge what = {.realm = args[0].s, .qop = qop_of(args[1].i), .stale = (args[1].i & STALE) != 0};
    const pv_spec *spec = pv_lookup(ctx, args[2].s);
    const kl_span line = spec ? auth_challenge_line(ctx, auth_settings_of(ctx), &what) : SPAN_NULL;
    pv_value value;
    if (!line.s) return -1;
    pv_str(&value, line);
    return pv_set(ctx, spec, &value) ? 1 : -1;
}
