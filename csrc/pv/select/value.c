/* value.c: the selects of textopsx: single values among the comma-separated ones of all headers of a name. */
#include "pv/variables/variables.h"
#include "select.h"

/* ---- a walk over the values; an empty header holds one, which is empty */

typedef struct value_walk {
    const kl_msg *msg;
    const sip_hdr *hdr;
    kl_span rest;
    bool fresh; /* nothing was taken from hdr yet */
} value_walk;

static void walk_begin(value_walk *walk, const kl_msg *msg, kl_span name)
{
    const sip_hdr *hdr = msg_hdr_named(msg, name);
    *walk = (value_walk){.msg = msg, .hdr = hdr, .rest = hdr ? hdr_body(hdr) : SPAN_NULL, .fresh = true};
}

static bool walk_next(value_walk *walk, kl_span *value)
{
    while (walk->hdr != NULL) {
        if (sip_list_next(&walk->rest, value)) {
            walk->fresh = false;
            *value = span_trim(*value);
            return true;
        }
        const bool empty = walk->fresh;
        walk->hdr = msg_hdr_next(walk->msg, walk->hdr);
        walk->rest = walk->hdr ? hdr_body(walk->hdr) : SPAN_NULL;
        walk->fresh = true;
        *value = SPAN("");
        if (empty) return true;
    }
    return false;
}

static size_t count_values(const kl_msg *msg, kl_span name)
{
    value_walk walk;
    kl_span value;
    size_t count = 0;
    for (walk_begin(&walk, msg, name); walk_next(&walk, &value);) count++;
    return count;
}

/* ---- one value: "name <uri>;params", "uri;params", "name uri" */

typedef struct value_parts {
    kl_span name, uri, params; /* params with the first semicolon */
} value_parts;

static const char *end_of_quoted(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && end - p > 1) p++;
    return p < end ? p + 1 : end;
}

static const char *find_outside(const char *p, const char *end, const char *stops)
{
    while (p < end && strchr(stops, *p) == NULL) p = *p == '"' ? end_of_quoted(p, end) : p + 1;
    return p;
}

static kl_span without_quotes(kl_span text)
{
    const bool quoted = text.n > 1 && text.s[0] == '"' && text.s[text.n - 1] == '"';
    return quoted ? span_of(text.s + 1, text.n - 2) : text;
}

/* Without brackets the last word is the URI, and what stands before it the name. */
static value_parts parts_of(kl_span value)
{
    const char *end = span_end(value), *open = find_outside(value.s, end, "<;");
    value_parts parts = {.name = SPAN(""), .params = SPAN_NULL};
    if (open < end && *open == '<') {
        const char *close = memchr(open, '>', (size_t)(end - open));
        parts.name = without_quotes(span_trim(span_between(value.s, open)));
        parts.uri = span_between(open + 1, close ? close : end);
        open = find_outside(close ? close : end, end, ";");
    } else {
        kl_span words = span_trim(span_between(value.s, open));
        const char *start = words.s + words.n;
        while (start > words.s && !char_is(start[-1], SPAN_WS)) start--;
        parts.name = without_quotes(span_trim(span_between(words.s, start)));
        parts.uri = span_between(start, words.s + words.n);
    }
    parts.params = span_between(open, end);
    return parts;
}

/* '' for one without a value. */
static kl_span param_of_value(kl_span params, kl_span name)
{
    while (params.n > 0) {
        const char *end = span_end(params), *stop = find_outside(params.s + 1, end, ";");
        kl_span one = span_trim(span_between(params.s + 1, stop));
        const char *equals = span_find(one, '=');
        params = span_between(stop, end);
        if (!span_eqi(span_trim(equals ? span_between(one.s, equals) : one), name)) continue;
        kl_span value = equals ? without_quotes(span_trim(span_between(equals + 1, one.s + one.n))) : SPAN("");
        return value.n > 0 ? value : SPAN("");
    }
    return SPAN_NULL;
}

/* ---- hf_value: the subject keeps the header's name in params, and whether a value was chosen in address.star */

enum { VALUE_TEXT, VALUE_URI };

