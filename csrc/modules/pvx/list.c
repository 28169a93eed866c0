/* list.c: $xavp lists as a whole: copied, turned, printed, and from and to $var. */
#include "core/line.h"
#include "pvx.h"

void pvx_reverse(store_list *list)
{
    store_item *turned = NULL;
    while (list->first) {
        store_item *item = list->first;
        list->first = item->next;
        item->next = turned;
        turned = item;
    }
    list->first = turned;
    store_reordered(list);
}

/* Where the next item behind all of that name would stand; NULL when there is none of it. */
static store_item **behind_last(kl_ctx *ctx, store_list *list, const store_name *name)
{
    store_item *last = NULL;
    for (store_item *item = store_nth(ctx->msg, list, name, 0); item; item = store_after(list, item, name)) last = item;
    return last ? &last->next : NULL;
}

/* ---- xavp_copy, and xavp_copy_dst, whose last parameter Kamailio does not look at */

static bool copy_fields(kl_msg *msg, const store_item *from, store_item *to)
{
    bool good = true;
    for (const store_item *field = from->fields.first; field && good; field = field->next) {
        const store_name name = {field->name, field->id, false};
        good = store_push(msg, &to->fields, &name, &field->value) != NULL;
    }
    pvx_reverse(&to->fields);
    return good;
}

KSR_FN(pvx_copy)
{
    const store_name name = pvx_name(ctx, args[2].s);
    const store_item *from = args[1].i < 0 || name.text.n == 0 ? NULL : pvx_root(ctx, args[0].s, args[1].i);
    store_list made = {.first = NULL}, *list = pvx_list(ctx);
    store_item **place;
    if (!from) {
        log_print(ctx, KL_LOG_ERR, "%s: nothing to copy, or no name for it", ctx->row->name);
        return -1;
    }
    if (!store_push(ctx->msg, &made, &name, from->is_list ? NULL : &from->value)) return -1;
    if (!copy_fields(ctx->msg, from, made.first)) {
        store_drop(ctx->msg, &made, made.first);
        return -1;
    }
    place = behind_last(ctx, list, &name);
    if (!place) place = &list->first;
    made.first->next = *place;
    *place = made.first;
    list->count++;
    store_reordered(list);
    return 1;
}

/* ---- xavp_lshift: the first n of a name go behind its last */

/* Takes the first n of a name out of a list and puts them at *tail, in their order; where the last one's next stands.
 */
static store_item **take_first(store_list *list, const store_name *name, int64_t n, store_item **tail)
{
    store_item **link = &list->first;
    for (store_item *item = *link; item && n > 0; item = *link) {
        if (!store_is(item, name)) {
            link = &item->next;
            continue;
        }
        *link = item->next;
        *tail = item;
        tail = &item->next;
        n--;
    }
    return tail;
}

KSR_FN(pvx_lshift)
{
    const store_name name = pvx_name(ctx, args[0].s);
    store_list *list = pvx_list(ctx);
    const int64_t count = list ? store_count(ctx->msg, list, &name) : 0;
    if (count == 0) return -2;
    const int64_t n = (args[1].i % count + count) % count;
    if (n == 0) return 1;
    store_item *moved = NULL, **tail = take_first(list, &name, n, &moved);
    store_reordered(list);
    store_item **place = behind_last(ctx, list, &name);
    *tail = *place;
    *place = moved;
    store_reordered(list);
    return 1;
}

/* ---- xavp_push_dst: what a list of destinations holds for the next hop */

static kl_span text_field(kl_ctx *ctx, store_item *root, const char *text)
{
    const store_name name = {span_text(text), 0, false};
    const store_item *field = store_nth(ctx->msg, &root->fields, &name, 0);
    return field && (field->value.flags & PV_STR) ? field->value.s : SPAN_NULL;
}

static void push_socket(kl_ctx *ctx, kl_span text)
{
    core_endpoint wanted;
    if (text.n == 0) return;
    const int found = socket_endpoint_parse(text, &wanted)
                          ? socket_find(ctx->server, wanted.proto, wanted.host, wanted.port)
                          : -1;
    if (found >= 0) ctx->msg->send_socket = found;
    else ctx_misuse(ctx, KL_LOG_WARN, "no socket \"%.*s\" to send from", (int)text.n, text.s);
}

