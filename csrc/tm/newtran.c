/* newtran.c: requests from upstream: new ones, and those that came before. */
#include "internal.h"

#include "core/hooks.h"
#include "pv/store/store.h"
#include "sip/build.h"
#include "proxy/target.h"

/* The request came again: so does what was answered. */
static int absorb(kl_ctx *ctx, tm_cell *cell)
{
    note_set(ctx->msg, cell, -1);
    if (server_move(cell, SERVER_REQUEST) & SERVER_RESENDS) tm_retransmit_reply(ctx, cell);
    return 0;
}

/* Our reply has arrived (17.2.1: timers G and H end). */
static int acknowledged(kl_ctx *ctx, tm_cell *cell)
{
    if (server_move(cell, SERVER_ACK) & SERVER_RELEASES) timers_release(ctx, cell);
    return 0;
}

static bool is_complete(kl_msg *msg)
{
    return msg_via1(msg) && msg_from(msg) && msg_to(msg) && msg_cseq(msg) && msg_hdr_first(msg, SIP_HDR_CALL_ID);
}

static int make(kl_ctx *ctx)
{
    tm_state *tm = tm_of(ctx);
    if (!msg_ruri(ctx->msg)) return TM_E_BAD_REQ;
    tm_cell *cell = cell_new(ctx, tm);
    if (!cell) return TM_E_OUT_OF_MEM;
    const send_target upstream = target_of_reply(ctx);
    cell->upstream = upstream;
    cell->upstream.host = cell_text(cell, upstream.host);
    tm_note *note = note_of(ctx->msg);
    /* its variables are the message's from now on, and it outlives that by the note's reference */
    bool done = note && cell->upstream.host.s && store_of(cell->request) &&
                waiting_for(ctx, cell, ctx->per_engine->after) && table_add(tm, cell);
    if (done) {
        note_set(ctx->msg, cell, -1);
        store_share(ctx->msg, cell->request, &done);
        note->is_new = true;
        count_new(&tm->counters, false);
    }
    cell_unref(cell);
    return done ? 1 : TM_E_OUT_OF_MEM;
}

/* A CANCEL that came before its INVITE (RFC 3261 9.2 leaves that open): the INVITE ends at once. */
static bool cancelled_before(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    if (msg->method_id != SIP_INVITE) return false;
    tm_state *tm = tm_of(ctx);
    if (tm->slot_count == 0) return false;
    const uint32_t hash = table_hash(ctx, msg);
    for (tm_cell *cell = tm->slots[hash & (tm->slot_count - 1)]; cell; cell = cell->next) {
        if (cell->hash != hash) continue;
        const sip_via *a = msg_via1(msg), *b = msg_via1(cell->request);
        if (cell->request->method_id == SIP_CANCEL && a && b && a->branch.n > 0 && span_eq(a->branch, b->branch) &&
            span_eqi(a->host, b->host))
            return true;
    }
    return false;
}

int tm_newtran(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    tm_note *note = note_of(msg);
    tm_cell *cell = NULL;
    if (!note) return TM_E_OUT_OF_MEM;
    if (note->cell) {
        note->cell->request->flags = msg->flags;
        return TM_E_SCRIPT;
    }
    if (!msg->is_request) return TM_E_UNSPEC;
    if (!is_complete(msg)) return TM_E_BAD_TUPEL;
    switch (table_request(ctx, &cell)) {
    case TABLE_RETRANSMISSION: return absorb(ctx, cell);
    case TABLE_ACK: return acknowledged(ctx, cell);
    case TABLE_NONE: break;
    }
    if (msg->method_id == SIP_ACK) return 1;
    const bool cancelled = cancelled_before(ctx);
    const int made = make(ctx);
    if (made == 1 && cancelled) note_cell(msg)->flags |= TM_CANCELLED;
    return made;
}

static int check_reply(kl_ctx *ctx)
{
    tm_branch *branch = table_reply(ctx);
    return branch && note_set(ctx->msg, branch->cell, branch->index) ? 1 : -1;
}

int tm_check(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    tm_cell *cell = NULL;
    if (note_cell(msg)) return 1;
    if (!msg->is_request) return check_reply(ctx);
    if (!is_complete(msg)) return -1;
    if (msg->method_id == SIP_CANCEL) return table_invite_of(ctx) ? 1 : -1;
    switch (table_request(ctx, &cell)) {
    case TABLE_RETRANSMISSION: return absorb(ctx, cell);
    case TABLE_ACK: return acknowledged(ctx, cell);
    case TABLE_NONE: break;
    }
    return -1;
}

/* ---- the end of the request route */

static void end_route(kl_ctx *ctx, tm_note *note)
{
    tm_cell *cell = note->cell;
    if (note->error && !cell_is_final(cell)) {
        tm_reply_error(ctx, cell, note->error);
        return;
    }
    if (note->is_new && !cell_is(cell, TM_RELAYED | TM_SUSPENDED) && !cell_waits(cell)) {
        if (cell->status == 0) log_print(ctx, KL_LOG_WARN, "tm: the script made a transaction and did nothing with it");
        timers_release(ctx, cell);
    } else if (note->is_new && cell->branch_count == 0) {
        timers_release(ctx, cell);
    }
}

static bool request_end(kl_ctx *ctx)
{
    tm_note *note = note_in(ctx->msg);
    if (note && note->cell) end_route(ctx, note);
    return false;
}

/* sl.send_reply within a transaction is its reply (sl's bind_tm). */
static bool own_reply(kl_ctx *ctx, int code, kl_span reason, int *result)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (!cell) return false;
    *result = tm_reply(ctx, cell, code, reason);
    return true;
}

void tm_join(kl_ctx *ctx, tm_state *tm, int place)
{
    ctx->per_engine->tm = tm;
    tm->shared = ctx->shared;
    tm->number = ctx->number;
    on_request_end(ctx, place, request_end);
    on_reply(ctx, place, received_reply);
    on_own_reply(ctx, place, own_reply);
    on_waits(ctx, place, waiting_hook);
}
