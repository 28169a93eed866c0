/* table.c: the hash table of transactions, and what tells them apart. */
#include "internal.h"

#include "base/codec.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "sip/build.h"

#define COOKIE      "z9hG4bK"
#define FIRST_SLOTS 64
#define SPARSE      2 /* slots for a transaction: a neighbour is a line of memory more to wait for */

static uint32_t hash_of(const kl_ctx *ctx, kl_span call_id, kl_span number)
{
    siphash_fields fields;
    siphash_fields_begin(&fields, ctx->server->secret, SPAN("slot"));
    siphash_fields_add(&fields, call_id);
    siphash_fields_add(&fields, number);
    return (uint32_t)siphash_fields_end(&fields);
}

uint32_t table_hash(kl_ctx *ctx, kl_msg *msg)
{
    const sip_hdr *call_id = msg_hdr_first(msg, SIP_HDR_CALL_ID);
    const sip_cseq *cseq = msg_cseq(msg);
    return hash_of(ctx, call_id ? hdr_body(call_id) : SPAN_NULL, cseq ? cseq->number : SPAN_NULL);
}

/* ---- the table */

static void link_cell(tm_cell **slot, tm_cell *cell)
{
    cell->next = *slot;
    cell->link = slot;
    if (*slot) (*slot)->link = &cell->next;
    *slot = cell;
}

static bool grow(tm_state *tm)
{
    const size_t count = tm->slot_count ? tm->slot_count * 2 : FIRST_SLOTS;
    tm_cell **slots = kl_calloc(count, sizeof *slots);
    if (!slots) return tm->slot_count > 0; /* the chains get longer */
    for (size_t i = 0; i < tm->slot_count; i++)
        for (tm_cell *cell = tm->slots[i], *next; cell; cell = next) {
            next = cell->next;
            link_cell(&slots[cell->hash & (count - 1)], cell);
        }
    kl_free(tm->slots);
    tm->slots = slots;
    tm->slot_count = count;
    return true;
}

bool table_add(tm_state *tm, tm_cell *cell)
{
    if (tm->count * SPARSE >= tm->slot_count && !grow(tm)) return false;
    link_cell(&tm->slots[cell->hash & (tm->slot_count - 1)], cell_ref(cell));
    tm->count++;
    elsewhere_note(cell);
    return true;
}

void table_remove(tm_cell *cell)
{
    if (!cell->link) return;
    *cell->link = cell->next;
    if (cell->next) cell->next->link = cell->link;
    cell->link = NULL;
    cell->tm->count--;
    elsewhere_forget(cell);
    cell_unref(cell);
}

static tm_cell *first_of(const tm_state *tm, uint32_t hash)
{
    return tm->slot_count ? tm->slots[hash & (tm->slot_count - 1)] : NULL;
}

/* ---- requests */

static bool same_number(kl_msg *a, kl_msg *b)
{
    const sip_hdr *one = msg_hdr_first(a, SIP_HDR_CALL_ID), *other = msg_hdr_first(b, SIP_HDR_CALL_ID);
    return one && other && span_eq(hdr_body(one), hdr_body(other)) && msg_cseq(a) && msg_cseq(b) &&
           span_eq(msg_cseq(a)->number, msg_cseq(b)->number);
}

static uint16_t port_of(const sip_via *via) { return via->port_number ? via->port_number : 5060; }

static bool same_via(const sip_via *a, const sip_via *b)
{
    return span_eq(a->branch, b->branch) && span_eqi(a->host, b->host) && port_of(a) == port_of(b) &&
           a->proto == b->proto;
}

