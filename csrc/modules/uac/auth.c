/* auth.c: answers to the challenge of a branch that failed (RFC 3261 22.2, 22.3). */
#include "base/corehash.h"
#include "base/text.h"
#include "sip/edit.h"
#include "tm/tm.h"
#include "uac.h"

static int refuse(kl_ctx *ctx, const char *why)
{
    log_print(ctx, KL_LOG_ERR, "uac.%s: %s", ctx->row->name, why);
    return -1;
}

bool uac_challenge(const kl_msg *reply, int code, sip_challenge *out)
{
    const sip_hdr_id id = code == 407 ? SIP_HDR_PROXY_AUTHENTICATE : SIP_HDR_WWW_AUTHENTICATE;
    if (code != 407 && code != 401) return false;
    for (const sip_hdr *hdr = msg_hdr_first(reply, id); hdr; hdr = msg_hdr_next(reply, hdr))
        if (sip_challenge_parse(hdr_body(hdr), out, NULL) == KL_OK && digest_is_known(out)) return true;
    return false;
}

kl_span uac_answer(kl_ctx *ctx, int code, const sip_challenge *challenge, const digest_login *login,
                   digest_request *request)
{
    char digits[TEXT_INT];
    request->cnonce = text_decimal(digits, corehash(challenge->nonce, SPAN_NULL)); /* as in Kamailio */
    request->count = 1;
    const kl_span value = digest_answer(ctx->scratch, challenge, login, request);
    if (!value.s) return SPAN_NULL;
    return text_join(ctx->scratch, code == 407 ? SPAN("Proxy-Authorization: ") : SPAN("Authorization: "), value,
                     SPAN("\r\n"));
}

static int authenticate(kl_ctx *ctx, bool is_ha1)
{
    const tm_branch *branch = tm_failed_branch(ctx);
    sip_challenge challenge;
    digest_login login = {.is_ha1 = is_ha1};
    if (!branch || !branch->reply) return refuse(ctx, "there is no reply of a branch that failed");
    if (!uac_challenge(branch->reply, branch->last_received, &challenge))
        return refuse(ctx, "the reply has no challenge that can be answered");
    if (!uac_login(ctx, challenge.realm, &login.user, &login.password))
        return refuse(ctx, "there are no credentials for the realm");
    digest_request request = {.method = ctx->msg->method, .uri = branch->uri, .body = msg_told_body(ctx->msg)};
    const kl_span line = uac_answer(ctx, branch->last_received, &challenge, &login, &request);
    if (!line.s) return refuse(ctx, "the answer cannot be built");
    return edit_append(ctx->msg, line) && msg_set_uri(ctx->msg, branch->uri) ? 1 : -1;
}

KSR_FN(uac_auth) { return authenticate(ctx, false); }

KSR_FN(uac_auth_mode) { return authenticate(ctx, (args[0].i & 1) != 0); }
