/* target.h: "Name[index].param", what the functions on header values take. */
#ifndef KL_MODULES_TEXTOPSX_TARGET_H
#define KL_MODULES_TEXTOPSX_TARGET_H

#include "textopsx.h"

typedef struct target {
    kl_span name, param; /* param.s NULL: none */
    bool has_index, all; /* [...] was given; [*] */
    int index;           /* from 1, negative from the end, 0: the function's default */
} target;

/* False and an error line when the text is none, or when nobody can tell which headers there are. */
bool target_parse(kl_ctx *ctx, kl_span text, target *out);
/* A value with its pseudo-variables evaluated, valid until the next; false when it cannot be, or is not within a line.
 */
bool target_value(kl_ctx *ctx, kl_span format, kl_span *out);
/* "Name: value\r\n" in scratch; .s NULL when memory ended. */
kl_span target_line(kl_ctx *ctx, kl_span name, kl_span value);

#endif
