#include "digest_answer.h"

#include "base/digest.h"
#include "base/text.h"
#include "build.h"

typedef struct algorithm {
    kl_span name;
    void (*hash)(kl_span text, uint8_t *out);
    size_t size;
    bool session; /* A1 holds nonce and cnonce too */
} algorithm;

static const algorithm algorithms[] = {
    {{"MD5", 3}, digest_md5, MD5_SIZE, false},
    {{"MD5-sess", 8}, digest_md5, MD5_SIZE, true},
    {{"SHA-256", 7}, digest_sha256, SHA256_SIZE, false},
    {{"SHA-256-sess", 12}, digest_sha256, SHA256_SIZE, true},
    {{"SHA-512-256", 11}, digest_sha512_256, SHA512_256_SIZE, false},
    {{"SHA-512-256-sess", 16}, digest_sha512_256, SHA512_256_SIZE, true},
};

static const algorithm *algorithm_of(const sip_challenge *challenge)
{
    if (!challenge->algorithm.s) return &algorithms[0];
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (span_eqi(challenge->algorithm, algorithms[i].name)) return &algorithms[i];
    return NULL;
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

/* ---- hashes (RFC 7616 3.4.1 to 3.4.3) */

/* In hex, in the arena. */
static kl_span hash(kl_arena *arena, const algorithm *with, kl_span text)
{
    uint8_t bytes[DIGEST_MAX_SIZE];
    char *hex = text.s ? arena_alloc(arena, 2 * with->size) : NULL;
    if (!hex) return SPAN_NULL;
    with->hash(text, bytes);
    digest_hex(bytes, with->size, hex);
    return span_of(hex, 2 * with->size);
}

#define COLON     SPAN(":")
#define HASH(...) hash(arena, with, text_join(arena, __VA_ARGS__))

static kl_span hash_a1(kl_arena *arena, const algorithm *with, const sip_challenge *challenge,
                       const digest_login *login, kl_span cnonce)
{
    const kl_span plain = login->is_ha1 ? login->password
                                        : HASH(login->user, COLON, challenge->realm, COLON, login->password);
    if (!plain.s || !with->session) return plain;
    return HASH(plain, COLON, challenge->nonce, COLON, cnonce);
}

static kl_span hash_a2(kl_arena *arena, const algorithm *with, qop quality, const digest_request *request)
{
    if (quality != QOP_AUTH_INT) return HASH(request->method, COLON, request->uri);
    const kl_span body = hash(arena, with, request->body.s ? request->body : SPAN(""));
    return body.s ? HASH(request->method, COLON, request->uri, COLON, body) : SPAN_NULL;
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
    const algorithm *with = algorithm_of(challenge);
    if (!with || !is_writable(challenge, login, request)) return SPAN_NULL;
    char digits[8];
    text_put_hex_digits(digits, request->count, sizeof digits);
    const kl_span count = span_of(digits, sizeof digits), cnonce = request->cnonce;
    const qop quality = choose(challenge->qop);
    const kl_span a1 = hash_a1(arena, with, challenge, login, cnonce), a2 = hash_a2(arena, with, quality, request);
    if (!a1.s || !a2.s) return SPAN_NULL;
    const kl_span response = quality == QOP_NONE ? HASH(a1, COLON, challenge->nonce, COLON, a2)
                                                 : HASH(a1, COLON, challenge->nonce, COLON, count, COLON, cnonce, COLON,
                                                        qop_names[quality], COLON, a2);
    const kl_span user = escaped(arena, login->user), more = quality_params(arena, quality, count, cnonce);
    if (!response.s || !user.s || !more.s) return SPAN_NULL;
    const bool opaque = challenge->opaque.n > 0;
    return text_join(arena, SPAN("Digest username=\""), user, SPAN("\", realm=\""), challenge->realm,
                     SPAN("\", nonce=\""), challenge->nonce, SPAN("\", uri=\""), request->uri,
                     opaque ? SPAN("\", opaque=\"") : SPAN(""), opaque ? challenge->opaque : SPAN(""), SPAN("\""), more,
                     SPAN(", response=\""), response, SPAN("\", algorithm="), with->name);
}
