/* subst.h: expressions that replace: "/regex/replacement/flags", as {re.subst} and the subst functions of KSR.textops
 * take them.
 *
 * The first character is the separator, any but a backslash. Flags: g all matches, i letters in either case, s '.' and
 * [^x] match line ends, and ^ and $ the ends of the text alone. In the replacement: \0 to \9 what a group held, \u the
 * Request-URI, \n \r \t, any other character behind a backslash itself, and pseudo-variables, where a null one is
 * nothing. */
#ifndef KL_PV_SUBST_H
#define KL_PV_SUBST_H

#include "core/expression.h"
#include "pv.h"

typedef struct subst_expr {
    kl_span pattern, replacement;
    unsigned flags; /* REGEX_* */
    bool all;
} subst_expr;

bool subst_parse(kl_ctx *ctx, kl_span text, subst_expr *out); /* false, and an error line: malformed */

/* One match after the other, in one text or several; no other expression may be used meanwhile but by variables in the
 * replacement. */
typedef struct subst_walk {
    const subst_expr *expr;
    kl_regex *regex;
    kl_span rest;           /* of the text, behind the last match */
    bool begun, line_start; /* rest begins a line */
    kl_span match;          /* piece of the text */
    regex_group groups[REGEX_GROUPS];
    const char *end; /* of what is searched, see expression_subject */
} subst_walk;

bool subst_begin(kl_ctx *ctx, const subst_expr *expr, kl_span text, subst_walk *walk);
void subst_again(subst_walk *walk, kl_span text); /* from the start of another text */
/* 1: walk->match and *with, which stands in its place (in ctx->scratch); 0: no more, after the first one without the
 * flag g too; -1: a match of nothing, a variable that cannot be read, or memory ended. */
int subst_next(kl_ctx *ctx, subst_walk *walk, kl_span *with);

/* All of it on a text of its own, into ctx->scratch: 1, 0 without a match, -1. limit: of the result's bytes. */
int subst_text(kl_ctx *ctx, kl_span expr, kl_span text, size_t limit, kl_span *out);

#endif
