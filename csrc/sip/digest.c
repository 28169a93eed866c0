#include "digest.h"

#include "base/digest.h"
#include "base/text.h"

static const digest_algorithm algorithms[] = {
    {{"MD5", 3}, digest_md5, MD5_SIZE, false, false},
    {{"MD5-sess", 8}, digest_md5, MD5_SIZE, true, false},
    {{"SHA-256", 7}, digest_sha256, SHA256_SIZE, false, false},
    {{"SHA-256-sess", 12}, digest_sha256, SHA256_SIZE, true, false},
    {{"SHA-512-256", 11}, digest_sha512_256, SHA512_256_SIZE, false, false},
    {{"SHA-512-256-sess", 16}, digest_sha512_256, SHA512_256_SIZE, true, false},
    {{"SHA-512", 7}, digest_sha512, SHA512_SIZE, false, true}, /* of no RFC; Kamailio's module auth has it */
    {{"SHA-512-sess", 12}, digest_sha512, SHA512_SIZE, true, true},
};

const digest_algorithm *digest_algorithm_of(kl_span name)
{
    if (!name.s) return &algorithms[0];
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (span_eqi(name, algorithms[i].name)) return &algorithms[i];
    return NULL;
}

/* ---- hashes (RFC 7616 3.4.1 to 3.4.3) */

static kl_span hash(kl_arena *arena, const digest_algorithm *with, kl_span text)
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

static kl_span hash_a1(kl_arena *arena, const digest_algorithm *with, const digest_input *input)
{
    const kl_span plain = input->is_ha1 ? input->password
                                        : HASH(input->user, COLON, input->realm, COLON, input->password);
    if (!plain.s || !with->session) return plain;
    return HASH(plain, COLON, input->nonce, COLON, input->cnonce);
}

static kl_span hash_a2(kl_arena *arena, const digest_algorithm *with, const digest_input *input)
{
    if (!input->body.s || !span_eqi(input->qop, SPAN("auth-int"))) return HASH(input->method, COLON, input->uri);
    const kl_span body = hash(arena, with, input->body);
    return body.s ? HASH(input->method, COLON, input->uri, COLON, body) : SPAN_NULL;
}

kl_span digest_response(kl_arena *arena, const digest_algorithm *with, const digest_input *input)
{
    const kl_span a1 = hash_a1(arena, with, input), a2 = hash_a2(arena, with, input);
    if (!a1.s || !a2.s) return SPAN_NULL;
    if (input->qop.n == 0) return HASH(a1, COLON, input->nonce, COLON, a2);
    return HASH(a1, COLON, input->nonce, COLON, input->count, COLON, input->cnonce, COLON, input->qop, COLON, a2);
}
