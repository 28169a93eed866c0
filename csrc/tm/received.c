/* received.c: replies from downstream (RFC 3261 16.7): what the routes of the script see of them, and which goes
 * upstream. */
#include "internal.h"

#include "base/text.h"
#include "core/hooks.h"
#include "local.h"
#include "proxy/own_via.h"
#include "sip/build.h"

/* ---- upstream */

static void relayed(kl_ctx *ctx, tm_cell *cell, int code)
{
    cell->status = code;
    sending_response(ctx, cell);
}

static void relay_received(kl_ctx *ctx, tm_cell *cell, kl_msg *reply, int code)
{
    kl_msg *const msg = ctx->msg;
    build_back_options options = {.proto = cell->upstream.proto};
    ctx->msg = reply;
    const bool built = own_via_params(ctx, SIP_MSG_VIA_REPLY_XAVP, ctx->server->via_reply_params,
                                      &options.via_params) &&
                       build_forward_reply(reply, &options, &cell->response);
    ctx->msg = msg;
    if (built) count_relayed(&cell->tm->counters);
    if (built) relayed(ctx, cell, code);
    else log_print(ctx, KL_LOG_ERR, "tm: the reply %d cannot be built", code);
}

static void relay_built(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason, kl_span headers)
{
    kl_msg *request = cell->request;
    const kl_span before = request->reply_headers;
    const build_reply_options options = {.to_tag = cell_tag(cell), .server = server_header_of(ctx->server)};
    if (headers.n > 0) request->reply_headers = headers;
    const bool built = build_reply(request, code, reason, &options, &cell->response);
    request->reply_headers = before;
    if (built) count_generated(&cell->tm->counters);
    if (built) relayed(ctx, cell, code);
    else log_print(ctx, KL_LOG_ERR, "tm: the reply %d cannot be built", code);
}

static kl_span faked_reason(const tm_cell *cell, int code)
{
    return code == cell->tm->settings.reply_408_code ? cell->tm->settings.reply_408_reason : tm_reason_of(code);
}

/* ---- challenges of several branches in one reply (22.3) */

static bool is_challenge(const tm_branch *branch)
{
    return branch->reply && !branch_is(branch, TM_BRANCH_DROPPED) &&
           (branch->last_received == 401 || branch->last_received == 407);
}

static kl_span all_challenges(kl_ctx *ctx, const tm_cell *cell)
{
    kl_buf lines;
    buf_init(&lines);
    for (int i = 0; i < cell->branch_count; i++) {
        const kl_msg *reply = is_challenge(cell->branches[i]) ? cell->branches[i]->reply : NULL;
        for (int at = 0; reply && at < reply->hdr_count; at++)
            if (reply->hdrs[at].id == SIP_HDR_WWW_AUTHENTICATE || reply->hdrs[at].id == SIP_HDR_PROXY_AUTHENTICATE)
                buf_add(&lines, hdr_line(&reply->hdrs[at]));
    }
    const kl_span text = arena_copy(ctx->scratch, buf_span(&lines));
    buf_free(&lines);
    return text;
}

static bool is_aggregated(const tm_cell *cell, const tm_branch *picked)
{
    int count = 0;
    if (!cell->tm->settings.aggregate_challenges || !is_challenge(picked)) return false;
    for (int i = 0; i < cell->branch_count; i++) count += is_challenge(cell->branches[i]);
    return count > 1;
}

/* ---- the end of a transaction that failed */

static void finish(kl_ctx *ctx, tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++) sending_stop(ctx, &cell->branches[i]->request);
    if (cell_is(cell, TM_IS_INVITE) && !cell_is(cell, TM_IS_LOCAL) && cell->status >= 300)
        sending_repeat_answer(ctx, cell);
    timers_wait(ctx, cell);
}

static void forget_replies(tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++) {
        if (cell->branches[i]->reply) kl_msg_free(cell->branches[i]->reply);
        cell->branches[i]->reply = NULL;
    }
}

