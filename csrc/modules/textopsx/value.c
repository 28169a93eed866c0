/* value.c: single values among the comma-separated ones of all headers of a name, and their parameters. */
#include "base/text.h"
#include "sip/edit.h"
#include "target.h"

/* One value: its place between the commas of its line, and what stands there without the blanks. */
typedef struct item {
    const sip_hdr *hdr; /* NULL: behind the last */
    kl_span raw, text;
    bool first, last; /* of its line */
} item;

static const char *skip_quoted(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && end - at > 1) at++;
    return at;
}

/* The first `stop` outside quotes and angle brackets, or the end. */
static const char *find_outside(kl_span text, char stop)
{
    const char *at = text.s, *const end = span_end(text);
    bool angle = false;
    for (; at < end; at++) {
        if (*at == '"') at = skip_quoted(at, end);
        else if (*at == '<') angle = true;
        else if (*at == '>') angle = false;
        else if (*at == stop && !angle) return at;
        if (at == end) break;
    }
    return end;
}

static void set_place(item *it, const char *from)
{
    const kl_span body = hdr_body(it->hdr);
    const char *const end = span_end(body), *comma = find_outside(span_between(from, end), ',');
    it->raw = span_between(from, comma);
    it->text = span_trim(it->raw);
    if (it->text.n == 0) it->text.s = from;
    it->first = from == body.s;
    it->last = comma == end;
}

static void first_of(item *it, const sip_hdr *hdr)
{
    it->hdr = hdr;
    if (hdr) set_place(it, hdr_body(hdr).s);
}

static void next_item(const kl_msg *msg, item *it)
{
    if (it->last) first_of(it, msg_hdr_next(msg, it->hdr));
    else set_place(it, it->raw.s + it->raw.n + 1);
}

/* index from 1, negative from the end; false when there is none. */
static bool find_item(const kl_msg *msg, kl_span name, int index, item *out)
{
    const sip_hdr *first = msg_hdr_named(msg, name);
    if (index < 0) {
        int count = 0;
        for (first_of(out, first); out->hdr; next_item(msg, out)) count++;
        index += count + 1;
        if (index < 1) return false;
    }
    for (first_of(out, first); out->hdr && --index > 0;) next_item(msg, out);
    return out->hdr != NULL;
}

/* ---- parameters of a value */

typedef struct param {
    kl_span whole, name, value; /* whole with its semicolon; value.s NULL without "=" */
} param;

static bool next_param(kl_span *rest, param *out)
{
    if (rest->n == 0) return false;
    const char *const end = span_end(*rest), *stop = find_outside(span_from(*rest, 1), ';');
    const kl_span inner = span_between(rest->s + 1, stop), shown = span_trim(inner);
    const char *equal = span_find(shown, '=');
    out->whole = span_between(rest->s, shown.n ? shown.s + shown.n : stop);
    out->name = span_trim(equal ? span_between(shown.s, equal) : shown);
    out->value = equal ? span_trim(span_between(equal + 1, shown.s + shown.n)) : SPAN_NULL;
    if (equal && out->value.n == 0) out->value.s = equal + 1;
    *rest = span_between(stop, end);
    return true;
}

static bool find_param(kl_span text, kl_span name, param *out)
{
    kl_span rest = span_between(find_outside(text, ';'), text.s + text.n);
    while (next_param(&rest, out))
        if (span_eqi(out->name, name)) return true;
    return false;
}

static bool remove_param(kl_msg *msg, kl_span text, kl_span name)
{
    param found;
    return find_param(text, name, &found) && edit_cut(msg, found.whole);
}

/* An empty value takes the parameter away. */
static bool assign_param(kl_ctx *ctx, kl_span text, kl_span name, kl_span value)
{
    param found;
    kl_msg *msg = ctx->msg;
    if (find_param(text, name, &found)) {
        if (span_empty(value)) return edit_cut(msg, found.whole);
        if (found.value.s) return edit_replace(msg, found.value, value);
        const kl_span added = text_join(ctx->scratch, SPAN("="), value, SPAN_NULL);
        return added.s && edit_replace(msg, span_of(found.name.s + found.name.n, 0), added);
    }
    const kl_span head = text_join(ctx->scratch, SPAN(";"), name, SPAN("=")),
                  added = head.s ? text_join(ctx->scratch, head, value, SPAN_NULL) : SPAN_NULL;
    return added.s && edit_replace(msg, span_of(text.s + text.n, 0), added);
}

/* ---- editing a value */

static bool put_behind(kl_ctx *ctx, const item *it, kl_span value)
{
    const kl_span added = text_join(ctx->scratch, SPAN(","), value, SPAN_NULL);
    return added.s && edit_replace(ctx->msg, span_of(it->raw.s + it->raw.n, 0), added);
}

static bool put_before(kl_ctx *ctx, const item *it, kl_span value)
{
    if (hdr_body(it->hdr).n == 0) return put_behind(ctx, it, value);
    const kl_span added = text_join(ctx->scratch, value, SPAN(","), SPAN_NULL);
    return added.s && edit_replace(ctx->msg, span_of(it->raw.s, 0), added);
}

/* With the comma behind it; the last of several with the one before it; alone with its header. */
static bool remove_item(kl_msg *msg, const item *it)
{
    if (it->first && it->last) return edit_remove(msg, it->hdr);
    const char *const end = span_end(it->raw);
    return edit_cut(msg, it->last ? span_between(it->raw.s - 1, end) : span_between(it->raw.s, end + 1));
}

