/* reply.c: a caller finds in replies what it wrote into its request. */
#include "core/line.h"
#include "pv/store/store.h"
#include "sip/edit.h"
#include "sip/msg_clone.h"
#include "tm/tm.h"
#include "uac.h"

static void *clone(clone_work *work, const void *note) { return clone_copy(work, note, sizeof(uac_note)); }

uac_note *uac_note_of(kl_msg *msg)
{
    static const slot_kind kind = {.number = SLOT_UAC, .size = sizeof(uac_note), .clone = clone};
    return slot_make(msg, &kind);
}

/* Name and URI with all that is around them, up to the parameters. */
static kl_span head_of(const sip_nameaddr *address)
{
    return span_between(address->text.s, span_end(address->uri) + (address->brackets ? 1 : 0));
}

bool uac_keep(kl_ctx *ctx, bool from, const sip_nameaddr *address)
{
    const kl_span name = from ? uac_state_of(ctx)->restore_from_avp : uac_state_of(ctx)->restore_to_avp;
    const pv_spec *spec = name.n > 0 ? pv_lookup(ctx, name) : NULL;
    pv_value head;
    pv_str(&head, head_of(address));
    return name.n == 0 || (spec && pv_set(ctx, spec, &head));
}

/* Of the transaction's variable; .n 0: it tells nothing. */
static kl_span kept(kl_ctx *ctx, kl_span name)
{
    bool shared;
    const tm_cell *cell = name.n > 0 ? note_cell(ctx->msg) : NULL;
    if (!cell) return SPAN("");
    pv_store *own = store_share(ctx->msg, cell->request, &shared);
    const kl_span text = shared ? uac_text_of(ctx, name) : SPAN("");
    store_give_back(ctx->msg, own);
    return line_good(ctx, text) ? text : SPAN("");
}

static void give_back(kl_ctx *ctx, const sip_nameaddr *reply, const sip_nameaddr *request, kl_span variable)
{
    if (!reply || !request) return;
    const kl_span told = kept(ctx, variable), head = told.n > 0 ? told : head_of(request);
    if (span_eq(head_of(reply), head)) return;
    if (!edit_replace(ctx->msg, head_of(reply), head)) log_print(ctx, KL_LOG_ERR, "uac: no memory to restore a reply");
}

bool uac_reply_received(kl_ctx *ctx, kl_msg *request)
{
    const uac_state *uac = uac_state_of(ctx);
    const uac_note *note = msg_slot(request, SLOT_UAC);
    if (!note) return false;
    if (note->done & UAC_FROM_BACK) give_back(ctx, msg_from(ctx->msg), msg_from(request), uac->restore_from_avp);
    if (note->done & UAC_TO_BACK) give_back(ctx, msg_to(ctx->msg), msg_to(request), uac->restore_to_avp);
    return false;
}
