/* reply.c: replies of our own within a transaction. */
#include "internal.h"

#include "core/line.h"
#include "proxy/redirect.h"
#include "sip/build.h"

/* The message that a reply is built of: with what the script put into its reply, where it is this transaction's. */
static kl_msg *source_of(const kl_ctx *ctx, tm_cell *cell)
{
    kl_msg *msg = ctx->msg;
    return msg && msg->is_request && note_cell(msg) == cell ? msg : cell->request;
}

/* To-tag of what was built last: of the request, or ours. */
static void keep_tag(tm_cell *cell, kl_msg *request, int code)
{
    const sip_nameaddr *to = msg_to(request);
    cell->response_tag = build_reply_needs_tag(request, code) ? span_of(cell->tag, TM_TAG) : (to ? to->tag : SPAN_NULL);
}

static bool build(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason)
{
    kl_msg *const msg = ctx->msg, *from = source_of(ctx, cell);
    build_reply_options options = {.to_tag = span_of(cell->tag, TM_TAG), .server = server_header_of(ctx->server)};
    ctx->msg = from;
    const bool contacts = code < 300 || code > 399 || redirect_add_contacts(ctx, cell->tm->settings.rich_redirect);
    ctx->msg = msg;
    if (!contacts || !build_reply(from, code, reason, &options, &cell->response)) return false;
    keep_tag(cell, from, code);
    return true;
}

static void finish(kl_ctx *ctx, tm_cell *cell, int code)
{
    const cancel_reason reason = {.cause = code};
    for (int i = 0; i < cell->branch_count; i++) sending_stop(ctx, &cell->branches[i]->request);
    if (cell_is(cell, TM_IS_INVITE)) {
        cancel_branches(ctx, cell, -1, &reason);
        cell->flags |= TM_ANSWERED_HERE;
        sending_repeat_answer(ctx, cell);
    }
    timers_wait(ctx, cell);
}

int tm_reply(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason)
{
    if (cell->status >= 200) {
        log_print(ctx, KL_LOG_ERR, "tm: a reply %d after the final one", code);
        return -1;
    }
    if (!line_good(ctx, reason)) return -1;
    if (!build(ctx, cell, code, reason)) {
        log_print(ctx, KL_LOG_ERR, "tm: the reply %d cannot be built", code);
        return -1;
    }
    cell->status = code;
    cell->tm->counters.replies_generated++;
    sending_response(ctx, cell);
    if (code >= 200) finish(ctx, cell, code);
    return 1;
}

bool tm_retransmit_reply(kl_ctx *ctx, tm_cell *cell)
{
    if (cell->response.n == 0) return false;
    return sending_response(ctx, cell);
}

kl_span tm_reason_of(int code)
{
    switch (code) {
    case 408: return SPAN("Request Timeout");
    case 477: return SPAN("Unfortunately error on sending to next hop occurred (477/TM)");
    case 478: return SPAN("Unresolvable destination (478/TM)");
    case 487: return SPAN("Request Terminated");
    case 500: return SPAN("Server Internal Error");
    case 503: return SPAN("Service Unavailable");
    case 504: return SPAN("Server Time-Out");
    default: return SPAN("Request Failure");
    }
}

void tm_reply_error(kl_ctx *ctx, tm_cell *cell, int error)
{
    if (error == TM_E_SEND || error == TM_E_BAD_ADDRESS) {
        tm_reply(ctx, cell, -error, tm_reason_of(-error));
        return;
    }
    static const struct {
        int error, code;
        const char *reason;
    } told[] = {
        {TM_E_BAD_URI, 479, "Regretfully, we were not able to process the URI (479/TM)"},
        {TM_E_BAD_REQ, 400, "Bad Request (400/TM)"},
        {TM_E_CANCELED, 487, "Transaction canceled (487/TM)"},
        {TM_E_TOO_MANY_BRANCHES, 500, "Forking capacity exceeded (12/TM)"},
        {TM_E_CFG, 500, "I'm terribly sorry, server error occurred (6/TM)"},
        {TM_E_NO_SOCKET, 500, "I'm terribly sorry, server error occurred (7/TM)"},
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (told[i].error == error) {
            tm_reply(ctx, cell, told[i].code, span_text(told[i].reason));
            return;
        }
    tm_reply(ctx, cell, 500, SPAN("I'm terribly sorry, server error occurred (1/TM)"));
}
