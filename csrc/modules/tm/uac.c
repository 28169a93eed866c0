/* uac.c: requests that a script makes. */
#include "tm.h"
#include "tm/local.h"

KSR_FN(tm_uac_send)
{
    const kl_span method = args[0].s;
    const bool dotted = method.n > 1 && method.s[method.n - 1] == '.'; /* the script acknowledges a 2xx itself */
    const tm_local_request request = {.method = span_of(method.s, method.n - dotted),
                                      .uri = args[1].s,
                                      .next_hop = args[2].s,
                                      .socket = args[3].s,
                                      .headers = args[4].s,
                                      .body = args[5].s,
                                      .no_ack = dotted};
    tm_local_fault fault;
    if (local_send(ctx, &request, NULL, &fault)) return 1;
    log_print(ctx, KL_LOG_ERR, "t_uac_send: %.*s", (int)fault.text.n, fault.text.s);
    return -1;
}

/* What t_relay would save for failure routes, now. */
KSR_FN(tm_save_lumps)
{
    if (ctx->phase != KL_PHASE_REQUEST) return 1;
    tm_cell *cell = note_cell(ctx->msg);
    if (cell) tm_save(ctx, cell, true);
    return cell ? 1 : -1;
}

KSR_FN(tm_clean_up)
{
    tm_clean(ctx);
    return 1;
}

/* CANCEL and ACK of its hops are made of what was sent, which reparse_invite=0 would not have. */
KSR_FN(tm_use_uac_headers)
{
    tm_note *note = note_of(ctx->msg);
    if (!note) return -1;
    *(note->cell ? &note->cell->flags : &note->set) |= TM_USE_UAC_HEADERS;
    return 1;
}
