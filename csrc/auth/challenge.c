/* challenge.c: WWW-Authenticate and Proxy-Authenticate (RFC 7616 3.3), and what the settings begin with. */
#include "auth.h"
#include "base/text.h"
#include "core/shared.h"
#include "sip/build.h"

#define ROOM 1048576 /* nonces whose use is noted */

void auth_init(auth_settings *settings)
{
    *settings = (auth_settings){.nonce_expire = 300,
                                .nonce_auth_max_drift = 3,
                                .nc_array_size = ROOM,
                                .otn_in_flight_no = ROOM,
                                .nid_pool_no = 1,
                                .qop = SPAN("auth"),
                                .challenge_attr = SPAN("$avp(digest_challenge)"),
                                .proxy_challenge_header = SPAN("Proxy-Authenticate"),
                                .www_challenge_header = SPAN("WWW-Authenticate")};
}

/* The power of two that is not above `size`, or 2^order where there is one. */
static uint32_t room_of(int size, int order)
{
    if (order > 0) return order < 31 ? 1u << order : 1u << 31;
    uint32_t room = 1;
    while (room * 2 <= (uint32_t)size) room *= 2;
    return room;
}

bool auth_start(kl_ctx *ctx, const auth_settings *settings)
{
    const uint32_t counts = settings->nonce_count ? room_of(settings->nc_array_size, settings->nc_array_order) : 0;
    const uint32_t once = settings->one_time_nonce ? room_of(settings->otn_in_flight_no, settings->otn_in_flight_order)
                                                   : 0;
    return shared_nonces_room(shared_nonces_of(ctx->shared), counts, once);
}

kl_span auth_algorithm_named(kl_span name)
{
    static const kl_span known[] = {{"", 0}, {"MD5", 3}, {"SHA-256", 7}, {"SHA-512", 7}, {"SHA-512-256", 11}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (span_eq(name, known[i])) return known[i];
    return SPAN_NULL;
}

kl_span auth_realm(const auth_settings *settings, kl_span realm)
{
    const kl_span prefix = settings->realm_prefix;
    return prefix.n > 0 && span_startsi(realm, prefix) ? span_from(realm, prefix.n) : realm;
}

bool auth_passes(const kl_msg *msg)
{
    return msg->is_request && (msg->method_id & (SIP_ACK | SIP_CANCEL | SIP_PRACK)) != 0;
}

kl_span auth_qop(bool auth, bool auth_int) { return auth_int ? SPAN("auth-int") : auth ? SPAN("auth") : SPAN(""); }

kl_span auth_challenge_line(kl_ctx *ctx, const auth_settings *settings, const auth_challenge *what)
{
    const kl_span realm = auth_realm(settings, what->realm), algorithm = settings->algorithm;
    if (!build_is_line(realm)) return SPAN_NULL;
    const kl_span nonce = auth_nonce(ctx, settings, what->bound);
    if (!nonce.s) return SPAN_NULL;
    const bool qop = what->qop.n > 0;
    return text_join(ctx->scratch, what->proxy ? settings->proxy_challenge_header : settings->www_challenge_header,
                     SPAN(": Digest realm=\""), realm, SPAN("\", nonce=\""), nonce, SPAN("\""),
                     qop ? SPAN(", qop=\"") : SPAN(""), what->qop, qop ? SPAN("\"") : SPAN(""),
                     what->stale ? SPAN(", stale=true") : SPAN(""), SPAN(", algorithm="),
                     algorithm.n > 0 ? algorithm : SPAN("MD5"), SPAN("\r\n"));
}
