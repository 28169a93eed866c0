/* filters.c: which contacts a redirection may lead to. */
#include "core/expression.h"
#include "base/status.h"
#include "uac_redirect.h"

static bool any_matches(kl_ctx *ctx, const redirect_filter *filter, kl_span uri)
{
    for (; filter; filter = filter->next) {
        kl_regex *regex = expression_use(ctx, filter->pattern, REGEX_ICASE);
        if (regex && expression_matches(ctx, regex, uri)) return true;
    }
    return false;
}

bool redirect_is_wanted(kl_ctx *ctx, kl_span uri)
{
    const redirect_state *state = redirect_state_of(ctx);
    if (any_matches(ctx, state->accept, uri)) return true;
    return !state->deny_others && !any_matches(ctx, state->deny, uri);
}

/* ---- parameters */

static kl_status add(kl_ctx *ctx, redirect_filter **list, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_STR || !value->s.s)
        return error_set(err, KL_ECONFIG, "modparam uac_redirect: a filter is a regular expression");
    if (!expression_use(ctx, value->s, REGEX_ICASE))
        return error_set(err, KL_ECONFIG, "modparam uac_redirect: not a regular expression: %.*s",
                         (int)(value->s.n > 128 ? 128 : value->s.n), value->s.s);
    redirect_filter *filter = arena_zalloc(&ctx->server->arena, sizeof *filter);
    if (filter) filter->pattern = arena_copy(&ctx->server->arena, value->s);
    if (!filter || !filter->pattern.s) return error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
    filter->next = *list;
    *list = filter;
    return KL_OK;
}

kl_status redirect_set_accept(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return add(ctx, &((redirect_state *)state)->accept, value, err);
}

kl_status redirect_set_deny(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    return add(ctx, &((redirect_state *)state)->deny, value, err);
}

/* Another word is told, and changes nothing, as in Kamailio. */
kl_status redirect_set_default(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_STR)
        return error_set(err, KL_ECONFIG, "modparam uac_redirect.default_filter is \"accept\" or \"deny\"");
    if (span_eqi(value->s, SPAN("deny"))) ((redirect_state *)state)->deny_others = true;
    else if (span_eqi(value->s, SPAN("accept"))) ((redirect_state *)state)->deny_others = false;
    else ctx_misuse(ctx, KL_LOG_ERR, "uac_redirect: default_filter is \"accept\" or \"deny\"");
    return KL_OK;
}
