/* proxy.h: what an engine keeps for the messages it sends. */
#ifndef KL_PROXY_PROXY_H
#define KL_PROXY_PROXY_H

#include "core/per_engine.h"
#include "stateless.h"

struct proxy_state {
    kl_buf out;         /* a message while it is built; sent as a copy */
    kl_buf token;       /* its branch or To-tag meanwhile */
    bool has_forwarded; /* a request, ever: what stateless_reply_error words */
    stateless_state stateless;
};

static inline proxy_state *proxy_of(const kl_ctx *ctx) { return ctx->per_engine->proxy; }
void proxy_init(proxy_state *proxy);
void proxy_done(proxy_state *proxy);

#endif
