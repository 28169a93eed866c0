/* cancel.c: RFC 3261 9, with Reason (RFC 3326). */
#include "internal.h"

#include "base/text.h"

/* Headers of a CANCEL that came in and go on: Reason, and with headers_mode others that belong to no hop. */
static bool is_passed_on(const tm_settings *settings, const sip_hdr *hdr)
{
    switch (hdr->id) {
    case SIP_HDR_REASON: return settings->e2e_cancel_reason != 0;
    case SIP_HDR_VIA:
    case SIP_HDR_FROM:
    case SIP_HDR_TO:
    case SIP_HDR_CALL_ID:
    case SIP_HDR_CSEQ:
    case SIP_HDR_ROUTE:
    case SIP_HDR_RECORD_ROUTE:
    case SIP_HDR_MAX_FORWARDS:
    case SIP_HDR_CONTENT_LENGTH:
    case SIP_HDR_CONTENT_TYPE:
    case SIP_HDR_USER_AGENT: return false;
    default: return (settings->headers_mode & 1) != 0;
    }
}

static kl_span received_headers(kl_ctx *ctx, const tm_cell *cell, const kl_msg *cancel)
{
    char *text = arena_alloc(ctx->scratch, cancel->eoh + 1), *at = text;
    if (!text) return SPAN("");
    for (const sip_hdr *hdr = cancel->hdrs, *end = hdr + cancel->hdr_count; hdr < end; hdr++) {
        if (hdr->id == SIP_HDR_REASON && cell_is(cell, TM_NO_E2E_REASON)) continue;
        if (is_passed_on(&cell->tm->settings, hdr)) at = text_put(at, hdr_line(hdr));
    }
    return span_between(text, at);
}

static kl_span own_reason(kl_ctx *ctx, const tm_cell *cell, const cancel_reason *reason)
{
    char digits[TEXT_INT];
    if (!cell->tm->settings.local_cancel_reason || reason->cause == 0) return SPAN("");
    const bool told = reason->text.n > 0;
    return text_join(ctx->scratch, SPAN("Reason: SIP;cause="), text_decimal(digits, (uint64_t)reason->cause),
                     told ? SPAN(";text=\"") : SPAN(""), told ? reason->text : SPAN(""), told ? SPAN("\"") : SPAN(""),
                     SPAN("\r\n"));
}

static bool build(kl_ctx *ctx, tm_branch *branch, const cancel_reason *reason)
{
    const kl_span more = reason->request ? received_headers(ctx, branch->cell, reason->request)
                                         : own_reason(ctx, branch->cell, reason);
    branch->cancel.bytes = build_hop(ctx, branch, SPAN("CANCEL"), NULL, more);
    return branch->cancel.bytes.s != NULL; /* empty: event_callback dropped it */
}

void cancel_now(kl_ctx *ctx, tm_branch *branch)
{
    if (branch->cancel.bytes.n > 0) sending_cancel(ctx, branch);
}

/* cancel_b_method: what becomes of a branch that has not even rung: 0 it ends here, 1 the first provisional reply is
 * waited for, 2 CANCEL goes out at once. */
static client_event event_of(const tm_cell *cell)
{
    switch (cell->tm->settings.cancel_b_method) {
    case 0: return CLIENT_GIVE_UP;
    case 2: return CLIENT_CANCEL_AT_ONCE;
    default: return CLIENT_CANCEL;
    }
}

static bool cancel_branch(kl_ctx *ctx, tm_branch *branch, const cancel_reason *reason)
{
    if (!build(ctx, branch, reason)) return false;
    branch->state |= TM_BRANCH_CANCELLED;
    const unsigned does = client_move(branch, event_of(branch->cell));
    if (does & CLIENT_CANCELS) {
        timer_stop(ctx->timers, &branch->request.repeat);
        cancel_now(ctx, branch);
    }
    if (does & CLIENT_FAILS) {
        sending_stop(ctx, &branch->request);
        failed_branch(ctx, branch, 487, NULL);
    }
    return true;
}

void cancel_ended(kl_ctx *ctx, tm_branch *branch)
{
    if (!build(ctx, branch, &(cancel_reason){0})) return;
    branch->state |= TM_BRANCH_CANCELLED;
    cancel_now(ctx, branch);
}

/* First those that nobody knows of, so that none of them is open when the end of another one is the end of all. */
int cancel_branches(kl_ctx *ctx, tm_cell *cell, int except, const cancel_reason *reason)
{
    int count = 0;
    for (int i = 0; i < cell->branch_count; i++)
        if (i != except) hops_forget(ctx, cell->branches[i]);
    for (int i = 0; i < cell->branch_count; i++)
        if (i != except && client_look(cell->branches[i], CLIENT_CANCEL))
            count += cancel_branch(ctx, cell->branches[i], reason);
    return count;
}

int cancel_branches_quietly(kl_ctx *ctx, tm_cell *cell, int except, const cancel_reason *reason)
{
    int count = 0;
    for (int i = 0; i < cell->branch_count; i++) {
        tm_branch *branch = cell->branches[i];
        const unsigned does = i == except ? 0 : client_look(branch, CLIENT_QUIET);
        if (!does) continue;
        count++;
        if (does & CLIENT_CANCELS) {
            cancel_branch(ctx, branch, reason);
            continue;
        }
        client_move(branch, CLIENT_QUIET);
        branch->hop.ticket = 0; /* it goes nowhere any more, and ends with its patience */
        timer_stop(ctx->timers, &branch->request.repeat);
    }
    return count;
}

bool cancel_call(kl_ctx *ctx, kl_span call_id, kl_span cseq, int flag, int cause)
{
    tm_cell *cell = table_by_call_id(ctx, call_id, cseq);
    if (!cell) return false;
    const cancel_reason reason = {.cause = cause >= 100 && cause <= 699 ? cause : 0};
    if (flag > 0 && flag < 32) cell->request->flags |= 1u << flag;
    cell_ref(cell);
    cancel_branches_quietly(ctx, cell, -1, &reason);
    cell_unref(cell);
    return true;
}

/* ---- a CANCEL that came in */

void tm_cancel_invite(kl_ctx *ctx, tm_cell *cell, tm_cell *invite)
{
    const cancel_reason reason = {.request = ctx->msg};
    cell_ref(invite);
    invite->flags |= TM_CANCELLED;
    const bool cancels = (server_move(invite, SERVER_CANCEL) & SERVER_CANCELS) != 0;
    const int count = cancels ? cancel_branches(ctx, invite, -1, &reason) : 0;
    if (count == 0 && !cell_is_final(invite)) {
        tm_reply(ctx, invite, 487, SPAN("Request canceled"));
        timers_release(ctx, invite);
    }
    tm_reply(ctx, cell, 200, count > 0 ? SPAN("canceling") : SPAN("ok -- no more pending branches"));
    cell_unref(invite);
}
