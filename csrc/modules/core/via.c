#include "via.h"

#include "modules/line.h"
#include "pv/store.h"

/* The fields of the newest list of that name, NULL when there is none. */
static store_list *fields_of(kl_ctx *ctx, unsigned flag, kl_span xavp)
{
    kl_msg *msg = ctx->msg;
    if (!(msg->msg_flags & flag) || span_empty(xavp) || !store_in(msg)) return NULL;
    const store_name name = {xavp, 0, false};
    store_item *item = store_nth(msg, &store_in(msg)->xavps, &name, 0);
    return item && item->is_list ? &item->fields : NULL;
}

static bool is_written(const store_item *field) { return !field->is_list && !(field->value.flags & PV_NULL); }

static char *put(char *at, kl_span text)
{
    if (text.n > 0) memcpy(at, text.s, text.n);
    return at + text.n;
}

static char *put_field(kl_ctx *ctx, char *at, const store_item *field)
{
    const kl_span text = pv_text(ctx, &field->value);
    at = put(put(at, SPAN(";")), field->name);
    return text.n > 0 ? put(put(at, SPAN("=")), text) : at;
}

bool via_params(kl_ctx *ctx, unsigned flag, kl_span xavp, kl_span *out)
{
    const store_list *list = fields_of(ctx, flag, xavp);
    const store_item *fields = list ? list->first : NULL;
    size_t bound = 0;
    *out = SPAN_NULL;
    for (const store_item *field = fields; field; field = field->next) {
        if (!is_written(field)) continue;
        const kl_span text = pv_text(ctx, &field->value);
        if (!line_good(ctx, field->name) || !line_good(ctx, text)) return false;
        bound += field->name.n + text.n + 2;
    }
    if (bound == 0) return true;
    char *text = arena_alloc(ctx->scratch, bound), *at = text;
    if (!text) return false;
    for (const store_item *field = fields; field; field = field->next)
        if (is_written(field)) at = put_field(ctx, at, field);
    *out = span_between(text, at);
    return true;
}

bool via_field(kl_ctx *ctx, kl_span name, kl_span *out)
{
    const store_name key = {name, 0, false};
    store_list *fields = fields_of(ctx, SIP_MSG_VIA_XAVP_FIELDS, ctx->world->via_fields);
    const store_item *field = fields ? store_nth(ctx->msg, fields, &key, 0) : NULL;
    if (!field || field->is_list || (field->value.flags & PV_IS_INT) || !(field->value.flags & PV_STR) ||
        field->value.s.n == 0)
        return false;
    *out = field->value.s;
    return line_good(ctx, *out);
}