/* A client of RFC 2543 makes no unique branch (17.2.3). */
static bool same_old(kl_msg *msg, tm_cell *cell, bool ack)
{
    const tm_settings *settings = &cell->tm->settings;
    kl_msg *other = cell->request;
    const sip_via *a = msg_via1(msg), *b = msg_via1(other);
    const sip_nameaddr *from = msg_from(msg), *of = msg_from(other), *to = msg_to(msg), *to_of = msg_to(other);
    if (!from || !of || !to || !to_of || !same_number(msg, other) || !span_eq(from->tag, of->tag)) return false;
    if (!ack && !span_eq(to->tag, to_of->tag)) return false;
    if (settings->ruri_matching && !span_eq(msg->uri, other->uri)) return false;
    return !settings->via1_matching || (span_eqi(a->host, b->host) && port_of(a) == port_of(b));
}

static bool is_modern(const sip_via *via) { return span_starts(via->branch, SPAN(COOKIE)) && via->branch.n > 7; }

static bool same_request(kl_msg *msg, tm_cell *cell, bool ack)
{
    const sip_via *via = msg_via1(msg), *other = msg_via1(cell->request);
    if (!via || !other) return false;
    if (!is_modern(via)) return !is_modern(other) && same_old(msg, cell, ack);
    return same_via(via, other) && (!cell->tm->settings.callid_matching || same_number(msg, cell->request));
}

/* ACK to a 2xx of ours comes with another branch: it is known by the tag that we gave. */
static bool is_ack_to_ours(kl_msg *msg, const tm_cell *cell)
{
    const sip_nameaddr *to = msg_to(msg), *from = msg_from(msg), *other = msg_from(cell->request);
    return to && from && other && same_number(msg, cell->request) && span_eq(from->tag, other->tag) &&
           cell->response_tag.n > 0 && span_eq(to->tag, cell->response_tag);
}

table_match table_request(kl_ctx *ctx, tm_cell **out)
{
    tm_state *tm = tm_of(ctx);
    kl_msg *msg = ctx->msg;
    const bool ack = msg->method_id == SIP_ACK;
    const uint32_t hash = table_hash(ctx, msg);
    for (tm_cell *cell = first_of(tm, hash); cell; cell = cell->next) {
        if (cell->hash != hash || cell->local) continue; /* a neighbour costs one line of memory */
        *out = cell;
        if (ack) {
            if (!server_look(cell, SERVER_ACK)) continue;
            if (cell->status < 300 ? is_ack_to_ours(msg, cell) : same_request(msg, cell, true)) return TABLE_ACK;
            continue;
        }
        if (span_eq(msg->method, cell->request->method) && same_request(msg, cell, false)) return TABLE_RETRANSMISSION;
    }
    *out = NULL;
    return TABLE_NONE;
}

tm_cell *table_invite_of(kl_ctx *ctx)
{
    for (tm_cell *cell = first_of(tm_of(ctx), table_hash(ctx, ctx->msg)); cell; cell = cell->next)
        if (!cell->local && cell_is(cell, TM_IS_INVITE) && same_request(ctx->msg, cell, false)) return cell;
    return NULL;
}

/* ---- replies */

/* As build_tm_branch writes it. */
static bool read_index(kl_span text, int *index)
{
    if (text.n == 0 || text.n > 2) return false;
    const int first = hex_digit(text.s[0]), last = hex_digit(text.s[text.n - 1]);
    *index = text.n == 1 ? last : first * 16 + last;
    return first >= 0 && last >= 0;
}

/* Cookie, hash, ".", key, ".", index, both numbers in hex. */
static bool split(kl_span branch, kl_span *key, int *index)
{
    const size_t head = sizeof COOKIE - 1;
    if (!span_starts(branch, SPAN(COOKIE))) return false;
    const char *dot = memchr(branch.s + head, '.', branch.n - head), *end = span_end(branch);
    if (!dot || end - dot < TM_KEY + 3 || dot[TM_KEY + 1] != '.') return false;
    *key = span_of(dot + 1, TM_KEY);
    return read_index(span_between(dot + TM_KEY + 2, end), index);
}

static bool right_method(const sip_cseq *cseq, const tm_branch *branch)
{
    return span_eq(cseq->method, branch->cell->request->method) ||
           (span_eq(cseq->method, SPAN("CANCEL")) && branch->cancel.bytes.n > 0);
}

