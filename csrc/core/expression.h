/* expression.h: regular expressions as KSR functions take them: compiled once per engine, failures told in the log. */
#ifndef KL_CORE_EXPRESSION_H
#define KL_CORE_EXPRESSION_H

#include "base/regex/regex.h"
#include "ctx.h"

/* NULL, and an error line, when it is none. Good until the next call. */
kl_regex *expression_use(kl_ctx *ctx, kl_span text, unsigned flags);
/* What a search sees of a text: Kamailio's end at a NUL. */
kl_span expression_subject(kl_span text);
/* regex_search, where a search that cost too much is an error line and no match. All but the first search what
 * expression_subject leaves of it; the first is for a walk from match to match, which must not look for the NUL each
 * time. */
bool expression_find_in(kl_ctx *ctx, kl_regex *regex, kl_span subject, unsigned flags, size_t count,
                        regex_group *groups);
bool expression_find(kl_ctx *ctx, kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups);
static inline bool expression_matches(kl_ctx *ctx, kl_regex *regex, kl_span subject)
{
    return expression_find(ctx, regex, subject, 0, 0, NULL);
}

#endif
