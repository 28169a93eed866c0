/* relay.c: a request goes on (RFC 3261 16.6). */
#include "internal.h"

#include "proxy/forward.h"

/* One branch, its error when it is the lowest. */
static void add(kl_ctx *ctx, tm_cell *cell, const sip_branch *where, const tm_relay_options *options, kl_span on_branch,
                int *error)
{
    const int prepared = branch_prepare(ctx, cell, where, options, on_branch);
    if (prepared < 0 && prepared < *error) *error = prepared;
}

/* How many went out. */
static int send_from(kl_ctx *ctx, tm_cell *cell, int first)
{
    const int end = cell->branch_count;
    int count = 0;
    cell->step = (uint8_t)first;
    for (int i = first; i < end; i++) {
        tm_branch *branch = cell->branches[i];
        if (branch_leave(ctx, branch)) {
            count++;
        } else { /* by onsend */
            branch_unsent(branch);
            count += hops_fail_over(ctx, branch, 500, NULL, false);
        }
    }
    return count;
}

/* The Request-URI unless it was used before, then the branches that were appended. */
static int branch_out(kl_ctx *ctx, tm_cell *cell, const tm_relay_options *options, int *told)
{
    kl_msg *msg = ctx->msg;
    const int first = cell->branch_count;
    const kl_span on_branch = cell->handlers.on_branch;
    int error = 0;
    cell->handlers.on_branch = SPAN("");
    if (msg->ruri_is_new) {
        const sip_branch own = branch_of_message(msg);
        msg->ruri_is_new = false;
        add(ctx, cell, &own, options, on_branch, &error);
    }
    for (int i = 0; i < msg->branch_count; i++) add(ctx, cell, msg_branch(msg, i), options, on_branch, &error);
    msg->branch_count = 0;
    if (cell->branch_count == first) {
        *told = error ? error : TM_E_CFG;
        return error ? error : TM_E_UNSPEC;
    }
    cell->flags |= TM_RELAYED;
    if (send_from(ctx, cell, first) > 0) return 1;
    *told = TM_E_SEND;
    return TM_E_UNSPEC;
}

static int relay_new(kl_ctx *ctx, tm_cell *cell, const tm_relay_options *options, int *told)
{
    tm_cell *invite = ctx->msg->method_id == SIP_CANCEL ? table_invite_of(ctx) : NULL;
    if (invite) {
        tm_cancel_invite(ctx, cell, invite);
        return 1;
    }
    if (options->replicate) cell->flags |= TM_IS_LOCAL;
    if (cell_is(cell, TM_IS_INVITE) && cell_is(cell, TM_AUTO_100) && cell->status < 100)
        tm_reply(ctx, cell, 100, cell->tm->settings.auto_inv_100_reason);
    if (!cell_is(cell, TM_CANCELLED)) return branch_out(ctx, cell, options, told);
    *told = TM_E_CANCELED;
    return TM_E_UNSPEC;
}

void tm_save(const kl_ctx *ctx, tm_cell *cell, bool made_before)
{
    kl_msg *request = cell->request;
    flags_copy(request, ctx->msg);
    if (!made_before || cell_is(cell, TM_RELAYED) || cell->relayed || !ctx->msg->edits) return;
    cell->relayed = cell_clone(cell, ctx->msg);
    if (!cell->relayed) return;
    cell->relayed->new_uri = request->new_uri;
    cell->relayed->dst_uri = request->dst_uri;
    cell->relayed->new_uri_room = cell->relayed->dst_uri_room = 0;
}

/* Without a transaction: an ACK goes on by itself, a CANCEL that is about nothing as the parameter has it. */
static int relay_stateless(kl_ctx *ctx, const tm_relay_options *options)
{
    return forward_request(ctx, options->proxy, 0, false) ? 1 : TM_E_UNSPEC;
}

static int failed(kl_ctx *ctx, tm_cell *cell, int error, int told)
{
    tm_note *note = note_in(ctx->msg);
    if (cell_is(cell, TM_DISABLE_INTERNAL_REPLY)) return TM_E_INTERNAL;
    if (cell->tm->settings.delayed_reply) note->error = told;
    else tm_reply_error(ctx, cell, told);
    return error;
}

static int relay_request(kl_ctx *ctx, const tm_relay_options *options)
{
    const tm_settings *settings = &tm_of(ctx)->settings;
    const bool cancel = ctx->msg->method_id == SIP_CANCEL;
    if (cancel && settings->unmatched_cancel > 0 && !note_cell(ctx->msg) && !table_invite_of(ctx))
        return settings->unmatched_cancel == 1 ? (relay_stateless(ctx, options) > 0 ? 0 : TM_E_UNSPEC) : 1;
    const int made = tm_newtran(ctx);
    if (made == 0) return 1;
    if (made < 0 && made != TM_E_SCRIPT) return made;
    if (ctx->msg->method_id == SIP_ACK) return relay_stateless(ctx, options);
    tm_cell *cell = cell_ref(note_cell(ctx->msg));
    int told = TM_E_UNSPEC;
    tm_save(ctx, cell, made == TM_E_SCRIPT);
    const int relayed = relay_new(ctx, cell, options, &told);
    const int result = relayed < 0 ? failed(ctx, cell, relayed, told) : relayed;
    cell_unref(cell);
    return result;
}

/* Further branches, from a failure route. */
static int relay_more(kl_ctx *ctx, const tm_relay_options *options)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (!cell) return TM_E_UNSPEC;
    int told = TM_E_CANCELED;
    if (!cell_is(cell, TM_CANCELLED) && branch_out(ctx, cell, options, &told) > 0) return 1;
    note_in(ctx->msg)->error = told;
    return TM_E_UNSPEC;
}

int tm_relay(kl_ctx *ctx, const tm_relay_options *options)
{
    if (ctx->phase == KL_PHASE_REQUEST && ctx->msg->is_request) return relay_request(ctx, options);
    if (ctx->phase & (KL_PHASE_FAILURE | KL_PHASE_BRANCH_FAILURE)) return relay_more(ctx, options);
    ctx_misuse(ctx, KL_LOG_CRIT, "t_relay: not in this route");
    return 0;
}
