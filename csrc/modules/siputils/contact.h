/* contact.h: the URIs of Contact headers rewritten, by a rule for one of them. Private to siputils. */
#ifndef KL_MODULES_SIPUTILS_CONTACT_H
#define KL_MODULES_SIPUTILS_CONTACT_H

#include "siputils.h"
#include "sip/edit.h"

/* What becomes of one URI. Leaves `piece` (the URI) or narrows it to the part that is replaced; *text with .s NULL at
 * entry and return: it stays as it is. Memory from ctx->scratch. Returns 1, or a negative code: then neither this URI
 * nor those before it in its header are changed. */
typedef int (*contact_rule)(kl_ctx *ctx, const kl_value *args, kl_span *piece, kl_span *text);

/* 1, the code of the last URI that failed, or -1: memory ended, or another function has put its own URI there, which
 * would be lost (logged). */
int contact_rewrite(kl_ctx *ctx, const sip_hdr *hdr, const kl_value *args, contact_rule rule);

#endif
