/* reply.c: a caller finds in replies what it wrote into its request. */
#include "sip/edit.h"
#include "sip/msg_clone.h"
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

static void give_back(kl_ctx *ctx, const sip_nameaddr *reply, const sip_nameaddr *request)
{
    if (!reply || !request || span_eq(head_of(reply), head_of(request))) return;
    if (!edit_replace(ctx->msg, head_of(reply), head_of(request)))
        log_print(ctx, KL_LOG_ERR, "uac: no memory to restore a reply");
}

bool uac_reply_received(kl_ctx *ctx, kl_msg *request)
{
    const uac_note *note = msg_slot(request, SLOT_UAC);
    if (!note) return false;
    if (note->done & UAC_FROM_BACK) give_back(ctx, msg_from(ctx->msg), msg_from(request));
    if (note->done & UAC_TO_BACK) give_back(ctx, msg_to(ctx->msg), msg_to(request));
    return false;
}
