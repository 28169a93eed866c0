/* branches.h: other places that one request could go to. */
#ifndef KL_PROXY_BRANCHES_H
#define KL_PROXY_BRANCHES_H

#include "core/ctx.h"

/* One more behind those of ctx->msg, its texts copied. False: there are as many as max_branches leaves beside the
 * Request-URI, which the log tells, or memory ended. */
bool branches_append(kl_ctx *ctx, const sip_branch *branch);

#endif