/* By the hash in the branch, which every reply brings back, as Call-ID and CSeq may have been changed. */
static uint32_t hash_in(kl_span branch)
{
    uint32_t hash = 0;
    for (size_t i = sizeof COOKIE - 1; i < branch.n && branch.s[i] != '.'; i++) {
        const int digit = hex_digit(branch.s[i]);
        if (digit < 0) return 0;
        hash = hash << 4 | (unsigned)digit;
    }
    return hash;
}

/* callid_cseq_matching: by what is in the message too, not by the branch alone. reply NULL: by the branch. */
static bool is_of(kl_msg *reply, tm_cell *cell, kl_span key)
{
    if (reply && cell->tm->settings.callid_cseq_matching) return same_number(reply, cell->request);
    return span_eq(key, span_of(cell->key, TM_KEY));
}

static tm_branch *find_branch(const tm_state *tm, kl_span via_branch, kl_msg *reply)
{
    kl_span key;
    int index = 0;
    if (!split(via_branch, &key, &index)) return NULL;
    const uint32_t hash = hash_in(via_branch);
    for (tm_cell *cell = first_of(tm, hash); cell; cell = cell->next)
        if (cell->hash == hash && is_of(reply, cell, key) && index < cell->branch_count) return cell->branches[index];
    return NULL;
}

tm_branch *table_branch(const tm_state *tm, kl_span via_branch) { return find_branch(tm, via_branch, NULL); }

tm_branch *table_reply(kl_ctx *ctx)
{
    tm_state *tm = tm_of(ctx);
    const sip_via *via = msg_via1(ctx->msg);
    const sip_cseq *cseq = msg_cseq(ctx->msg);
    tm_branch *branch = via && cseq ? find_branch(tm, via->branch, ctx->msg) : NULL;
    if (!branch || !client_look(branch, CLIENT_LATE_FAILURE) || !right_method(cseq, branch)) return NULL;
    if ((tm->settings.reply_matching & 1) && cell_waits(branch->cell) && !waiting_holds(branch->cell)) {
        log_print(ctx, KL_LOG_DBG, "a late reply: its transaction is on wait");
        return NULL;
    }
    return branch;
}

/* ---- by ticket: a number and, below it, the hash of the transaction */

int64_t table_ticket(tm_cell *cell)
{
    const uint32_t number = cell->tm->tickets++ % INT32_MAX + 1;
    return (int64_t)((uint64_t)number << 32 | cell->hash);
}

tm_branch *table_waiting(const tm_state *tm, int64_t ticket)
{
    for (tm_cell *cell = first_of(tm, (uint32_t)ticket); ticket && cell; cell = cell->next)
        for (int i = 0; i < cell->branch_count; i++)
            if (cell->branches[i]->hop.ticket == ticket) return cell->branches[i];
    return NULL;
}

/* ---- by name */

tm_cell *table_by_call_id(kl_ctx *ctx, kl_span call_id, kl_span cseq)
{
    for (tm_cell *cell = first_of(tm_of(ctx), hash_of(ctx, call_id, cseq)); cell; cell = cell->next) {
        const sip_hdr *own = msg_hdr_first(cell->request, SIP_HDR_CALL_ID);
        const sip_cseq *number = msg_cseq(cell->request);
        if (cell_is(cell, TM_IS_INVITE) && own && number && span_eq(hdr_body(own), call_id) &&
            span_eq(number->number, cseq))
            return cell;
    }
    return NULL;
}

tm_cell *table_by_id(tm_state *tm, uint32_t index, uint32_t label)
{
    for (size_t slot = index & (tm->slot_count - 1); slot < tm->slot_count; slot += 0x10000)
        for (tm_cell *cell = tm->slots[slot]; cell; cell = cell->next)
            if (cell->label == label && table_index(cell) == (index & 0xffff)) return cell;
    return NULL;
}