KSR_FN(pvx_push_dst)
{
    store_item *root = pvx_root(ctx, args[0].s, 0);
    if (!root || !root->is_list) return -1;
    const kl_span uri = text_field(ctx, root, "uri"), dst = text_field(ctx, root, "dsturi");
    if (!line_good(ctx, uri) || !line_good(ctx, dst)) return -1;
    if ((uri.n > 0 && !msg_set_uri(ctx->msg, uri)) || (dst.n > 0 && !msg_set_dst(ctx->msg, dst))) return -1;
    push_socket(ctx, text_field(ctx, root, "socket"));
    return 1;
}

/* ---- $var */

static bool var_to_field(kl_ctx *ctx, const pv_var *var, store_item *root)
{
    const store_name name = pvx_name(ctx, var->name);
    return store_push(ctx->msg, &root->fields, &name, &var->value) != NULL;
}

/* All but empty texts, the first one made in front. */
static bool vars_to_fields(kl_ctx *ctx, store_item *root)
{
    bool good = true;
    for (const pv_var *var = vars_newest(ctx->vars); var && good; var = var->older) {
        if (var->nullable || ((var->value.flags & PV_STR) && var->value.s.n == 0)) continue;
        good = var_to_field(ctx, var, root);
    }
    return good;
}

KSR_FN(pvx_var_to_xavp)
{
    const store_name name = pvx_name(ctx, args[1].s);
    const bool all = span_eq(args[0].s, SPAN("*"));
    store_list *list = pvx_list(ctx);
    if (!list || span_empty(args[1].s)) return -1;
    store_drop_all(ctx->msg, list, &name);
    const pv_var *var = all ? NULL : vars_find(ctx->vars, args[0].s, false);
    if (!all && !var) {
        ctx_misuse(ctx, KL_LOG_ERR, "pv_var_to_xavp: there is no $var(%.*s)", (int)args[0].s.n,
                   args[0].s.n ? args[0].s.s : "");
        return -1;
    }
    store_item *root = store_push(ctx->msg, list, &name, NULL);
    if (root && (all ? vars_to_fields(ctx, root) : var_to_field(ctx, var, root))) return 1;
    if (root) store_drop(ctx->msg, list, root);
    return -1;
}

static bool fields_to_vars(kl_ctx *ctx, const store_item *root)
{
    bool good = root->is_list;
    for (const store_item *field = root->fields.first; field && good; field = field->next) {
        good = (field->value.flags & (PV_STR | PV_INT)) && vars_put(ctx, field->name, false, &field->value);
    }
    return good;
}

/* Of all entries, so that the oldest value of a name stays. */
KSR_FN(pvx_xavp_to_var)
{
    const store_name name = pvx_name(ctx, args[0].s);
    const store_item *root = pvx_root(ctx, args[0].s, 0);
    if (!root) return -1;
    for (; root; root = store_after(pvx_list(ctx), root, &name))
        if (!fields_to_vars(ctx, root)) return -1;
    return 1;
}

/* ---- into the log */

static const char *const list_names[] = {"xavp", "xavi", "xavu"};

static void add_item(kl_ctx *ctx, const store_item *item, kl_buf *line)
{
    buf_add(line, item->name);
    buf_addc(line, '=');
    if (item->is_list) buf_addc(line, '{');
    else if (item->value.flags & PV_NULL) buf_add(line, SPAN("<null>"));
    else buf_add(line, pv_text(ctx, &item->value));
}

static void print_root(kl_ctx *ctx, const store_item *root)
{
    kl_buf line;
    buf_init(&line);
    buf_addc(&line, '$');
    buf_add(&line, span_text(list_names[pvx_data(ctx) & PVX_LIST]));
    buf_addc(&line, ' ');
    add_item(ctx, root, &line);
    for (const store_item *field = root->fields.first; field; field = field->next) {
        add_item(ctx, field, &line);
        if (field->next) buf_add(&line, SPAN(", "));
    }
    if (root->is_list) buf_addc(&line, '}');
    if (!line.failed) log_text(ctx, KL_LOG_INFO, buf_span(&line));
    buf_free(&line);
}

KSR_FN(pvx_print)
{
    if (!store_in(ctx->msg) || !log_enabled(ctx, KL_LOG_INFO)) return 1;
    for (const store_item *root = pvx_list(ctx)->first; root; root = root->next) print_root(ctx, root);
    return 1;
}
