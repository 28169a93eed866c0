/* re.c: {re.*}: regular expressions. */
#include "pv/subst.h"
#include "tr.h"

#define MAX_TEXT 8190 /* of the value and of the result, as in Kamailio */

static bool substitute(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, expr, out;
    if (!tr_text(ctx, value, &text) || text.n == 0 || text.n > MAX_TEXT || !tr_str(ctx, &step->params[0], &expr))
        return false;
    const int found = subst_text(ctx, expr, text, MAX_TEXT, &out);
    return found >= 0 && tr_give(value, found > 0 ? out : text);
}

static const tr_op ops[] = {{"re", "subst", "r", substitute, 0}};
const tr_family tr_re_family = {ops, sizeof ops / sizeof ops[0]};
