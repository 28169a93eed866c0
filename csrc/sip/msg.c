#include "msg.h"

#include "base/text.h"
#include "index.h"

enum { DEFAULT_MEMORY = 16 * 1024 * 1024 };

/* From one member to before another; members stand in the order of these groups. */
#define ZERO(msg, from, to)                                                                                            \
    memset((char *)(msg) + offsetof(kl_msg, from), 0, offsetof(kl_msg, to) - offsetof(kl_msg, from))

/* What is not zero in a message that nothing was received in. */
static void begin_received(kl_msg *msg)
{
    memset(msg->first, 0xff, sizeof msg->first);
    msg->content_length = -1;
}

static void clear(kl_msg *msg)
{
    memset((char *)msg + offsetof(kl_msg, is_request), 0, sizeof *msg - offsetof(kl_msg, is_request));
    begin_received(msg);
    msg->conid = msg->ruri_q = msg->send_socket = -1;
    msg->recv_socket = SIP_SOCKET_UNKNOWN;
    msg->ruri_is_new = true;
    buf_clear(&msg->out);
}

void msg_init(kl_msg *msg, size_t memory)
{
    memset(msg, 0, sizeof *msg);
    arena_init(&msg->arena, memory ? memory : DEFAULT_MEMORY);
    buf_init(&msg->out);
    clear(msg);
    msg->fresh = true;
}

void msg_reset(kl_msg *msg)
{
    msg->generation++;
    if (msg->fresh) return;
    slot_drop_all(msg);
    arena_reset(&msg->arena);
    clear(msg);
    msg->fresh = true;
}

void msg_done(kl_msg *msg)
{
    slot_drop_all(msg);
    arena_free(&msg->arena);
    buf_free(&msg->out);
    msg->generation++;
    clear(msg);
}

static kl_status no_memory(size_t n, kl_error *err)
{
    return error_set(err, KL_ENOMEM, "no memory for a message of %zu bytes", n);
}

static char *keep(kl_span *kept, char *at, kl_span text)
{
    char *end = text_put(at, text);
    *kept = span_of(at, text.n);
    *end = '\0';
    return end + 1;
}

/* The texts of its addresses and the bytes, which stand last so that ASan sees a read behind them: one piece of memory.
 */
static bool take(kl_msg *msg, const kl_packet *packet)
{
    const size_t hosts = packet->source_host.n + packet->local_host.n + 2;
    char *at = packet->size < SIZE_MAX - hosts ? arena_alloc(&msg->arena, packet->size + 1 + hosts) : NULL;
    kl_span bytes;
    if (!at) return false;
    at = keep(&msg->source_host, at, packet->source_host);
    at = keep(&msg->local_host, at, packet->local_host);
    keep(&bytes, at, span_of(packet->data, packet->size));
    msg->buf = at;
    msg->len = bytes.n;
    msg->source_port = packet->source_port;
    msg->local_port = packet->local_port;
    msg->proto = packet->transport;
    msg->conid = packet->conid;
    msg->now = packet->now;
    return true;
}

kl_status msg_parse(kl_msg *msg, const kl_packet *packet, kl_error *err)
{
    msg_reset(msg);
    msg->fresh = false;
    if (!take(msg, packet)) return no_memory(packet->size, err);
    const kl_status status = index_message(msg, true, err);
    if (status != KL_OK) clear(msg);
    return status;
}

static void forget_received(kl_msg *msg)
{
    ZERO(msg, is_request, proto);
    begin_received(msg);
}

kl_status msg_replace(kl_msg *msg, kl_span bytes, kl_error *err)
{
    forget_received(msg);
    ZERO(msg, edits_near, slots);
    msg->new_uri = SPAN_NULL;
    msg->new_uri_room = 0;
    slot_replaced(msg);
    const kl_span copy = arena_copy(&msg->arena, bytes);
    msg->buf = (char *)(uintptr_t)copy.s;
    msg->len = copy.n;
    const kl_status status = copy.s ? index_message(msg, false, err) : no_memory(bytes.n, err);
    if (status != KL_OK) {
        forget_received(msg);
        msg->buf = (char *)(uintptr_t)copy.s;
        msg->len = copy.n;
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
    while (hdr && !span_eqi(hdr_name(hdr), name)) hdr = next_of_id(msg, hdr);
    return hdr;
}

const sip_hdr *msg_hdr_next(const kl_msg *msg, const sip_hdr *hdr)
{
    const sip_hdr *next = next_of_id(msg, hdr);
    return hdr->id == SIP_HDR_OTHER ? find_other(msg, next, hdr_name(hdr)) : next;
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

kl_span msg_told_body(const kl_msg *msg)
{
    const bool told = msg->content_length >= 0 && (uint64_t)msg->content_length < msg->body.n;
    return msg->body.s ? span_of(msg->body.s, told ? (size_t)msg->content_length : msg->body.n) : SPAN("");
}
