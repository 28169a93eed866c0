/* reply.c: replies of our own within a transaction. */
#include "internal.h"

#include "core/line.h"
#include "event.h"
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
    const sip_nameaddr *to = msg_to(cell->request); /* which stays, unlike `request` */
    cell->response_tag = build_reply_needs_tag(request, code) ? cell_tag(cell) : (to ? to->tag : SPAN_NULL);
}

static bool build(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason)
{
    kl_msg *const msg = ctx->msg, *from = source_of(ctx, cell);
    build_reply_options options = {.to_tag = cell_tag(cell), .server = server_header_of(ctx->server)};
    ctx->msg = from;
    const bool contacts = code < 300 || code > 399 || redirect_add_contacts(ctx, cell->tm->settings.rich_redirect);
    ctx->msg = msg;
    if (!contacts || !build_reply(from, code, reason, &options, &cell->tm->out)) return false;
    if (!cell_respond(cell)) return false;
    keep_tag(cell, from, code);
    return true;
}

static void finish(kl_ctx *ctx, tm_cell *cell, int code)
{
    const cancel_reason reason = {.cause = code};
    if (cell_is(cell, TM_IS_INVITE)) cancel_branches(ctx, cell, -1, &reason);
    upstream_finish(ctx, cell);
}

/* A timer of a branch sees to its end. */
static bool is_awaited(const tm_cell *cell)
{
    bool awaited = false;
    for (int i = 0; i < cell->branch_count; i++) awaited |= timer_is_set(cell->branches[i]->request.final);
    return awaited;
}

int tm_reply(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason)
{
    const server_event event = code < 200 ? SERVER_1XX : code < 300 ? SERVER_OWN_2XX : SERVER_FAILURE;
    if (cell_is_final(cell)) {
        log_print(ctx, KL_LOG_ERR, "tm: a reply %d after the final one", code);
        return -1;
    }
    if (cell->local || !line_good(ctx, reason)) return -1;
    if (!build(ctx, cell, code, reason)) {
        log_print(ctx, KL_LOG_ERR, "tm: the reply %d cannot be built", code);
        if (code >= 200 && !is_awaited(cell)) timers_wait(ctx, cell);
        return -1;
    }
    cell->status = code;
    server_move(cell, event);
    count_generated(&cell->tm->counters);
    sending_response(ctx, cell);
    event_response(ctx, cell);
    if (code >= 200) finish(ctx, cell, code);
    return 1;
}

/* What is there for the replies of a script stays as it was. */
int tm_reply_more(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason, const tm_reply_extra *extra)
{
    kl_msg *from = source_of(ctx, cell);
    const kl_span headers = from->reply_headers, body = from->reply_body, type = from->reply_content_type;
    if (extra->to_tag.s) cell->given_tag = cell_text(cell, extra->to_tag);
    if (extra->to_tag.s && !cell->given_tag.s) return -1;
    if (extra->headers.n > 0) from->reply_headers = extra->headers;
    from->reply_body = extra->body.n > 0 ? extra->body : body;
    if (extra->body.n > 0) from->reply_content_type = SPAN_NULL;
    const int sent = tm_reply(ctx, cell, code, reason);
    from->reply_headers = headers;
    from->reply_body = body;
    from->reply_content_type = type;
    return sent;
}

void tm_drop(kl_ctx *ctx, tm_cell *cell, int code)
{
    cell->status = code;
    if (code >= 200) server_move(cell, code < 300 ? SERVER_2XX : SERVER_SILENT);
    timers_release(ctx, cell);
}

bool tm_retransmit_reply(kl_ctx *ctx, tm_cell *cell) { return sending_same(ctx, cell); }

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
    int code = 500;
    kl_span reason = SPAN("I'm terribly sorry, server error occurred (1/TM)");
    if (cell->local) { /* nobody upstream: it ends here */
        tm_drop(ctx, cell, 500);
        if (cell->branch_count > 0) local_replied(ctx, cell->branches[0], 500, NULL);
        return;
    }
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (told[i].error == error) {
            code = told[i].code;
            reason = span_text(told[i].reason);
        }
    tm_reply(ctx, cell, code, reason);
    if (!cell_is_final(cell)) timers_release(ctx, cell); /* it ends without a word */
}
