#include "digest_answer.h"

#include "base/text.h"
#include "build.h"
#include "digest.h"

static const digest_algorithm *algorithm_of(const sip_challenge *challenge)
{
    const digest_algorithm *with = digest_algorithm_of(challenge->algorithm);
    return with && !with->server_only ? with : NULL;
}

bool digest_is_known(const sip_challenge *challenge) { return algorithm_of(challenge) != NULL; }

typedef enum qop { QOP_NONE, QOP_AUTH, QOP_AUTH_INT } qop;
static const kl_span qop_names[] = {{"", 0}, {"auth", 4}, {"auth-int", 8}}; /* by qop */

static qop choose(kl_span offered)
{
    qop best = QOP_NONE;
    while (offered.n > 0) {
        const char *comma = span_find(offered, ',');
        const kl_span one = span_trim(comma ? span_between(offered.s, comma) : offered);
        if (span_eqi(one, qop_names[QOP_AUTH])) return QOP_AUTH;
        if (span_eqi(one, qop_names[QOP_AUTH_INT])) best = QOP_AUTH_INT;
        offered = comma ? span_between(comma + 1, span_end(offered)) : SPAN("");
    }
    return best;
}

/* ---- the header */

/* A quoted string's content (RFC 3261 25.1). */
static kl_span escaped(kl_arena *arena, kl_span text)
{
    char *out = arena_alloc(arena, 2 * text.n + 1), *at = out;
    if (!out) return SPAN_NULL;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '"' || text.s[i] == '\\') at = text_putc(at, '\\');
        at = text_putc(at, text.s[i]);
    }
    return span_between(out, at);
}

/* ", qop=auth, nc=00000001, cnonce="..."", or nothing. */
static kl_span quality_params(kl_arena *arena, qop quality, kl_span count, kl_span cnonce)
{
    if (quality == QOP_NONE) return SPAN("");
    return text_join(arena, SPAN(", qop="), qop_names[quality], SPAN(", nc="), count, SPAN(", cnonce=\""), cnonce,
                     SPAN("\""));
}

static bool is_writable(const sip_challenge *challenge, const digest_login *login, const digest_request *request)
{
    return build_is_line(challenge->realm) && build_is_line(challenge->nonce) && build_is_line(challenge->opaque) &&
           build_is_line(login->user) && build_is_line(request->uri) && !span_find(request->uri, '"');
}

kl_span digest_answer(kl_arena *arena, const sip_challenge *challenge, const digest_login *login,
                      const digest_request *request)
{
    const digest_algorithm *with = algorithm_of(challenge);
    if (!with || !is_writable(challenge, login, request)) return SPAN_NULL;
    char digits[8];
    text_put_hex_digits(digits, request->count, sizeof digits);
    const kl_span count = span_of(digits, sizeof digits), cnonce = request->cnonce;
    const qop quality = choose(challenge->qop);
    const kl_span response = digest_response(arena, with,
                                             &(digest_input){.user = login->user,
                                                             .realm = challenge->realm,
                                                             .password = login->password,
                                                             .is_ha1 = login->is_ha1,
                                                             .nonce = challenge->nonce,
                                                             .count = count,
                                                             .cnonce = cnonce,
                                                             .qop = qop_names[quality],
                                                             .method = request->method,
                                                             .uri = request->uri,
                                                             .body = request->body.s ? request->body : SPAN("")});
    const kl_span user = escaped(arena, login->user), more = quality_params(arena, quality, count, cnonce);
    if (!response.s || !user.s || !more.s) return SPAN_NULL;
    const bool opaque = challenge->opaque.n > 0;
    return text_join(arena, SPAN("Digest username=\""), user, SPAN("\", realm=\""), challenge->realm,
                     SPAN("\", nonce=\""), challenge->nonce, SPAN("\", uri=\""), request->uri,
                     opaque ? SPAN("\", opaque=\"") : SPAN(""), opaque ? challenge->opaque : SPAN(""), SPAN("\""), more,
                     SPAN(", response=\""), response, SPAN("\", algorithm="), with->name);
}