static void relay_picked(kl_ctx *ctx, tm_cell *cell, tm_branch *picked)
{
    const int code = picked->last_received;
    if (cell_is(cell, TM_IS_LOCAL)) {
        cell->status = code;
    } else if (picked->faked) {
        const int told = cell_is(cell, TM_CANCELLED) ? 487 : code;
        relay_built(ctx, cell, told, faked_reason(cell, told), SPAN_NULL);
    } else if (is_aggregated(cell, picked)) {
        relay_built(ctx, cell, code, picked->reply->reason, all_challenges(ctx, cell));
    } else if (code == 503 && cell->tm->settings.remap_503_500) {
        relay_built(ctx, cell, 500, SPAN("Service Unavailable"), SPAN_NULL);
    } else {
        relay_received(ctx, cell, picked->reply, code);
    }
    finish(ctx, cell);
    local_replied(ctx, picked, code, picked->reply);
}

/* failure_reply_mode and t_drop_replies: 1 all, 2 those of the last t_relay, 3 all when there are new branches. */
static void drop_replies(tm_cell *cell, int before, int step)
{
    const int mode = cell->drop;
    if (mode == 0 || (mode == 3 && cell->branch_count == before)) return;
    for (int i = mode == 2 ? step : 0; i < before; i++) cell->branches[i]->state |= TM_BRANCH_DROPPED;
}

/* The failure route of the branch that was picked. True: more is to come, or the route has answered. */
static bool go_on(kl_ctx *ctx, tm_cell *cell, const tm_branch *picked)
{
    const int before = cell->branch_count, step = cell->step;
    const kl_span function = picked->handlers.on_failure;
    if (function.n == 0) return false;
    cell->handlers.on_failure = SPAN("");
    cell->drop = cell->tm->settings.failure_reply_mode;
    cell->error = 0;
    cell->picked = picked->index;
    tm_run_failure(ctx, cell, picked->index, function, KL_PHASE_FAILURE);
    cell->picked = -1;
    if (cell->status >= 200) return true;
    drop_replies(cell, before, step);
    return false;
}

static void end_branches(kl_ctx *ctx, tm_cell *cell, tm_branch *branch)
{
    int picked = pick_branch(cell, branch);
    if (picked == PICK_OPEN) return;
    if (picked >= 0 && go_on(ctx, cell, cell->branches[picked])) return;
    const int again = pick_branch(cell, branch);
    if (again == PICK_OPEN) return;
    if (again == PICK_NONE) {
        tm_reply_error(ctx, cell, cell->error ? cell->error : TM_E_UNSPEC);
        return;
    }
    if (branch_is(cell->branches[picked], TM_BRANCH_DROPPED)) picked = again;
    relay_picked(ctx, cell, cell->branches[picked]);
}

static void run_branch_failure(kl_ctx *ctx, tm_branch *branch)
{
    tm_cell *cell = branch->cell;
    const kl_span function = branch->handlers.on_branch_failure;
    if (function.n == 0) return;
    branch->handlers.on_branch_failure = SPAN("");
    cell->handlers.on_branch_failure = SPAN("");
    cell->picked = branch->index;
    tm_run_failure(ctx, cell, branch->index, function, KL_PHASE_BRANCH_FAILURE);
    cell->picked = -1;
}

/* A 6xx ends the others (16.7 step 5), once. */
static void end_others(kl_ctx *ctx, const tm_branch *branch, int code)
{
    tm_cell *cell = branch->cell;
    if (code < 600 || code > 699 || cell_is(cell, TM_6XX | TM_DISABLE_6XX)) return;
    cell->flags |= TM_6XX;
    cancel_branches(ctx, cell, branch->index, &(cancel_reason){.cause = code});
}

