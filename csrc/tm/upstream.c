/* upstream.c: replies from downstream go on to whoever asked (RFC 3261 16.7, steps 7 to 9). */
#include "internal.h"

#include "proxy/own_via.h"
#include "sip/build.h"

static void relayed(kl_ctx *ctx, tm_cell *cell, int code)
{
    cell->status = code;
    server_move(cell, code < 200 ? SERVER_1XX : code < 300 ? SERVER_2XX : SERVER_FAILURE);
    sending_response(ctx, cell);
}

void upstream_relay(kl_ctx *ctx, tm_cell *cell, kl_msg *reply, int code)
{
    kl_msg *const msg = ctx->msg;
    build_back_options options = {.proto = cell->upstream.proto};
    ctx->msg = reply;
    const bool built = own_via_params(ctx, SIP_MSG_VIA_REPLY_XAVP, ctx->server->via_reply_params,
                                      &options.via_params) &&
                       build_forward_reply(reply, &options, &cell->tm->out) && cell_respond(cell);
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
    const bool built = build_reply(request, code, reason, &options, &cell->tm->out) && cell_respond(cell);
    request->reply_headers = before;
    if (built) count_generated(&cell->tm->counters);
    if (built) relayed(ctx, cell, code);
    else log_print(ctx, KL_LOG_ERR, "tm: the reply %d cannot be built", code);
}

kl_span tm_faked_reason(const tm_cell *cell, int code)
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

/* ---- the end */

void upstream_finish(kl_ctx *ctx, tm_cell *cell)
{
    for (int i = 0; i < cell->branch_count; i++) sending_stop(ctx, &cell->branches[i]->request);
    if (server_look(cell, SERVER_REPEAT)) sending_repeat_answer(ctx, cell);
    timers_wait(ctx, cell);
}

void upstream_picked(kl_ctx *ctx, tm_cell *cell, tm_branch *picked)
{
    const int code = picked->last_received;
    if (cell_is(cell, TM_IS_LOCAL)) {
        cell->status = code;
        server_move(cell, SERVER_SILENT);
    } else if (picked->faked) {
        const int told = cell_is(cell, TM_CANCELLED) ? 487 : code;
        relay_built(ctx, cell, told, tm_faked_reason(cell, told), SPAN_NULL);
    } else if (is_aggregated(cell, picked)) {
        relay_built(ctx, cell, code, picked->reply->reason, all_challenges(ctx, cell));
    } else if (code == 503 && cell->tm->settings.remap_503_500) {
        relay_built(ctx, cell, 500, SPAN("Service Unavailable"), SPAN_NULL);
    } else {
        upstream_relay(ctx, cell, picked->reply, code);
    }
    upstream_finish(ctx, cell);
    local_replied(ctx, picked, code, picked->reply);
}
