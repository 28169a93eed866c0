/* digest.h: what client and server compute alike: RFC 7616, RFC 8760 and, without a qop, RFC 2069. */
#ifndef KL_SIP_DIGEST_H
#define KL_SIP_DIGEST_H

#include "base/arena.h"

typedef struct digest_algorithm {
    kl_span name;
    void (*hash)(kl_span text, uint8_t *out);
    size_t size;      /* bytes of a hash, which is written in twice as many hex digits */
    bool session;     /* A1 holds nonce and cnonce too */
    bool server_only; /* clients do not answer it */
} digest_algorithm;

/* In any case; MD5 where none is named (.s NULL); NULL: unknown. */
const digest_algorithm *digest_algorithm_of(kl_span name);

typedef struct digest_input {
    kl_span user, realm, password; /* of A1 */
    bool is_ha1;                   /* the password is the hash of user, realm and password, in hex */
    kl_span nonce, count, cnonce;  /* count: as written, 8 hex digits */
    kl_span qop;                   /* as written; empty: none, and count and cnonce are not in the response */
    kl_span method, uri;
    kl_span body; /* of auth-int; .s NULL: its hash is left out, as Kamailio's is */
} digest_input;

/* In lower-case hex, in the arena; .s NULL: no memory. */
kl_span digest_response(kl_arena *arena, const digest_algorithm *with, const digest_input *input);

#endif
