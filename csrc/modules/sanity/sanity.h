/* sanity.h: KSR.sanity.*, and its tests. Private to them. */
#ifndef KL_MODULES_SANITY_H
#define KL_MODULES_SANITY_H

#include "modules/modules.h"

typedef struct sanity_sizes {
    /* bytes; 0: any */
    int message, method, ruri, from_uri, to_uri, contact_uri, route_uri, path_uri, pai_uri, header, headers, body;
} sanity_sizes;

typedef struct sanity_state {
    int default_checks, uri_checks, noreply, autodrop, size_checks;
    kl_span proxy_require; /* extensions this proxy knows, with commas between */
    sanity_sizes sizes;
    /* with noreply: what sanity_reply() sends, and for which message; code 0: nothing, as before each check */
    int code;
    const char *reason;
    uint64_t generation;
    const kl_msg *msg;
    kl_buf line; /* a header for replies */
} sanity_state;

static inline sanity_state *sanity_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_SANITY); }

/* refuse.c: the result of a test that failed: false. The request is answered, at once or by sanity_reply(). */
bool sanity_refuse(kl_ctx *ctx, int code, const char *reason);
/* Likewise, and nobody may answer this message. */
bool sanity_mute(kl_ctx *ctx, const char *why);

/* checks.c: true when all tests of the bits pass; they are done in the module's order, up to the first that fails. */
bool sanity_passes(kl_ctx *ctx, unsigned checks, unsigned uri_checks);

#endif
