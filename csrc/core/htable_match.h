/* htable_match.h: which items of a hash table a script means. */
#ifndef KL_CORE_HTABLE_MATCH_H
#define KL_CORE_HTABLE_MATCH_H

#include "htable.h"
#include "expression.h"

typedef enum htable_op {
    HTABLE_ALL,
    HTABLE_EQUAL,
    HTABLE_DIFFERS,
    HTABLE_STARTS,
    HTABLE_ENDS,
    HTABLE_HOLDS,
    HTABLE_REGEX,
    HTABLE_NUMBER /* values that are this number */
} htable_op;

typedef struct htable_match {
    htable_op op;
    bool by_value; /* text values, not keys */
    bool alive;    /* expired items are passed over, but for HTABLE_ALL */
    kl_span text;
    int64_t number;
    kl_regex *regex;
} htable_match;

int64_t htable_count(core_htable *table, const htable_match *match, double now);
bool htable_any(core_htable *table, const htable_match *match, double now);
void htable_remove_all(core_htable *table, const htable_match *match, double now);
/* The operators of $shtcn and $shtcv at the start of a text (~~ ~% %~ == ** eq), else all of it is a regular
 * expression. False: nothing can match. */
bool htable_match_parse(kl_ctx *ctx, kl_span text, htable_match *out);

#endif
