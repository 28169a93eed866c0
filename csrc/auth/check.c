/* check.c: credentials that a request came with (RFC 7616 3.4). */
#include "auth.h"
#include "base/digest.h"
#include "core/notes.h"
#include "sip/digest.h"

auth_result auth_find(const kl_msg *msg, sip_hdr_id id, kl_span realm, auth_found *out)
{
    for (const sip_hdr *hdr = msg_hdr_first(msg, id); hdr; hdr = msg_hdr_next(msg, hdr)) {
        if (sip_credentials_parse(hdr_body(hdr), &out->given, NULL) != KL_OK) return AUTH_ERROR;
        if (!span_eqi(out->given.realm, realm)) continue;
        out->hdr = hdr;
        return AUTH_GOOD;
    }
    return AUTH_NO_CREDENTIALS;
}

static bool is_whole(const sip_credentials *given)
{
    if (!span_eqi(given->scheme, SPAN("Digest")) || given->username.n == 0 || !given->realm.s || !given->nonce.s ||
        given->uri.n == 0 || !given->response.s)
        return false;
    return given->qop.n == 0 || (given->nc.n > 0 && given->cnonce.n > 0);
}

auth_result auth_try(kl_ctx *ctx, const auth_found *found, kl_span method, const auth_password *password)
{
    const sip_credentials *given = &found->given;
    const digest_algorithm *with = digest_algorithm_of(given->algorithm);
    if (!with || given->response.n != 2 * with->size) return AUTH_ERROR;
    if (password->is_ha1 && (with->session || password->text.n != 2 * with->size)) return AUTH_ERROR;
    const kl_span response = digest_response(ctx->scratch, with,
                                             &(digest_input){.user = given->username,
                                                             .realm = given->realm,
                                                             .password = password->text,
                                                             .is_ha1 = password->is_ha1,
                                                             .nonce = given->nonce,
                                                             .count = given->nc,
                                                             .cnonce = given->cnonce,
                                                             .qop = given->qop,
                                                             .method = method,
                                                             .uri = given->uri,
                                                             .body = msg_told_body(ctx->msg)});
    if (!response.s) return AUTH_ERROR;
    return digest_equal(response, given->response) ? AUTH_GOOD : AUTH_WRONG_PASSWORD;
}

auth_result auth_admit(kl_ctx *ctx, const auth_settings *settings, const auth_found *found, bool keep_count)
{
    return is_whole(&found->given) ? auth_nonce_judge(ctx, settings, &found->given, keep_count) : AUTH_ERROR;
}

auth_result auth_check(kl_ctx *ctx, const auth_settings *settings, const auth_found *found, kl_span method,
                       const auth_password *password)
{
    const auth_result nonce = auth_admit(ctx, settings, found, password->keep_count);
    if (nonce != AUTH_GOOD && nonce != AUTH_STALE) return nonce;
    const auth_result response = auth_try(ctx, found, method, password);
    if (response != AUTH_GOOD) return response;
    if (nonce != AUTH_GOOD) return nonce;
    if (password->keep_count) auth_nonce_take(ctx, settings, &found->given);
    return notes_set_authorized(ctx->msg, found->given.user, found->hdr) ? AUTH_GOOD : AUTH_ERROR;
}

/* ---- who it is */

static bool is_user(const auth_settings *settings, const sip_credentials *given, const sip_uri *uri)
{
    if (!uri || !span_eq(uri->user, given->user)) return false;
    return !settings->use_domain || span_eqi(uri->host, given->domain.s ? given->domain : given->realm);
}

auth_result auth_check_user(kl_ctx *ctx, const auth_settings *settings, const auth_found *found)
{
    kl_msg *msg = ctx->msg;
    const sip_credentials *given = &found->given;
    const sip_uri *from = msg_from_uri(msg), *to = msg_to_uri(msg);
    if (!from || !to) return AUTH_ERROR;
    if (!is_user(settings, given, from)) return AUTH_OTHER_USER;
    if (!(msg->method_id & (SIP_REGISTER | SIP_PUBLISH))) return AUTH_GOOD;
    if (!is_user(settings, given, to)) return AUTH_OTHER_USER;
    if (msg->method_id == SIP_REGISTER) return AUTH_GOOD;
    const sip_uri *uri = msg_ruri(msg);
    if (!uri) return AUTH_ERROR;
    return is_user(settings, given, uri) ? AUTH_GOOD : AUTH_OTHER_USER;
}
