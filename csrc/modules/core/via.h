/* via.h: fields of $xavp lists on Via headers: what scripts write on ours, and on the top one of replies (corex.via_*).
 */
#ifndef KL_MODULES_CORE_VIA_H
#define KL_MODULES_CORE_VIA_H

#include "modules/row.h"

/* ";name=value;name" of the fields of the newest $xavp of that name, newest first, when the message has the flag; empty
 * when there is nothing to write. In ctx->scratch; false when memory ended. */
bool via_params(kl_ctx *ctx, unsigned flag, kl_span xavp, kl_span *out);
/* The text of one field of the list that corex.via_use_xavp_fields turned on; false when it is off, and for a field
 * that is none, empty or no text. */
bool via_field(kl_ctx *ctx, kl_span name, kl_span *out);

#endif
