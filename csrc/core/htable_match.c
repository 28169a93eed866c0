#include "htable_match.h"

static bool text_matches(const htable_match *match, kl_span text)
{
    const kl_span wanted = match->text;
    switch (match->op) {
    case HTABLE_EQUAL: return span_eq(text, wanted);
    case HTABLE_DIFFERS: return !span_eq(text, wanted);
    case HTABLE_STARTS: return span_starts(text, wanted);
    case HTABLE_ENDS: return text.n >= wanted.n && span_eq(span_from(text, text.n - wanted.n), wanted);
    case HTABLE_HOLDS: return span_search(text, wanted) != NULL;
    case HTABLE_REGEX:
        return regex_search(match->regex, span_of(text.s, text.n ? strnlen(text.s, text.n) : 0), 0, 0, NULL) ==
               REGEX_MATCH;
    default: return false;
    }
}

static bool item_matches(const htable_match *match, const htable_item *item)
{
    if (match->op == HTABLE_ALL) return true;
    if (match->alive && item->expired) return false;
    if (match->op == HTABLE_NUMBER)
        return match->by_value && item->value.type == KL_TYPE_LONG && item->value.i == match->number;
    if (!match->by_value) return text_matches(match, item->key);
    return item->value.type == KL_TYPE_STR && text_matches(match, item->value.s);
}

typedef struct tally {
    const htable_match *match;
    int64_t count;
    htable_verdict found; /* what becomes of an item that matches */
} tally;

static htable_verdict judge(void *with, const htable_item *item)
{
    tally *all = with;
    if (!item_matches(all->match, item)) return HTABLE_ON;
    all->count++;
    return all->found;
}

static int64_t walk(core_htable *table, const htable_match *match, double now, htable_verdict found)
{
    tally all = {match, 0, found};
    htable_visit(table, now, judge, &all);
    return all.count;
}

int64_t htable_count(core_htable *table, const htable_match *match, double now)
{
    return walk(table, match, now, HTABLE_ON);
}
bool htable_any(core_htable *table, const htable_match *match, double now)
{
    return walk(table, match, now, HTABLE_STOP) > 0;
}
void htable_remove_all(core_htable *table, const htable_match *match, double now)
{
    walk(table, match, now, HTABLE_DROP);
}

bool htable_match_parse(kl_ctx *ctx, kl_span text, htable_match *out)
{
    static const struct {
        char sign[3];
        htable_op op;
    } operators[] = {{"~~", HTABLE_REGEX}, {"~%", HTABLE_ENDS}, {"%~", HTABLE_STARTS},
                     {"==", HTABLE_EQUAL}, {"**", HTABLE_ALL},  {"eq", HTABLE_NUMBER}};
    out->op = HTABLE_REGEX;
    out->text = text;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!span_starts(text, span_text(operators[i].sign))) continue;
        out->op = operators[i].op;
        out->text = span_from(text, 2);
        break;
    }
    if (out->op == HTABLE_ALL) return true;
    if (out->op == HTABLE_NUMBER) span_int_prefix(out->text, &out->number);
    if (out->text.n == 0 || out->op != HTABLE_REGEX) return out->text.n > 0;
    return (out->regex = expression_use(ctx, out->text, REGEX_ICASE)) != NULL;
}
