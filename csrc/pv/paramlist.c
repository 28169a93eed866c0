#include "paramlist.h"

bool paramlist_start(paramlist *list, kl_span text, char delimiter)
{
    if (text.n && text.s[text.n - 1] == delimiter) text.n--;
    *list = (paramlist){text, delimiter, false};
    return text.n > 0;
}

static bool ends_word(char c, char delimiter) { return char_is(c, SPAN_WS) || c == delimiter || c == ','; }

static void skip_space(kl_span *rest)
{
    while (rest->n && char_is(rest->s[0], SPAN_WS)) *rest = span_from(*rest, 1);
}

static kl_span take(kl_span *rest, size_t n)
{
    kl_span taken = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return taken;
}

/* *rest starts behind the =. */
static bool take_value(kl_span *rest, char delimiter, kl_span *value)
{
    skip_space(rest);
    *value = span_of(rest->s, 0);
    if (rest->n == 0) return true;
    if (rest->s[0] == '"' || rest->s[0] == '\'') {
        const char *end = memchr(rest->s + 1, rest->s[0], rest->n - 1);
        if (!end) return false;
        *value = span_between(rest->s + 1, end);
        *rest = span_from(*rest, value->n + 2);
        return true;
    }
    size_t n = 0;
    while (n < rest->n && !ends_word(rest->s[n], delimiter)) n++;
    *value = take(rest, n);
    return n > 0;
}

/* What stands between two items: a delimiter with another item behind it, or the end. */
static bool take_delimiter(paramlist *list)
{
    skip_space(&list->rest);
    if (list->rest.n && list->rest.s[0] == list->delimiter) {
        list->rest = span_from(list->rest, 1);
        skip_space(&list->rest);
        return list->rest.n > 0;
    }
    list->done = true;
    return list->rest.n == 0 || list->rest.s[0] == ',';
}

int paramlist_next(paramlist *list, paramlist_item *out)
{
    kl_span *rest = &list->rest;
    size_t n = 0;
    if (list->done) return 0;
    while (n < rest->n && rest->s[n] != '=' && !ends_word(rest->s[n], list->delimiter)) n++;
    out->name = take(rest, n);
    out->value = span_of(rest->s, 0);
    skip_space(rest);
    if (rest->n && rest->s[0] == '=' && list->delimiter != '=') {
        *rest = span_from(*rest, 1);
        if (!take_value(rest, list->delimiter, &out->value)) return -1;
    }
    return take_delimiter(list) ? 1 : -1;
}

int64_t paramlist_count(kl_span text, char delimiter)
{
    paramlist list;
    paramlist_item item;
    int64_t n = 0;
    int got;
    if (!paramlist_start(&list, text, delimiter)) return -1;
    while ((got = paramlist_next(&list, &item)) > 0) n++;
    return got < 0 ? -1 : n;
}

int paramlist_find(kl_span text, char delimiter, kl_span name, paramlist_item *out)
{
    paramlist list;
    paramlist_item item;
    int got, found = 0;
    if (!paramlist_start(&list, text, delimiter)) return -1;
    while ((got = paramlist_next(&list, &item)) > 0)
        if (span_eqi(item.name, name)) *out = item, found = 1;
    return got < 0 ? -1 : found;
}

int paramlist_at(kl_span text, char delimiter, int64_t index, paramlist_item *out)
{
    paramlist list;
    int64_t count = paramlist_count(text, delimiter);
    if (count < 0) return -1;
    if (index < 0) index += count;
    if (index < 0 || index >= count) return 0;
    paramlist_start(&list, text, delimiter);
    do (void)paramlist_next(&list, out);
    while (index-- > 0);
    return 1;
}
