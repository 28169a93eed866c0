#include "msg.h"

#include "base/mem.h"

/* What kemilua.Message stands on. */

kl_msg *kl_msg_new(size_t memory)
{
    kl_msg *msg = kl_malloc(sizeof *msg);
    if (msg) msg_init(msg, memory);
    return msg;
}

void kl_msg_free(kl_msg *msg)
{
    if (!msg) return;
    kl_region *const region = msg->arena.region;
    const size_t size = msg->clone_size;
    msg_done(msg);
    region_give(region, msg, size);
}

kl_status kl_msg_parse(kl_msg *msg, const kl_packet *packet, kl_error *err) { return msg_parse(msg, packet, err); }

uint64_t kl_msg_generation(const kl_msg *msg) { return msg->generation; }

static void put_text(kl_value *out, kl_span text)
{
    out->type = text.s ? KL_TYPE_STR : KL_TYPE_NULL;
    out->s = text;
}

static void put_number(kl_value *out, kl_type type, int64_t i)
{
    out->type = type;
    out->i = i;
}

kl_status kl_msg_get(kl_msg *msg, kl_field field, kl_value *out)
{
    *out = (kl_value){.type = KL_TYPE_NULL};
    switch (field) {
    case KL_FIELD_IS_REQUEST: put_number(out, KL_TYPE_BOOL, msg->is_request); break;
    case KL_FIELD_METHOD: put_text(out, msg_method(msg)); break;
    case KL_FIELD_URI: put_text(out, msg->is_request ? msg_current_uri(msg) : SPAN_NULL); break;
    case KL_FIELD_STATUS: put_number(out, KL_TYPE_INT, msg->status); break;
    case KL_FIELD_REASON: put_text(out, msg->reason); break;
    case KL_FIELD_VERSION: put_text(out, msg->version); break;
    case KL_FIELD_BODY: put_text(out, msg->body); break;
    case KL_FIELD_BUFFER: put_text(out, span_of(msg->buf, msg->len)); break;
    case KL_FIELD_SOURCE_HOST: put_text(out, msg->source_host); break;
    case KL_FIELD_SOURCE_PORT: put_number(out, KL_TYPE_INT, msg->source_port); break;
    case KL_FIELD_LOCAL_HOST: put_text(out, msg->local_host); break;
    case KL_FIELD_LOCAL_PORT: put_number(out, KL_TYPE_INT, msg->local_port); break;
    case KL_FIELD_TRANSPORT: put_number(out, KL_TYPE_INT, msg->proto); break;
    case KL_FIELD_NOW:
        out->type = KL_TYPE_FLOAT;
        out->f = msg->now;
        break;
    case KL_FIELD_DESTINATION_URI: put_text(out, msg->dst_uri); break;
    case KL_FIELD_FLAGS: put_number(out, KL_TYPE_LONG, msg->flags); break;
    case KL_FIELD_CONID: put_number(out, KL_TYPE_INT, msg->conid); break;
    default: return KL_EARG;
    }
    return KL_OK;
}

size_t kl_msg_header_count(const kl_msg *msg) { return msg->hdr_count; }

kl_status kl_msg_header(const kl_msg *msg, size_t i, kl_span *name, kl_span *body)
{
    if (i >= msg->hdr_count) return KL_ENOENT;
    *name = hdr_name(&msg->hdrs[i]);
    *body = hdr_body(&msg->hdrs[i]);
    return KL_OK;
}

kl_status kl_msg_find(const kl_msg *msg, kl_span name, int index, kl_span *body)
{
    const sip_hdr *hdr = msg_hdr_index(msg, name, index);
    if (!hdr) return KL_ENOENT;
    *body = hdr_body(hdr);
    return KL_OK;
}