static bool append_header(kl_ctx *ctx, kl_span name, kl_span value)
{
    const kl_span line = target_line(ctx, name, value);
    return line.s && edit_append(ctx->msg, line);
}

static int outcome(bool good) { return good ? 1 : -1; }

/* Name or Name[i], no parameter, not all: what appends and inserts take. */
static bool plain_target(kl_ctx *ctx, const kl_value *args, target *t, kl_span *value)
{
    if (!target_parse(ctx, args[0].s, t) || !target_value(ctx, args[1].s, value)) return false;
    return !t->param.s && !t->all;
}

KSR_FN(textopsx_append_value)
{
    target t;
    kl_span value;
    item it;
    if (!plain_target(ctx, args, &t, &value)) return -1;
    if (t.has_index && find_item(ctx->msg, t.name, t.index ? t.index : -1, &it))
        return outcome(put_behind(ctx, &it, value));
    return outcome(append_header(ctx, t.name, value));
}

KSR_FN(textopsx_insert_value)
{
    target t;
    kl_span value;
    item it;
    if (!plain_target(ctx, args, &t, &value)) return -1;
    const sip_hdr *hdr = msg_hdr_named(ctx->msg, t.name);
    if (!hdr && (t.index == 0 || t.index == 1)) return outcome(append_header(ctx, t.name, value));
    if (t.has_index)
        return outcome(find_item(ctx->msg, t.name, t.index ? t.index : 1, &it) && put_before(ctx, &it, value));
    const kl_span line = target_line(ctx, t.name, value);
    return outcome(line.s && edit_before(ctx->msg, hdr, line));
}

static bool remove_headers(kl_msg *msg, kl_span name)
{
    const sip_hdr *hdr = msg_hdr_named(msg, name);
    bool good = hdr != NULL;
    for (; hdr && good; hdr = msg_hdr_next(msg, hdr)) good = edit_remove(msg, hdr);
    return good;
}

static bool remove_all_params(kl_msg *msg, const target *t)
{
    item it;
    bool any = false;
    for (first_of(&it, msg_hdr_named(msg, t->name)); it.hdr; next_item(msg, &it))
        if (remove_param(msg, it.text, t->param)) any = true;
    return any;
}

KSR_FN(textopsx_remove_value)
{
    target t;
    item it;
    if (!target_parse(ctx, args[0].s, &t)) return -1;
    if (t.all) return outcome(t.param.s ? remove_all_params(ctx->msg, &t) : remove_headers(ctx->msg, t.name));
    if (!find_item(ctx->msg, t.name, t.index ? t.index : 1, &it)) return -1;
    return outcome(t.param.s ? remove_param(ctx->msg, it.text, t.param) : remove_item(ctx->msg, &it));
}

static bool assign_all_params(kl_ctx *ctx, const target *t, kl_span value)
{
    item it;
    bool good = msg_hdr_named(ctx->msg, t->name) != NULL;
    for (first_of(&it, msg_hdr_named(ctx->msg, t->name)); it.hdr && good; next_item(ctx->msg, &it))
        good = assign_param(ctx, it.text, t->param, value);
    return good;
}

KSR_FN(textopsx_assign_value)
{
    target t;
    kl_span value;
    item it;
    if (!target_parse(ctx, args[0].s, &t) || !target_value(ctx, args[1].s, &value)) return -1;
    if (t.all) return outcome(t.param.s && assign_all_params(ctx, &t, value));
    if (!find_item(ctx->msg, t.name, t.index ? t.index : 1, &it)) return -1;
    return outcome(t.param.s ? assign_param(ctx, it.text, t.param, value) : edit_replace(ctx->msg, it.text, value));
}

/* ---- sets of values */

/* Name alone, and a value that is not empty (which ends Kamailio). */
static bool set_target(kl_ctx *ctx, const kl_value *args, target *t, kl_span *value)
{
    if (!target_parse(ctx, args[0].s, t) || !target_value(ctx, args[1].s, value)) return false;
    return !t->param.s && !t->has_index && !span_empty(*value);
}

static bool next_match(const kl_msg *msg, item *it, kl_span value)
{
    while (it->hdr && !span_eqi(it->text, value)) next_item(msg, it);
    return it->hdr != NULL;
}

static bool find_value(const kl_msg *msg, kl_span name, kl_span value, item *it)
{
    first_of(it, msg_hdr_named(msg, name));
    return next_match(msg, it, value);
}

KSR_FN(textopsx_value_exists)
{
    target t;
    kl_span value;
    item it;
    return outcome(set_target(ctx, args, &t, &value) && find_value(ctx->msg, t.name, value, &it));
}

KSR_FN(textopsx_include_value)
{
    target t;
    kl_span value;
    item it;
    if (!set_target(ctx, args, &t, &value)) return -1;
    if (find_value(ctx->msg, t.name, value, &it)) return 1;
    const sip_hdr *hdr = msg_hdr_named(ctx->msg, t.name);
    if (!hdr) return outcome(append_header(ctx, t.name, value));
    const kl_span added = text_join(ctx->scratch, SPAN(","), value, SPAN_NULL);
    return outcome(added.s && edit_replace(ctx->msg, span_of(hdr_body(hdr).s + hdr_body(hdr).n, 0), added));
}

KSR_FN(textopsx_exclude_value)
{
    target t;
    kl_span value;
    item it;
    if (!set_target(ctx, args, &t, &value)) return -1;
    for (bool found = find_value(ctx->msg, t.name, value, &it); found; found = next_match(ctx->msg, &it, value)) {
        if (!remove_item(ctx->msg, &it)) return -1;
        next_item(ctx->msg, &it);
    }
    return 1;
}
