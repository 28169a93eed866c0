/* event.c: functions of the script that are told of what tm sends by itself. */
#include "event.h"
#include "internal.h"

enum { EVENT_CANCELS = 1, EVENT_ACKS = 2 }; /* bits of evlreq_mode */

/* True: it was dropped. */
static bool run(kl_ctx *ctx, kl_msg *msg, kl_span function, kl_span event, kl_phase phase)
{
    kl_msg *const before = ctx->msg;
    bool dropped = false;
    if (function.n == 0 || !ctx->ops) return false;
    ctx->msg = msg;
    ctx->ops->run_callback(ctx, function, event, phase, NULL, &dropped);
    ctx->msg = before;
    return dropped;
}

bool event_request(kl_ctx *ctx, kl_msg *request)
{
    return !run(ctx, request, tm_of(ctx)->settings.event_callback, SPAN("tm:local-request"), KL_PHASE_LOCAL);
}

kl_span event_hop(kl_ctx *ctx, tm_branch *branch, kl_span bytes)
{
    tm_cell *cell = branch->cell;
    const tm_settings *settings = &cell->tm->settings;
    const int wanted = span_starts(bytes, SPAN("CANCEL ")) ? EVENT_CANCELS : EVENT_ACKS;
    if (settings->event_callback.n == 0 || !(settings->evlreq_mode & wanted)) return bytes;
    kl_msg *msg = tm_read(ctx, bytes, cell->request);
    if (!msg) return bytes;
    const bool seen = note_set(msg, cell, branch->index), dropped = seen && !event_request(ctx, msg);
    if (dropped) bytes = SPAN("");
    else if (seen && (msg->edits || msg->new_uri.s))
        bytes = build_message(msg, &cell->tm->out) ? arena_copy(&cell->request->arena, buf_span(&cell->tm->out))
                                                   : SPAN_NULL;
    kl_msg_free(msg);
    return bytes;
}

void event_response(kl_ctx *ctx, tm_cell *cell)
{
    const kl_span function = cell->tm->settings.event_callback_lres_sent;
    kl_msg *msg = function.n > 0 ? tm_read(ctx, cell_response(cell), cell->request) : NULL;
    if (!msg) return;
    if (note_set(msg, cell, -1)) run(ctx, msg, function, SPAN("tm:local-response-sent"), KL_PHASE_EVENT);
    kl_msg_free(msg);
}

void event_ack(kl_ctx *ctx, tm_cell *cell, kl_msg *reply)
{
    run(ctx, reply, cell->tm->settings.evcb_local_ack_sent, SPAN("tm:local-ack-sent"), KL_PHASE_EVENT);
}
