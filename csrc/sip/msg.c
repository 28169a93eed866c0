#include "msg.h"

#include "index.h"

enum { DEFAULT_MEMORY = 16 * 1024 * 1024 };

/* Nothing received and nothing read: as before the first parse. */
static void clear_received(kl_msg *msg)
{
    msg->buf = NULL;
    msg->len = 0;
    msg->is_request = false;
    msg->method_id = 0;
    msg->first_line = msg->method = msg->uri = msg->version = msg->status_text = msg->reason = msg->body = SPAN_NULL;
    msg->status = 0;
    msg->hdrs = NULL;
    msg->hdr_count = msg->hdr_cap = 0;
    memset(msg->first, 0xff, sizeof msg->first);
    memset(msg->last, 0xff, sizeof msg->last);
    msg->eoh = 0;
    msg->hdrs_bad = false;
    msg->content_length = -1;
    memset(&msg->lazy, 0, sizeof msg->lazy);
}

static void clear_origin(kl_msg *msg)
{
    msg->source_host = msg->local_host = SPAN_NULL;
    msg->source_port = msg->local_port = 0;
    msg->proto = KL_PROTO_NONE;
    msg->conid = -1;
    msg->recv_socket = SIP_SOCKET_UNKNOWN;
    msg->now = 0;
}

static void clear_new_uri(kl_msg *msg)
{
    msg->new_uri = SPAN_NULL;
    msg->new_uri_room = 0;
}

static void clear_changes(kl_msg *msg)
{
    clear_new_uri(msg);
    msg->dst_uri = msg->path_vec = msg->ruid = msg->location_ua = SPAN_NULL;
    msg->dst_uri_room = 0;
    msg->ruri_is_new = true;
    msg->flags = msg->bflags = 0;
    msg->xflags = 0;
    msg->ruri_q = -1;
    msg->branches = NULL;
    msg->branch_count = msg->branch_cap = 0;
    msg->send_socket = -1;
    msg->advertised_address = msg->advertised_port = SPAN_NULL;
    msg->msg_flags = 0;
    msg->reply_send_flags = msg->forward_send_flags = 0;
}

static void clear_edits(kl_msg *msg)
{
    msg->edits = msg->edits_tail = msg->edits_near = NULL;
    msg->reply_headers_room = 0;
    msg->reply_headers = msg->reply_body = msg->reply_content_type = SPAN_NULL;
}

static void clear(kl_msg *msg)
{
    clear_received(msg);
    clear_origin(msg);
    clear_changes(msg);
    clear_edits(msg);
    buf_clear(&msg->out);
}

void msg_init(kl_msg *msg, size_t memory)
{
    memset(msg, 0, sizeof *msg);
    arena_init(&msg->arena, memory ? memory : DEFAULT_MEMORY);
    buf_init(&msg->out);
    clear(msg);
}

void msg_reset(kl_msg *msg)
{
    msg->generation++;
    slot_drop_all(msg);
    arena_reset(&msg->arena);
    clear(msg);
}

void msg_done(kl_msg *msg)
{
    slot_drop_all(msg);
    arena_free(&msg->arena);
    buf_free(&msg->out);
    msg->generation++;
    clear(msg);
}

static kl_status read_bytes(kl_msg *msg, kl_span bytes, bool received, kl_error *err)
{
    kl_span copy = arena_copy(&msg->arena, bytes);
    if (!copy.s) return error_set(err, KL_ENOMEM, "no memory for a message of %zu bytes", bytes.n);
    msg->buf = (char *)copy.s;
    msg->len = copy.n;
    return index_message(msg, received, err);
}

static kl_status read_origin(kl_msg *msg, const kl_packet *packet, kl_error *err)
{
    msg->source_host = arena_copy(&msg->arena, packet->source_host);
    msg->local_host = arena_copy(&msg->arena, packet->local_host);
    if (!msg->source_host.s || !msg->local_host.s)
        return error_set(err, KL_ENOMEM, "no memory for the addresses of a message");
    msg->source_port = packet->source_port;
    msg->local_port = packet->local_port;
    msg->proto = packet->transport;
    msg->conid = packet->conid;
    msg->now = packet->now;
    return KL_OK;
}

kl_status msg_parse(kl_msg *msg, const kl_packet *packet, kl_error *err)
{
    msg_reset(msg);
    kl_status status = read_origin(msg, packet, err);
    if (status == KL_OK) status = read_bytes(msg, span_of(packet->data, packet->size), true, err);
    if (status != KL_OK) clear(msg);
    return status;
}

kl_status msg_replace(kl_msg *msg, kl_span bytes, kl_error *err)
{
    clear_received(msg);
    clear_edits(msg);
    clear_new_uri(msg);
    slot_replaced(msg);
    kl_status status = read_bytes(msg, bytes, false, err);
    if (status != KL_OK) {
        char *buf = msg->buf;
        clear_received(msg);
        msg->buf = buf;
        msg->len = buf ? bytes.n : 0;
        msg->hdrs_bad = true;
    }
    return status;
}

/* ---- headers */

const sip_hdr *msg_hdr_first(const kl_msg *msg, sip_hdr_id id)
{
    uint16_t i = msg->first[id];
    return i == SIP_NO_HDR ? NULL : &msg->hdrs[i];
}

static const sip_hdr *next_of_id(const kl_msg *msg, const sip_hdr *hdr)
{
    return hdr->next == SIP_NO_HDR ? NULL : &msg->hdrs[hdr->next];
}

/* From hdr on the first header of that name in the chain of unknown names. */
static const sip_hdr *find_other(const kl_msg *msg, const sip_hdr *hdr, kl_span name)
{
    while (hdr && !span_eqi(hdr->name, name)) hdr = next_of_id(msg, hdr);
    return hdr;
}

const sip_hdr *msg_hdr_next(const kl_msg *msg, const sip_hdr *hdr)
{
    const sip_hdr *next = next_of_id(msg, hdr);
    return hdr->id == SIP_HDR_OTHER ? find_other(msg, next, hdr->name) : next;
}

/* The type comes from the leading bytes that a name may have, whatever follows them. */
static sip_hdr_id wanted_id(kl_span name)
{
    size_t n = 0;
    while (n < name.n && char_is(name.s[n], SPAN_NAME)) n++;
    return sip_hdr_id_of(span_of(name.s, n));
}

const sip_hdr *msg_hdr_named(const kl_msg *msg, kl_span name)
{
    if (msg->hdrs_bad || !name.n) return NULL;
    sip_hdr_id id = wanted_id(name);
    const sip_hdr *first = msg_hdr_first(msg, id);
    return id == SIP_HDR_OTHER ? find_other(msg, first, name) : first;
}

size_t msg_hdr_count_named(const kl_msg *msg, kl_span name)
{
    size_t count = 0;
    for (const sip_hdr *hdr = msg_hdr_named(msg, name); hdr; hdr = msg_hdr_next(msg, hdr)) count++;
    return count;
}

const sip_hdr *msg_hdr_index(const kl_msg *msg, kl_span name, int index)
{
    if (index < 0) {
        size_t count = msg_hdr_count_named(msg, name), back = 0 - (size_t)index;
        if (back > count || count >= 256) return NULL;
        index = (int)(count - back);
    }
    const sip_hdr *hdr = msg_hdr_named(msg, name);
    for (; hdr && index; index--) hdr = msg_hdr_next(msg, hdr);
    return hdr;
}