void received_final(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    tm_cell *cell = cell_ref(branch->cell);
    if (branch_is_open(branch)) {
        const bool heard = branch->last_received > 0;
        branch->last_received = code;
        branch->hop.ticket = 0;
        branch->faked = !reply;
        branch->reply = cell->status < 200 && reply ? msg_clone(reply) : NULL;
        if (cell->status < 200 && reply && !branch->reply) {
            log_print(ctx, KL_LOG_ERR, "tm: no memory for a reply");
            branch->faked = true;
        }
        if (cell->status < 200) {
            hops_fail_over(ctx, branch, code, reply, heard);
            run_branch_failure(ctx, branch);
            end_others(ctx, branch, code);
            if (cell->status < 200) end_branches(ctx, cell, branch);
        }
        if (cell->status >= 200) forget_replies(cell);
    }
    cell_unref(cell);
}

/* ---- as they come */

static void acknowledge(kl_ctx *ctx, tm_branch *branch, kl_msg *reply)
{
    if (!branch->ack.s) branch->ack = build_hop(ctx, branch, SPAN("ACK"), reply, SPAN(""));
    if (branch->ack.n > 0) send_raw(ctx, branch->ack, &branch->target);
}

static void decide(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    tm_cell *cell = branch->cell;
    const bool success = code >= 200 && code < 300, invite = cell_is(cell, TM_IS_INVITE);
    if (cell->status >= 200) { /* a further 2xx is the caller's to end (13.2.2.4) */
        if (success) local_repeated(ctx, cell);
        const int status = cell->status;
        if (!invite || !success || cell_is(cell, TM_IS_LOCAL | TM_UNSTORED)) return;
        branch->last_received = code;
        relay_received(ctx, cell, reply, code);
        cell->status = status;
        return;
    }
    if (!branch_is_open(branch)) return;
    if (code < 200) {
        branch->last_received = code;
        if (!cell_is(cell, TM_IS_LOCAL) && (code > 100 || (code == 100 && cell->tm->settings.relay_100)))
            relay_received(ctx, cell, reply, code);
        local_replied(ctx, branch, code, reply);
        return;
    }
    if (!success) {
        received_final(ctx, branch, code, reply);
        return;
    }
    branch->last_received = code;
    if (cell_is(cell, TM_IS_LOCAL)) cell->status = code;
    else relay_received(ctx, cell, reply, code);
    if (invite)
        cancel_branches(ctx, cell, branch->index,
                        &(cancel_reason){.cause = 200, .text = SPAN("Call completed elsewhere")});
    finish(ctx, cell);
    local_replied(ctx, branch, code, reply);
    forget_replies(cell);
}

/* To the CANCEL of ours. */
static void cancel_answered(kl_ctx *ctx, tm_branch *branch, int code)
{
    if (code >= 200) sending_stop(ctx, &branch->cancel);
    else timer_stop(ctx->timers, &branch->cancel.repeat);
}

/* In place of one that is held already. Nobody may ever continue it: then the branch ends with its patience. */
static bool hold(kl_ctx *ctx, tm_branch *branch, const kl_msg *reply)
{
    kl_msg *copy = msg_clone(reply);
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
    if (code < 200 && branch_is_open(branch)) sending_provisional(ctx, branch, before, code);
    decide(ctx, branch, code, reply);
    branch->state |= TM_BRANCH_REPLIED;
}

static void take(kl_ctx *ctx, tm_branch *branch)
{
    kl_msg *reply = ctx->msg;
    tm_cell *cell = branch->cell;
    const int before = branch->last_received;
    const int code = reply->status;
    bool dropped = false;
    if (msg_method_id(reply) == SIP_CANCEL && cell->request->method_id != SIP_CANCEL) {
        cancel_answered(ctx, branch, code);
        return;
    }
    if (code >= 200) {
        sending_stop(ctx, &branch->request);
        if (cell_is(cell, TM_IS_INVITE) && code >= 300) acknowledge(ctx, branch, reply);
    } else if (branch_is(branch, TM_BRANCH_CANCELLED) && branch_is_open(branch)) {
        timer_stop(ctx->timers, &branch->request.repeat);
        branch->last_received = code;
        cancel_now(ctx, branch);
        return;
    }
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
