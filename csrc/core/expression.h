/* expression.h: regular expressions as KSR functions take them: compiled once per engine, failures told in the log. */
#ifndef KL_CORE_EXPRESSION_H
#define KL_CORE_EXPRESSION_H

#include "base/regex/regex.h"
#include "ctx.h"

/* NULL, and an error line, when it is none. Good until the next call. */
kl_regex *expression_use(kl_ctx *ctx, kl_span text, unsigned flags);
/* regex_search, where a search that cost too much is an error line and no match. Both see the subject up to a NUL, as Kamailio does. */
bool expression_find(kl_ctx *ctx, kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups);
static inline bool expression_matches(kl_ctx *ctx, kl_regex *regex, kl_span subject) { return expression_find(ctx, regex, subject, 0, 0, NULL); }

#endif
