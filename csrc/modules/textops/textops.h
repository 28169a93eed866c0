/* textops.h: KSR.textops.*, in files by topic. Private to them. */
#ifndef KL_MODULES_TEXTOPS_H
#define KL_MODULES_TEXTOPS_H

#include "base/regex/regex.h"
#include "modules/modules.h"
#include "pv/pv.h"

typedef struct textops_state {
    kl_buf made; /* a body or a part while it is put together */
} textops_state;

static inline textops_state *textops_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_TEXTOPS); }
static inline int textops_outcome(bool good) { return good ? 1 : -1; }

/* What the functions that search take patterns for, where nothing else is said. */
#define TEXTOPS_REGEX    (REGEX_ICASE | REGEX_NEWLINE)
#define TEXTOPS_MAX_TEXT 65535

/* Where they look and how: data of their rows. */
typedef enum textops_scope {
    TEXTOPS_MESSAGE /* all behind the first line */,
    TEXTOPS_HEADERS,
    TEXTOPS_BODY
} textops_scope;
enum { TEXTOPS_SCOPE = 3, TEXTOPS_AT_ONCE = 4 };
typedef enum textops_which { TEXTOPS_EACH, TEXTOPS_FIRST, TEXTOPS_LAST } textops_which;
textops_which textops_which_of(kl_span flags); /* f, l, or anything else */
const sip_hdr *textops_first_named(kl_ctx *ctx, kl_span name);
kl_span textops_scope_text(kl_ctx *ctx); /* .s NULL: there is no such part */
/* an edit of the kind that belongs to the row's scope */
bool textops_swap(kl_ctx *ctx, kl_span piece, kl_span text);
int textops_store(kl_ctx *ctx, kl_span name, kl_span text); /* into a variable, .s NULL as null: 1, -1 */

/* textops/hex.c */
/* Pairs of digits, blanks between them; false, and an error line, for anything else. */
bool textops_from_hex(kl_ctx *ctx, kl_span hex, kl_span *out);

/* textops/part.c */
void textops_add_delimiter(kl_buf *made, kl_span boundary);
/* With the delimiter behind it. */
void textops_add_part(kl_buf *made, kl_span text, kl_span type, kl_span disposition, kl_span boundary);

#endif
