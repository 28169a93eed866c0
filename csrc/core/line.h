/* line.h: texts that a script or a peer puts into a start line, a header or a URI. */
#ifndef KL_CORE_LINE_H
#define KL_CORE_LINE_H

#include "ctx.h"

/* False, and one line in the log: the text holds CR, LF or NUL (build_is_line), and would make more of it than one line
 * of a message. */
bool line_good(kl_ctx *ctx, kl_span text);
/* For what csrc/sip has looked at by itself, and refused: the line in the log where that was why. Always false. */
bool line_refused(kl_ctx *ctx, kl_span text);

#endif
