/* params.c: {param.*}: lists of name=value. */
#include "tr.h"

#include "pv/paramlist.h"

/* The optional delimiter at place i. */
static bool delimiter_of(kl_ctx *ctx, const tr_step *step, int i, char *out)
{
    *out = ';';
    return !tr_has(step, i) || tr_char(ctx, &step->params[i], out);
}

enum { BY_NAME_VALUE, BY_NAME_PRESENT };

static bool by_name(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text, name;
    char delimiter;
    paramlist_item item = {SPAN(""), SPAN("")};
    if (!tr_text(ctx, value, &text) || !tr_str(ctx, &step->params[0], &name) || !delimiter_of(ctx, step, 1, &delimiter))
        return false;
    int found = paramlist_find(text, delimiter, name, &item);
    if (found < 0) return false;
    return step->data == BY_NAME_PRESENT ? tr_give_int(value, found) : tr_give(value, item.value);
}

enum { AT_VALUE, AT_NAME };

static bool by_place(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t index;
    char delimiter;
    paramlist_item item = {SPAN(""), SPAN("")};
    if (!tr_text(ctx, value, &text) || !tr_int(ctx, &step->params[0], &index) ||
        !delimiter_of(ctx, step, 1, &delimiter))
        return false;
    if (paramlist_at(text, delimiter, index, &item) < 0) return false;
    return tr_give(value, step->data == AT_NAME ? item.name : item.value);
}

static bool count(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char delimiter;
    if (!tr_text(ctx, value, &text) || !delimiter_of(ctx, step, 0, &delimiter)) return false;
    int64_t n = paramlist_count(text, delimiter);
    return n >= 0 && tr_give_int(value, n);
}

static const tr_op ops[] = {
    {"param", "value", "s?d", by_name, BY_NAME_VALUE},
    {"param", "in", "s?d", by_name, BY_NAME_PRESENT},
    {"param", "valueat", "i?d", by_place, AT_VALUE},
    {"param", "name", "i?d", by_place, AT_NAME},
    {"param", "count", "?D", count, 0},
};
const tr_family tr_params_family = {ops, sizeof ops / sizeof ops[0]};
