#include "contact_record.h"

#include "core/line.h"

typedef struct text_field {
    kl_span name;
    size_t offset; /* in sip_branch */
} text_field;

static const text_field texts[] = {
    {{"uri", 3}, offsetof(sip_branch, uri)},   {{"dst_uri", 7}, offsetof(sip_branch, dst_uri)},
    {{"path", 4}, offsetof(sip_branch, path)}, {{"instance", 8}, offsetof(sip_branch, instance)},
    {{"ruid", 4}, offsetof(sip_branch, ruid)}, {{"ua", 2}, offsetof(sip_branch, user_agent)},
};
#define TEXT_COUNT (sizeof texts / sizeof *texts)

/* ---- writing */

static bool put_text(kl_ctx *ctx, store_item *record, kl_span name, kl_span text)
{
    pv_value value;
    if (text.n == 0) return true;
    pv_str(&value, text);
    return store_push(ctx->msg, &record->fields, &(store_name){name, 0, false}, &value) != NULL;
}

static bool put_int(kl_ctx *ctx, store_item *record, kl_span name, int64_t n)
{
    pv_value value;
    pv_int(&value, n);
    return store_push(ctx->msg, &record->fields, &(store_name){name, 0, false}, &value) != NULL;
}

static bool put_socket(kl_ctx *ctx, store_item *record, int socket)
{
    return socket < 0 || put_text(ctx, record, SPAN("sock"), ctx->server->sockets[socket].text);
}

bool contact_record_put(kl_ctx *ctx, kl_span name, const sip_branch *contact, int flag)
{
    pv_store *store = store_of(ctx->msg);
    store_item *record = store ? store_push(ctx->msg, &store->xavps, &(store_name){name, 0, false}, NULL) : NULL;
    bool good = record != NULL;
    for (size_t i = 0; i < TEXT_COUNT && good; i++) {
        kl_span text;
        memcpy(&text, (const char *)contact + texts[i].offset, sizeof text);
        good = put_text(ctx, record, texts[i].name, text);
    }
    return good && put_socket(ctx, record, contact->send_socket) &&
           put_int(ctx, record, SPAN("flags"), contact->flags) &&
           (flag < 0 || put_int(ctx, record, SPAN("q_flag"), flag));
}

/* ---- reading */

static const store_item *field(const store_item *record, kl_span name)
{
    for (const store_item *one = record->fields.first; one; one = one->next)
        if (span_eq(one->name, name)) return one;
    return NULL;
}

static kl_span text_in(const store_item *record, kl_span name)
{
    const store_item *one = field(record, name);
    return one && !one->is_list && (one->value.flags & PV_STR) ? one->value.s : SPAN_NULL;
}

static int64_t int_in(const store_item *record, kl_span name)
{
    const store_item *one = field(record, name);
    return one && !one->is_list && (one->value.flags & PV_INT) ? one->value.i : 0;
}

static int socket_in(kl_ctx *ctx, kl_span text)
{
    core_endpoint at;
    return socket_endpoint_parse(text, &at) ? socket_find(ctx->server, at.proto, at.host, at.port) : -1;
}

bool contact_record_read(kl_ctx *ctx, const store_item *record, sip_branch *out)
{
    const kl_span socket = text_in(record, SPAN("sock"));
    *out = (sip_branch){.flags = (uint32_t)int_in(record, SPAN("flags")), .send_socket = -1};
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const kl_span text = text_in(record, texts[i].name);
        if (!line_good(ctx, text)) return false;
        memcpy((char *)out + texts[i].offset, &text, sizeof text);
    }
    if (out->uri.n == 0 || socket.n == 0) return out->uri.n > 0;
    out->send_socket = socket_in(ctx, socket);
    return out->send_socket >= 0;
}

bool contact_record_is_last(const store_item *record) { return int_in(record, SPAN("q_flag")) != 0; }

bool contact_record_leads_to(const store_item *record, kl_span instance)
{
    return record->is_list && span_eq(text_in(record, SPAN("instance")), instance);
}
