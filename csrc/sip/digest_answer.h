/* digest_answer.h: what a client answers a Digest challenge with: RFC 7616, RFC 8760 and, without a qop, RFC 2069. */
#ifndef KL_SIP_DIGEST_ANSWER_H
#define KL_SIP_DIGEST_ANSWER_H

#include "base/arena.h"
#include "challenge.h"

typedef struct digest_login {
    kl_span user, password;
    bool is_ha1; /* the password is the hash of user, realm and password, in hex */
} digest_login;

typedef struct digest_request {
    kl_span method, uri, body;
    kl_span cnonce; /* a text that nobody knows beforehand */
    uint32_t count; /* of requests with this nonce, this one included */
} digest_request;

/* Whether the algorithm is one of those: MD5, which counts where none is named, SHA-256, SHA-512-256, each with -sess.
 */
bool digest_is_known(const sip_challenge *challenge);
/* The value of Authorization or Proxy-Authorization, parameters in Kamailio's order. qop is auth where it is offered,
 * else auth-int; what is neither is ignored. .s NULL: the algorithm is unknown, a text is not within a line or the
 * URI has a quote, or there is no memory. */
kl_span digest_answer(kl_arena *arena, const sip_challenge *challenge, const digest_login *login,
                      const digest_request *request);

#endif
