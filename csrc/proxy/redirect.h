/* redirect.h: Contact of replies that redirect (RFC 3261 8.3, 21.3). */
#ifndef KL_PROXY_REDIRECT_H
#define KL_PROXY_REDIRECT_H

#include "core/ctx.h"

enum { REDIRECT_FLAGS = 1, REDIRECT_PATH = 2 }; /* what a contact tells beyond its q */

/* Adds the changed Request-URI and the branches to the reply's headers, where a further reply to the same message finds
 * them too. False when memory ended. */
bool redirect_add_contacts(kl_ctx *ctx, int rich);

#endif
