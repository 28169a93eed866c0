/* received.c: replies from downstream, as they come (RFC 3261 17.1): what the routes of the script see of them. */
#include "internal.h"

#include "core/hooks.h"

static void acknowledge(kl_ctx *ctx, tm_branch *branch, kl_msg *reply)
{
    if (!branch->ack.s) branch->ack = build_hop(ctx, branch, SPAN("ACK"), reply, SPAN(""));
    if (branch->ack.n > 0) send_raw(ctx, branch->ack, &branch->target);
}

static client_event event_of(const tm_cell *cell, int code)
{
    const bool late = cell_is_final(cell);
    if (code < 200) return late ? CLIENT_LATE_1XX : CLIENT_1XX;
    if (code < 300) return late ? CLIENT_LATE_2XX : CLIENT_2XX;
    return late ? CLIENT_LATE_FAILURE : CLIENT_FAILURE;
}

static void go_on(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    tm_cell *cell = branch->cell;
    branch->last_received = code;
    if (!cell_is(cell, TM_IS_LOCAL) && (code > 100 || (code == 100 && cell->tm->settings.relay_100)))
        upstream_relay(ctx, cell, reply, code);
    local_replied(ctx, branch, code, reply);
}

static void succeed(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    static const cancel_reason elsewhere = {.cause = 200, .text = {"Call completed elsewhere", 24}};
    tm_cell *cell = branch->cell;
    branch->last_received = code;
    if (cell_is(cell, TM_IS_LOCAL)) {
        cell->status = code;
        server_move(cell, SERVER_2XX);
    } else {
        upstream_relay(ctx, cell, reply, code);
    }
    if (cell_is(cell, TM_IS_INVITE)) cancel_branches(ctx, cell, branch->index, &elsewhere);
    upstream_finish(ctx, cell);
    local_replied(ctx, branch, code, reply);
    failed_forget_replies(cell);
}

/* A further 2xx is the caller's to end (13.2.2.4); what was told stays what it was. */
static void further(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    tm_cell *cell = branch->cell;
    const int status = cell->status;
    local_repeated(ctx, cell);
    if (cell_is(cell, TM_IS_LOCAL | TM_UNSTORED)) return;
    branch->last_received = code;
    upstream_relay(ctx, cell, reply, code);
    cell->status = status;
}

/* To the CANCEL of ours. */
static void cancel_answered(kl_ctx *ctx, tm_branch *branch, int code)
{
    const unsigned does = cancel_move(branch, code >= 200 ? CANCEL_FINAL : CANCEL_1XX);
    if (does & CANCEL_STOPS) sending_stop(ctx, &branch->cancel);
    if (does & CANCEL_STOPS_REPEAT) timer_stop(ctx->timers, &branch->cancel.repeat);
}

/* In place of one that is held already. Nobody may ever continue it: then the branch ends with its patience. */
static bool hold(kl_ctx *ctx, tm_branch *branch, const kl_msg *reply)
{
    kl_msg *copy = cell_clone(branch->cell, reply);
    if (!copy || (!timer_is_set(branch->request.final) && !sending_patience(ctx, branch, branch->cell->timing.fr))) {
        if (copy) kl_msg_free(copy);
        return false;
    }
    if (branch->held) kl_msg_free(branch->held);
    branch->held = copy;
    return true;
}

/* After the routes, which may have changed its code. */
static void deal_with(kl_ctx *ctx, tm_branch *branch, int before, kl_msg *reply)
{
    const int code = reply->status;
    const unsigned does = client_move(branch, event_of(branch->cell, code));
    if (does & CLIENT_GOES_ON) sending_provisional(ctx, branch, before, code);
    if (does & CLIENT_RELAYS) go_on(ctx, branch, code, reply);
    if (does & CLIENT_SUCCEEDS) succeed(ctx, branch, code, reply);
    if (does & CLIENT_FAILS) failed_branch(ctx, branch, code, reply);
    if (does & CLIENT_FURTHER) further(ctx, branch, code, reply);
    branch->state |= TM_BRANCH_REPLIED;
}

/* One that was to be cancelled as soon as this is known there. */
static void cancel_it(kl_ctx *ctx, tm_branch *branch, client_event event, int code)
{
    client_move(branch, event);
    timer_stop(ctx->timers, &branch->request.repeat);
    branch->last_received = code;
    cancel_now(ctx, branch);
}

static void take(kl_ctx *ctx, tm_branch *branch)
{
    kl_msg *reply = ctx->msg;
    tm_cell *cell = branch->cell;
    const int before = branch->last_received, code = reply->status;
    const client_event event = event_of(cell, code);
    bool dropped = false;
    if (msg_method_id(reply) == SIP_CANCEL && cell->request->method_id != SIP_CANCEL) {
        cancel_answered(ctx, branch, code);
        return;
    }
    const unsigned does = client_look(branch, event);
    if (does & CLIENT_STOPS) sending_stop(ctx, &branch->request);
    if (does & CLIENT_ACKS) acknowledge(ctx, branch, reply);
    if (does & CLIENT_CANCELS) cancel_it(ctx, branch, event, code);
    if (!(does & CLIENT_ROUTES)) return;
    if (KL_UNLIKELY(waiting_holds(cell))) {
        effects_drop(ctx->effects, "its transaction has an answer that is not sent yet, or was taken back");
        return;
    }
    hook_reply_within(ctx, cell->relayed ? cell->relayed : cell->request);
    tm_run(ctx, cell, reply, branch->index, branch->handlers.on_reply, KL_PHASE_TM_ONREPLY, &dropped);
    if (note_in(reply) && note_in(reply)->held) {
        if (hold(ctx, branch, reply)) return;
        log_print(ctx, KL_LOG_ERR, "tm: no memory for a reply that is held");
    }
    if (dropped && code < 200) {
        effects_drop(ctx->effects, "dropped by the reply route of its transaction");
        return;
    }
    deal_with(ctx, branch, before, reply);
}

void received_held(kl_ctx *ctx, tm_branch *branch, kl_msg *reply)
{
    kl_msg *const msg = ctx->msg;
    ctx->msg = reply;
    deal_with(ctx, branch, branch->last_received, reply);
    ctx->msg = msg;
    kl_msg_free(reply);
}

static bool run_stray(kl_ctx *ctx)
{
    const tm_settings *settings = &tm_of(ctx)->settings;
    bool dropped = false;
    if (settings->on_sl_reply.n == 0 || !ctx->ops) return false;
    ctx->ops->run_callback(ctx, settings->on_sl_reply, SPAN("on_sl_reply"), KL_PHASE_REPLY, NULL, &dropped);
    if (dropped) effects_drop(ctx->effects, "dropped by on_sl_reply");
    return dropped;
}

bool received_reply(kl_ctx *ctx)
{
    tm_branch *branch = table_reply(ctx);
    count_received(&tm_of(ctx)->counters);
    if (!branch) return run_stray(ctx);
    tm_cell *cell = cell_ref(branch->cell);
    if (note_set(ctx->msg, cell, branch->index)) take(ctx, branch);
    cell_unref(cell);
    return true;
}