static bool join_values(kl_ctx *ctx, select_subject *subject, kl_span name, intptr_t what)
{
    value_walk walk;
    kl_span value;
    size_t room = 0, at = 0;
    for (walk_begin(&walk, ctx->msg, name); walk_next(&walk, &value);) room += value.n + 1;
    char *text = room > 0 ? arena_alloc(ctx->scratch, room) : NULL;
    if (text == NULL) return false;
    for (walk_begin(&walk, ctx->msg, name); walk_next(&walk, &value);) {
        kl_span piece = what == VALUE_URI ? parts_of(value).uri : value;
        if (at > 0) text[at++] = ',';
        if (piece.n > 0) memcpy(text + at, piece.s, piece.n);
        at += piece.n;
    }
    return select_give(subject, span_of(text, at));
}

/* [n] from 1, negative from the end, 0 the first; without an index all of them. */
static bool value_of(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    value_walk walk;
    int64_t index = part->index;
    (void)data;
    subject->params = part->name;
    subject->address.star = part->has_index;
    if (!part->has_index) return join_values(ctx, subject, part->name, VALUE_TEXT);
    if (index < 0) {
        index += (int64_t)count_values(ctx->msg, part->name) + 1;
        if (index < 1) return false;
    }
    walk_begin(&walk, ctx->msg, part->name);
    while (walk_next(&walk, &subject->text))
        if (--index < 1) return true;
    return false;
}

static bool value_uri(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part, (void)data;
    if (!subject->address.star) return join_values(ctx, subject, subject->params, VALUE_URI);
    kl_span uri = parts_of(subject->text).uri;
    return select_give(subject, uri.n > 0 ? uri : SPAN(""));
}

/* Of all values the first one's. */
static bool value_name(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    value_walk walk;
    kl_span value = subject->text;
    (void)part, (void)data;
    if (!subject->address.star) {
        walk_begin(&walk, ctx->msg, subject->params);
        if (!walk_next(&walk, &value)) return false;
    }
    kl_span name = parts_of(value).name;
    return select_give(subject, name.n > 0 ? name : SPAN(""));
}

static bool value_params(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)subject, (void)part, (void)data;
    return true;
}

/* Kamailio tells all values where no index chose one. */
static bool value_param(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)data;
    return !subject->address.star || select_give(subject, param_of_value(parts_of(subject->text).params, part->name));
}

/* ---- hf_value2: whole headers, commas and all; hf_value_exists */

static bool whole_header(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const int index = part->has_index && part->index != 0 ? part->index : 1;
    const sip_hdr *hdr = msg_hdr_index(ctx->msg, part->name, index > 0 ? index - 1 : index);
    (void)data;
    return hdr != NULL && select_give(subject, hdr_body(hdr).n > 0 ? hdr_body(hdr) : SPAN(""));
}

static bool exists_in(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)data;
    subject->params = part->name;
    return true;
}

static bool value_exists(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    value_walk walk;
    kl_span value;
    bool found = false;
    (void)data;
    for (walk_begin(&walk, ctx->msg, subject->params); !found && walk_next(&walk, &value);)
        found = span_eqi(value, part->name);
    return select_give(subject, found ? SPAN("1") : SPAN("0"));
}

static bool begin(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)subject, (void)part, (void)data;
    return true;
}

static const select_node param_names[] = {{"*", value_param, 0, 0, NULL}, SELECT_END};
static const select_node value_nodes[] = {
    {"uri", value_uri, 0, 0, select_uri_nodes},
    {"name", value_name, 0, 0, NULL},
    {"nameaddr", value_params, 0, SELECT_MORE, select_nameaddr_nodes},
    {"p", value_params, 0, SELECT_MORE, param_names},
    {"param", value_params, 0, SELECT_MORE, param_names},
    SELECT_END,
};
static const select_node value_names[] = {{"*", value_of, 0, SELECT_INDEX | SELECT_HEADER, value_nodes}, SELECT_END};
static const select_node whole_names[] = {{"*", whole_header, 0, SELECT_INDEX | SELECT_HEADER, NULL}, SELECT_END};
static const select_node exists_values[] = {{"*", value_exists, 0, 0, NULL}, SELECT_END};
static const select_node exists_names[] = {{"*", exists_in, 0, SELECT_HEADER | SELECT_MORE, exists_values}, SELECT_END};

const select_node select_value_nodes[] = {
    {"hf_value", begin, 0, SELECT_MORE, value_names},
    {"hf_value2", begin, 0, SELECT_MORE, whole_names},
    {"hf_value_exists", begin, 0, SELECT_MORE, exists_names},
    SELECT_END,
};
