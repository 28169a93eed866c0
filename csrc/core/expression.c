#include "expression.h"

#include "per_engine.h"

kl_regex *expression_use(kl_ctx *ctx, kl_span text, unsigned flags)
{
    const char *why = "no memory";
    kl_per_engine *local = ctx->per_engine;
    if (!local->regexes) local->regexes = regex_cache_new();
    if (local->regexes) regex_cache_work(local->regexes, ctx->work);
    kl_regex *regex = local->regexes ? regex_use(local->regexes, text, flags, &why) : NULL;
    if (!regex)
        ctx_misuse(ctx, KL_LOG_ERR, "not a regular expression, %s: %.*s", why, (int)(text.n > 256 ? 256 : text.n),
                   text.n ? text.s : "");
    return regex;
}

kl_span expression_subject(kl_span text) { return span_of(text.s, text.n > 0 ? strnlen(text.s, text.n) : 0); }

bool expression_find(kl_ctx *ctx, kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups)
{
    return expression_find_in(ctx, regex, expression_subject(subject), flags, count, groups);
}

bool expression_find_in(kl_ctx *ctx, kl_regex *regex, kl_span subject, unsigned flags, size_t count,
                        regex_group *groups)
{
    const regex_result found = regex_search(regex, subject, flags, count, groups);
    if (found == REGEX_FAILED && ctx->work->left >= 0)
        log_print(ctx, KL_LOG_ERR, "a regular expression was given up: it takes too long on %zu bytes", subject.n);
    return found == REGEX_MATCH;
}
