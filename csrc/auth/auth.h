/* auth.h: Digest authentication of clients (RFC 7616, RFC 8760) with Kamailio's settings and results. */
#ifndef KL_AUTH_AUTH_H
#define KL_AUTH_AUTH_H

#include "core/ctx.h"

/* What scripts see. */
typedef enum auth_result {
    AUTH_GOOD = 1,
    AUTH_ERROR = -1, /* malformed, an unknown algorithm, a nonce that is not ours */
    AUTH_WRONG_PASSWORD = -2,
    AUTH_UNKNOWN_USER = -3,
    AUTH_STALE = -4,
    AUTH_NO_CREDENTIALS = -5,
    AUTH_REUSED = -6,
    AUTH_EXPIRED_USER = -7,
    AUTH_OTHER_USER = -8
} auth_result;

/* What of a request a nonce is bound to. */
enum { AUTH_BIND_URI = 1, AUTH_BIND_CALL_ID = 2, AUTH_BIND_FROM_TAG = 4, AUTH_BIND_SOURCE = 8 };

/* Named as in Kamailio's auth, whose module has them. */
typedef struct auth_settings {
    kl_span secret; /* empty: one of the shared state's */
    int nonce_expire, nonce_auth_max_drift;
    int auth_checks_register, auth_checks_no_dlg, auth_checks_in_dlg; /* AUTH_BIND_* */
    int nonce_count, one_time_nonce;
    int nc_array_size, nc_array_order, otn_in_flight_no, otn_in_flight_order, nid_pool_no;
    int force_stateless_reply, use_domain;
    kl_span qop, realm_prefix, challenge_attr, proxy_challenge_header, www_challenge_header;
    kl_span algorithm; /* of challenges, as auth_algorithm set it last; empty: MD5 */
} auth_settings;

void auth_init(auth_settings *settings);
/* Room for what is noted of nonces; false: no memory. */
bool auth_start(kl_ctx *ctx, const auth_settings *settings);
/* The text of a known one, which stays; .s NULL: it is none. */
kl_span auth_algorithm_named(kl_span name);
kl_span auth_realm(const auth_settings *settings, kl_span realm); /* without the prefix */
/* ACK, CANCEL and PRACK are not challenged (RFC 3261 22.1): they pass without a look. */
bool auth_passes(const kl_msg *msg);

/* ---- nonce.c */
#define AUTH_NONCE 60 /* characters at most */
/* In the arena; `bound`: to what the settings say, else to nothing. .s NULL: no memory. */
kl_span auth_nonce(kl_ctx *ctx, const auth_settings *settings, bool bound);
/* GOOD, STALE, REUSED, or ERROR. keep: that of a nonce count is not noted yet, auth_nonce_take does so. */
auth_result auth_nonce_judge(kl_ctx *ctx, const auth_settings *settings, const sip_credentials *given, bool keep);
void auth_nonce_take(kl_ctx *ctx, const auth_settings *settings, const sip_credentials *given);

/* ---- challenge.c */
typedef struct auth_challenge {
    bool proxy;         /* Proxy-Authenticate, else WWW-Authenticate */
    kl_span realm, qop; /* qop empty: none */
    bool stale, bound;
} auth_challenge;
kl_span auth_qop(bool auth, bool auth_int); /* the one that is offered of these: auth-int before auth */
/* The header with its CRLF, in scratch; .s NULL: no memory, or the realm is not within a line. */
kl_span auth_challenge_line(kl_ctx *ctx, const auth_settings *settings, const auth_challenge *what);

/* ---- check.c */
typedef struct auth_found {
    const sip_hdr *hdr;
    sip_credentials given;
} auth_found;
/* The first credentials for a realm in headers of this name: GOOD, NO_CREDENTIALS, or ERROR. */
auth_result auth_find(const kl_msg *msg, sip_hdr_id id, kl_span realm, auth_found *out);

typedef struct auth_password {
    kl_span text;
    bool is_ha1;
    bool keep_count; /* a failed check leaves the nonce count as it was */
} auth_password;
/* What the credentials come to before any password is looked at: GOOD or STALE, which is told when a password is right,
 * or what ends it. keep_count: as in auth_password. */
auth_result auth_admit(kl_ctx *ctx, const auth_settings *settings, const auth_found *found, bool keep_count);
/* Whether the response is that of a password: GOOD, WRONG_PASSWORD, or ERROR. */
auth_result auth_try(kl_ctx *ctx, const auth_found *found, kl_span method, const auth_password *password);
/* Both; when they are right, that is noted (core/notes.h). */
auth_result auth_check(kl_ctx *ctx, const auth_settings *settings, const auth_found *found, kl_span method,
                       const auth_password *password);
/* Whether their user is who the request says it is from: GOOD, OTHER_USER, or ERROR. */
auth_result auth_check_user(kl_ctx *ctx, const auth_settings *settings, const auth_found *found);

#endif
