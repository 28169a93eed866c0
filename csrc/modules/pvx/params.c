/* params.c: texts of parameters and lists to fields of $xavp and $xavu, and back. Fields stand in the order of the
 * text. */
#include "pv/paramlist.h"
#include "pvx.h"

/* ---- to fields */

typedef struct explosion {
    store_list fields; /* newest first, that is the last of the text */
    bool failed;
} explosion;

static void add_field(kl_ctx *ctx, explosion *all, kl_span text, kl_span content)
{
    const store_name name = {text, 0, false};
    pv_value value;
    pv_str(&value, content);
    if (!all->failed)
        all->failed = text.n == 0 || !store_of(ctx->msg) || !store_push(ctx->msg, &all->fields, &name, &value);
}

static void drop_fields(kl_ctx *ctx, store_list *fields)
{
    while (fields->first) store_drop(ctx->msg, fields, fields->first);
}

/* Of several fields of one name only the first stays. */
static bool make_unique(kl_ctx *ctx, store_list *fields)
{
    pvx_group *groups;
    store_list kept = {.first = NULL}, *from = fields;
    store_item **tail = &kept.first;
    if (!pvx_group_fields(ctx, fields->first, false, &groups)) return false;
    store_reordered(from);
    for (store_item *field; (field = from->first) != NULL;) {
        if (!groups || groups->first != field) {
            store_drop(ctx->msg, from, field);
            continue;
        }
        groups = groups->next;
        from->first = field->next;
        from->count--;
        kept.count++;
        *tail = field;
        tail = &field->next;
    }
    *tail = NULL;
    *fields = kept;
    return true;
}

/* A new entry with these fields; $xavu: in place of the old one. */
static int keep(kl_ctx *ctx, kl_span text, explosion *all)
{
    const store_name name = pvx_name(ctx, text);
    const bool unique = pvx_data(ctx) == PVX_XAVU;
    store_list *list = pvx_list(ctx);
    store_item *root = NULL;
    pvx_reverse(&all->fields);
    if (!all->failed && list && (!unique || make_unique(ctx, &all->fields)))
        root = unique ? store_put(ctx->msg, list, &name, NULL) : store_push(ctx->msg, list, &name, NULL);
    if (root) root->fields = all->fields;
    else drop_fields(ctx, &all->fields);
    return root ? 1 : -1;
}

static int misuse(kl_ctx *ctx, const char *why)
{
    ctx_misuse(ctx, KL_LOG_ERR, "%s: %s", ctx->row->name, why);
    return -1;
}

static int refuse(kl_ctx *ctx, const char *why)
{
    log_print(ctx, KL_LOG_ERR, "%s: %s", ctx->row->name, why);
    return -1;
}

static int explode(kl_ctx *ctx, kl_span text, char separator, kl_span name)
{
    explosion all = {.failed = false};
    paramlist list;
    paramlist_item item;
    int got;
    if (name.n == 0) return misuse(ctx, "the name is empty");
    if (!paramlist_start(&list, text, separator)) return refuse(ctx, "there are no parameters");
    while ((got = paramlist_next(&list, &item)) > 0) add_field(ctx, &all, item.name, item.value);
    all.failed |= got < 0;
    if (all.failed) refuse(ctx, "malformed parameters");
    return keep(ctx, name, &all);
}

KSR_FN(pvx_params_explode) { return explode(ctx, args[0].s, ';', args[1].s); }

/* The first character separates; of an empty text the NUL behind it, so all is one parameter. */
KSR_FN(pvx_xparams_explode)
{
    return explode(ctx, args[0].s, span_empty(args[1].s) ? '\0' : args[1].s.s[0], args[2].s);
}

KSR_FN(pvx_slist_explode)
{
    explosion all = {.failed = false};
    bool separates[256] = {false};
    kl_span rest = args[0].s;
    const kl_span mode = args[2].s;
    if (span_empty(rest) || span_empty(args[1].s) || span_empty(args[3].s))
        return refuse(ctx, "the list, its separators or the name is empty");
    for (size_t i = 0; i < args[1].s.n; i++) separates[(unsigned char)args[1].s.s[i]] = true;
    while (rest.n > 0) {
        size_t n = 0;
        while (n < rest.n && !separates[(unsigned char)rest.s[n]]) n++;
        const kl_span item = mode.n > 0 && mode.s[0] == 't' ? span_trim(span_of(rest.s, n)) : span_of(rest.s, n);
        if (item.n > 0) add_field(ctx, &all, SPAN("v"), item);
        rest = span_from(rest, n < rest.n ? n + 1 : n);
    }
    return keep(ctx, args[3].s, &all);
}

/* ---- to a text */

static void write_field(kl_ctx *ctx, const store_item *field, bool quoted, kl_buf *text)
{
    const bool is_int = (field->value.flags & PV_IS_INT) != 0;
    const kl_span value = pv_text(ctx, &field->value);
    buf_add(text, field->name);
    if (is_int || value.n > 0) buf_addc(text, '=');
    if (quoted && !is_int && value.n > 0) buf_addc(text, '"');
    if (is_int) buf_addu(text, (uint32_t)field->value.i); /* %u there, for negative ones too */
    else buf_add(text, value);
    if (quoted && !is_int && value.n > 0) buf_addc(text, '"');
    buf_addc(text, ';');
}

static bool write_fields(kl_ctx *ctx, const store_item *fields, bool quoted, kl_buf *text)
{
    buf_init(text);
    for (; fields && text->n <= PV_JOIN_MAX && !text->failed; fields = fields->next)
        write_field(ctx, fields, quoted, text);
    return !text->failed && text->n <= PV_JOIN_MAX;
}

static int implode(kl_ctx *ctx, const kl_value *args, bool quoted)
{
    pv_value value;
    kl_buf text;
    const store_item *root = pvx_root(ctx, args[0].s, 0);
    const pv_spec *target = root && root->fields.first ? pvx_target(ctx, args[1].s) : NULL;
    if (!target) return -1;
    bool good = write_fields(ctx, root->fields.first, quoted, &text);
    if (good) {
        pv_str(&value, buf_span(&text));
        good = pv_set(ctx, target, &value);
    }
    buf_free(&text);
    return good ? 1 : -1;
}

KSR_FN(pvx_params_implode) { return implode(ctx, args, false); }

KSR_FN(pvx_params_implode_quoted) { return implode(ctx, args, true); }
