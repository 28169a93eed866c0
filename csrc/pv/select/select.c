/* select.c: a select's text into steps, and running them. */
#include "select.h"

#include <stdio.h>

#include "base/text.h"
#include "core/setting.h"
#include "pv/variables/variables.h"

typedef struct step {
    select_step run;
    intptr_t data;
    select_part part;
} step;

typedef struct program {
    size_t count;
    step steps[];
} program;

/* ---- the text */

static bool is_name(char c) { return char_is(c, SPAN_DIGIT | SPAN_ALPHA) || c == '_'; }

static kl_span take_name(kl_span *rest)
{
    size_t n = 0;
    while (n < rest->n && is_name(rest->s[n])) n++;
    kl_span name = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return name;
}

/* "[n]" or "["text"]" from its first bracket on; a text becomes a part of its own. */
static bool take_bracket(kl_span *rest, select_part *parts, size_t *count)
{
    int64_t number = 0;
    size_t n = 1;
    if (rest->n > 1 && rest->s[1] == '"') {
        const char *end = span_find(span_from(*rest, 2), '"');
        if (end == NULL || *count == SELECT_MAX_STEPS) return false;
        parts[(*count)++] = (select_part){.name = span_between(rest->s + 2, end), .quoted = true};
        n = (size_t)(end + 1 - rest->s);
    } else {
        if (rest->n > 1 && rest->s[1] != '+') n += span_int_prefix(span_from(*rest, 1), &number);
        if (n == 1 && rest->n > 1 && rest->s[1] == '-') n++;
        parts[*count - 1].has_index = true;
        parts[*count - 1].index = (int)(number > INT32_MAX ? INT32_MAX : number < INT32_MIN ? INT32_MIN : number);
    }
    if (n >= rest->n || rest->s[n] != ']') return false;
    *rest = span_from(*rest, n + 1);
    return true;
}

/* What can belong to no select any more is passed over, as in Kamailio. */
static bool split(kl_span text, select_part *parts, size_t *count)
{
    *count = 0;
    if (text.n > 0 && text.s[0] == '@') text = span_from(text, 1);
    do {
        kl_span name = take_name(&text);
        if (name.n == 0) return *count > 0;
        if (*count == SELECT_MAX_STEPS) return false;
        parts[(*count)++] = (select_part){.name = name};
        if (text.n > 0 && text.s[0] == '[' && !take_bracket(&text, parts, count)) return false;
        if (text.n == 0 || text.s[0] != '.') return true;
        text = span_from(text, 1);
    } while (true);
}

/* ---- the tree */

static const select_node *const roots[] = {select_address_nodes, select_message_nodes, select_server_nodes,
                                           select_value_nodes};

static const select_node *find(const select_node *nodes, const select_part *part)
{
    for (; nodes != NULL && nodes->step != NULL; nodes++)
        if (nodes->name[0] == '*' || (!part->quoted && span_eqi(part->name, span_text(nodes->name))))
            return part->has_index && !(nodes->flags & SELECT_INDEX) ? NULL : nodes;
    return NULL;
}

static const select_node *find_root(const select_part *part)
{
    const select_node *found = NULL;
    for (size_t i = 0; i < COUNT(roots) && found == NULL; i++) found = find(roots[i], part);
    return found;
}

static bool copy_part(pv_cache *cache, const select_node *node, const select_part *part, select_part *out)
{
    *out = *part;
    if (((node->flags & SELECT_LETTER) && part->name.n != 1) ||
        ((node->flags & SELECT_SETTING) && setting_named(part->name) < 0))
        return false;
    out->name = pv_cache_copy(cache, part->name);
    if (out->name.s == NULL) return false;
    char *p = (char *)(uintptr_t)out->name.s; /* our own copy */
    for (size_t i = 0; (node->flags & SELECT_HEADER) && i < out->name.n; i++)
        if (p[i] == '_') p[i] = '-';
    return true;
}

static bool parse_select(pv_cache *cache, pv_param *param)
{
    select_part parts[SELECT_MAX_STEPS];
    const select_node *node = NULL;
    size_t count;
    if (!split(param->name, parts, &count)) return false;
    program *made = pv_cache_alloc(cache, sizeof *made + count * sizeof made->steps[0]);
    if (made == NULL) return false;
    for (made->count = 0; made->count < count; made->count++) {
        const select_part *part = &parts[made->count];
        step *to = &made->steps[made->count];
        node = made->count == 0 ? find_root(part) : find(node->children, part);
        if (node == NULL || !copy_part(cache, node, part, &to->part)) return false;
        to->run = node->step;
        to->data = node->data;
    }
    param->compiled = made;
    return !(node->flags & SELECT_MORE);
}

static bool get_select(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    select_subject subject = {.text = SPAN_NULL};
    const program *run = param->compiled;
    (void)data;
    pv_null(out);
    for (size_t i = 0; i < run->count; i++)
        if (!run->steps[i].run(ctx, &subject, &run->steps[i].part, run->steps[i].data)) return true;
    if (subject.text.s != NULL) pv_str(out, subject.text);
    return true;
}

/* ---- for the tables */

bool select_number(kl_ctx *ctx, select_subject *subject, int64_t number)
{
    char *text = arena_alloc(ctx->scratch, TEXT_INT);
    return text != NULL && select_give(subject, span_between(text, text_put_int(text, number)));
}

bool select_body(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, (sip_hdr_id)data);
    (void)part;
    return hdr != NULL && select_give(subject, span_trim(hdr_body(hdr)).n > 0 ? span_trim(hdr_body(hdr)) : SPAN(""));
}

static const pv_class classes[] = {{"sel", get_select, NULL, parse_select, 0, 0}};

CLASS_TABLE(pv_select_table);
