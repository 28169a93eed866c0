#include "record_route.h"

#include "core/line.h"
#include "core/route.h"
#include "sip/edit.h"

#define MAX_PENDING 512

static bool keep_for_later(kl_ctx *ctx, route_notes *notes, kl_span text)
{
    const kl_span before = notes->pending;
    char *all = before.n + text.n > MAX_PENDING ? NULL : arena_alloc(&ctx->msg->arena, before.n + text.n + 1);
    if (!all) {
        log_print(ctx, KL_LOG_ERR, "add_rr_param: more than %d bytes", MAX_PENDING);
        return false;
    }
    if (before.n > 0) memcpy(all, before.s, before.n);
    if (text.n > 0) memcpy(all + before.n, text.s, text.n);
    notes->pending = span_of(all, before.n + text.n);
    return true;
}

static bool grow(kl_msg *msg, edit_part **place, kl_span text)
{
    edit_part *part = text.n > 0 ? edit_part_new(msg, EDIT_PART_TEXT, EDIT_ALWAYS, text) : *place;
    if (!part) return false;
    if (part == *place) return true;
    part->next = (*place)->next;
    (*place)->next = part;
    *place = part;
    return true;
}

/* Kamailio complains of a second header that is not there, having served the one that is. */
static int grow_all(kl_ctx *ctx, route_notes *notes, kl_span text)
{
    int served = 0;
    for (int i = 0; i < 2; i++) {
        if (!notes->grows[i]) continue;
        if (!grow(ctx->msg, &notes->grows[i], text)) return -1;
        served++;
    }
    return served == 1 && notes->doubled ? -1 : 1;
}

int record_route_add_param(kl_ctx *ctx, kl_span text)
{
    route_notes *notes = route_notes_of(ctx->msg);
    if (!notes || !line_good(ctx, text)) return -1;
    if (notes->recorded) return grow_all(ctx, notes, text);
    return keep_for_later(ctx, notes, text) ? 1 : -1;
}
