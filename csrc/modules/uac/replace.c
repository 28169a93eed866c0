/* replace.c: another display name and URI in From or To. Nothing shows before the message is sent, or its changes are
 * applied. */
#include "core/line.h"
#include "sip/edit.h"
#include "uac.h"

typedef struct target {
    bool from;
    const sip_nameaddr *address;
    uac_note *note;
    unsigned uri_bit, name_bit, back_bit, stored_bit; /* of note->done; the last one of msg_flags */
} target;

static int refuse(kl_ctx *ctx, const char *why)
{
    log_print(ctx, KL_LOG_ERR, "uac.%s: %s", ctx->row->name, why);
    return -1;
}

static target target_of(kl_ctx *ctx)
{
    uac_note *note = uac_note_of(ctx->msg);
    if (ctx->row->data & UAC_FROM)
        return (target){true,          msg_from(ctx->msg), note, UAC_FROM_URI, UAC_FROM_NAME,
                        UAC_FROM_BACK, SIP_MSG_FROM_STORED};
    return (target){false, msg_to(ctx->msg), note, UAC_TO_URI, UAC_TO_NAME, UAC_TO_BACK, SIP_MSG_TO_STORED};
}

static bool has_to_tag(kl_ctx *ctx)
{
    const sip_nameaddr *to = msg_to(ctx->msg);
    return !to || to->tag.n > 0;
}

/* Twice the same would leave both texts; and once the URI is stored in Record-Route the header is done. */
static bool is_done(const kl_msg *msg, const target *t, bool name, bool uri)
{
    return (msg->msg_flags & t->stored_bit) || (uri && (t->note->done & t->uri_bit)) ||
           (name && (t->note->done & t->name_bit));
}

static bool write_uri(kl_ctx *ctx, const target *t, kl_span uri)
{
    kl_msg *msg = ctx->msg;
    if (!edit_address_uri(msg, t->address, uri)) return false;
    t->note->done |= t->uri_bit;
    if (uac_state_of(ctx)->restore_mode == UAC_RESTORE_NONE) return true;
    msg->msg_flags |= t->stored_bit;
    t->note->done |= t->back_bit;
    return uac_store(ctx, t->from, t->address->uri, uri);
}

KSR_FN(uac_replace)
{
    const bool with_name = (ctx->row->data & UAC_DISPLAY) != 0;
    const kl_span name = with_name ? args[0].s : SPAN(""), uri = args[with_name ? 1 : 0].s;
    const target t = target_of(ctx);
    if (!t.address) return refuse(ctx, "the header cannot be parsed");
    if (!t.note) return -1;
    const bool names = with_name && (name.n > 0 || t.address->display.n > 0);
    if (is_done(ctx->msg, &t, names, uri.n > 0)) return refuse(ctx, "it was replaced before");
    if (uri.n > 0 && uac_state_of(ctx)->restore_mode == UAC_RESTORE_AUTO && has_to_tag(ctx))
        return refuse(ctx, "no other URI within a dialog in restore_mode auto");
    if (!line_good(ctx, name) || !line_good(ctx, uri)) return -1;
    if (!uac_keep(ctx, t.from, t.address)) return -1;
    if (names && !edit_address_name(ctx->msg, t.address, name, SIZE_MAX)) return -1;
    if (names) t.note->done |= t.name_bit;
    return uri.n == 0 || write_uri(ctx, &t, uri) ? 1 : -1;
}
