/* record.c: Record-Route headers. What they say of the sending socket is known when the message is built (edit.h,
 * parts): of the two headers of a double record-routing the upper one is left out when the message leaves by the socket
 * it came in on. */
#include "core/line.h"
#include "proxy/origin.h"
#include "proxy/record_route.h"
#include "pv/pv.h"
#include "sip/edit.h"
#include "rr.h"

enum { ONE = 0, TWO_WHEN_NEEDED = 1, TWO = 2 }; /* enable_double_rr */

/* One header on its way. */
typedef struct header {
    edit_parts parts;
    edit_part *grows;
} header;

static void put_text(header *h, kl_span text) { edit_parts_text(&h->parts, text); }

/* Behind what stands now parameters may be added later. */
static void put_end(header *h)
{
    h->grows = h->parts.last;
    put_text(h, SPAN(">\r\n"));
}

/* ---- what all of them share */

typedef struct recipe {
    kl_span user, ftag, lr, pending;
    bool sips;
} recipe;

static kl_span custom_user(kl_ctx *ctx, const rr_state *rr)
{
    pv_value value;
    if (span_empty(rr->custom_user_avp) || !pv_read(ctx, rr->custom_user_avp, &value) || (value.flags & PV_NULL))
        return SPAN("");
    return pv_text(ctx, &value);
}

/* Of the Request-URI as received. */
static kl_span user_of(kl_ctx *ctx, const rr_state *rr)
{
    const kl_span custom = custom_user(ctx, rr);
    if (custom.n > 0 || !rr->add_username) return custom;
    const sip_uri *uri = ctx->msg->is_request ? msg_ouri(ctx->msg) : NULL;
    return uri && uri->user.n > 0 ? uri->user : SPAN("");
}

static bool is_secure(kl_ctx *ctx)
{
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return uri && uri->scheme == SIP_URI_SIPS;
}

static bool gather(kl_ctx *ctx, recipe *r)
{
    const rr_state *rr = rr_state_of(ctx);
    const sip_nameaddr *from = rr->append_fromtag ? msg_from(ctx->msg) : NULL;
    if (rr->append_fromtag && !from) {
        log_print(ctx, KL_LOG_ERR, "%s: From cannot be parsed", ctx->row->name);
        return false;
    }
    const route_notes *notes = route_notes_of(ctx->msg);
    *r = (recipe){.user = user_of(ctx, rr),
                  .ftag = from ? from->tag : SPAN_NULL,
                  .lr = rr->enable_full_lr ? SPAN(";lr=on") : SPAN(";lr"),
                  .pending = notes ? notes->pending : SPAN_NULL,
                  .sips = !rr->ignore_sips && is_secure(ctx)};
    return true;
}

static void put_start(header *h, const recipe *r, bool sips)
{
    put_text(h, sips ? SPAN("Record-Route: <sips:") : SPAN("Record-Route: <sip:"));
    put_text(h, r->user);
    if (r->user.n > 0) put_text(h, SPAN("@"));
}

static void put_ftag(header *h, const recipe *r)
{
    if (r->ftag.n == 0) return;
    put_text(h, SPAN(";ftag="));
    put_text(h, r->ftag);
}

static bool begin(kl_ctx *ctx, recipe *r)
{
    const route_notes *notes = route_notes_of(ctx->msg);
    if (!notes) return false;
    if (notes->recorded) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: a Record-Route was added before", ctx->row->name);
        return false;
    }
    return gather(ctx, r) && line_good(ctx, r->user);
}

static bool place(kl_ctx *ctx, header *h, uint8_t when, int index)
{
    route_notes *notes = route_noted(ctx->msg);
    sip_edit *edit = h->parts.failed ? NULL : edit_parts_before(ctx->msg, NULL, h->parts.first, when);
    if (!edit) return false;
    notes->headers[index] = edit;
    notes->grows[index] = h->grows;
    return true;
}

static int finish(kl_ctx *ctx, bool done)
{
    if (!done) return -1;
    route_notes *notes = route_noted(ctx->msg);
    notes->recorded = notes->waiting = true;
    notes->doubled = rr_state_of(ctx)->enable_double_rr != ONE;
    notes->pending = SPAN_NULL;
    return 1;
}

/* ---- record_route */

static void put_r2(header *h, int doubled)
{
    if (doubled == TWO) put_text(h, SPAN(";r2=on"));
    else if (doubled) edit_parts_put(&h->parts, EDIT_PART_TEXT, EDIT_OTHER_SOCKET, SPAN(";r2=on"));
}

static void put_name(header *h, const rr_state *rr, bool sent, kl_span received)
{
    if (!rr->sockname_mode) return;
    if (sent) {
        edit_parts_put(&h->parts, EDIT_PART_NAME, EDIT_ALWAYS, SPAN(";sn="));
    } else if (received.n > 0) {
        put_text(h, SPAN(";sn="));
        put_text(h, received);
    }
}

static bool add_own(kl_ctx *ctx, const recipe *r, kl_span params, bool sent)
{
    const rr_state *rr = rr_state_of(ctx);
    header h = {.parts = {.msg = ctx->msg}};
    put_start(&h, r, r->sips);
    if (sent) edit_parts_put(&h.parts, EDIT_PART_ADDRESS, EDIT_ALWAYS, SPAN_NULL);
    else put_text(&h, origin_received(ctx));
    put_name(&h, rr, sent, origin_received_name(ctx));
    put_r2(&h, rr->enable_double_rr);
    put_text(&h, r->lr);
    put_ftag(&h, r);
    put_text(&h, params);
    put_text(&h, r->pending);
    put_end(&h);
    return place(ctx, &h, sent && rr->enable_double_rr != TWO ? EDIT_OTHER_SOCKET : EDIT_ALWAYS, sent);
}

static int record(kl_ctx *ctx, kl_span params)
{
    recipe r;
    if (!line_good(ctx, params) || !begin(ctx, &r)) return -1;
    const bool doubled = rr_state_of(ctx)->enable_double_rr != ONE;
    return finish(ctx, (!doubled || add_own(ctx, &r, params, true)) && add_own(ctx, &r, params, false));
}

KSR_FN(rr_record_route) { return record(ctx, SPAN("")); }

KSR_FN(rr_record_route_params) { return record(ctx, args[0].s); }

/* ---- record_route_preset */

static bool add_preset(kl_ctx *ctx, const recipe *r, kl_span address, int index)
{
    header h = {.parts = {.msg = ctx->msg}};
    put_start(&h, r, false);
    put_text(&h, address);
    put_ftag(&h, r);
    put_text(&h, r->pending);
    put_text(&h, r->lr);
    put_end(&h);
    return place(ctx, &h, EDIT_ALWAYS, index);
}

static int preset(kl_ctx *ctx, kl_span first, kl_span second)
{
    recipe r;
    if (!line_good(ctx, first) || !line_good(ctx, second)) return -1;
    if (second.n > 0 && rr_state_of(ctx)->enable_double_rr == ONE) {
        log_print(ctx, KL_LOG_ERR, "%s: two addresses want rr's enable_double_rr", ctx->row->name);
        return -1;
    }
    return begin(ctx, &r)
               ? finish(ctx, add_preset(ctx, &r, first, 0) && (second.n == 0 || add_preset(ctx, &r, second, 1)))
               : -1;
}

KSR_FN(rr_record_route_preset) { return preset(ctx, args[0].s, args[1].s); }

KSR_FN(rr_record_route_preset_one) { return preset(ctx, args[0].s, SPAN("")); }

/* ---- record_route_advertised_address: two headers when the transports differ */

static void put_transport(header *h, bool sent, kl_span name, uint8_t when)
{
    edit_parts_put(&h->parts, sent ? EDIT_PART_PROTO : EDIT_PART_TEXT, when, SPAN(";transport="));
    if (!sent) edit_parts_put(&h->parts, EDIT_PART_TEXT, when, name);
}

static bool add_advertised(kl_ctx *ctx, const recipe *r, kl_span address, bool sent)
{
    const int doubled = rr_state_of(ctx)->enable_double_rr;
    const uint8_t when = doubled == TWO ? EDIT_ALWAYS : EDIT_OTHER_PROTO;
    header h = {.parts = {.msg = ctx->msg}};
    put_start(&h, r, r->sips);
    put_text(&h, address);
    put_transport(&h, sent, span_text(sip_transport_name(origin_received_proto(ctx))), when);
    if (doubled) edit_parts_put(&h.parts, EDIT_PART_TEXT, when, SPAN(";r2=on"));
    put_ftag(&h, r);
    put_text(&h, r->lr);
    put_text(&h, r->pending);
    put_end(&h);
    return place(ctx, &h, sent ? when : EDIT_ALWAYS, sent);
}

KSR_FN(rr_record_route_advertised)
{
    recipe r;
    if (!line_good(ctx, args[0].s) || !begin(ctx, &r)) return -1;
    const bool doubled = rr_state_of(ctx)->enable_double_rr != ONE;
    return finish(ctx,
                  (!doubled || add_advertised(ctx, &r, args[0].s, true)) && add_advertised(ctx, &r, args[0].s, false));
}

/* ---- parameters */

KSR_FN(rr_add_rr_param) { return record_route_add_param(ctx, args[0].s); }

/* The parts are taken off their edits, whole: Kamailio leaves what stood behind the address. */
KSR_FN(rr_remove_record_route)
{
    route_notes *notes = route_noted(ctx->msg);
    for (int i = 0; notes && i < 2; i++) {
        if (notes->headers[i]) notes->headers[i]->parts = NULL;
        notes->headers[i] = NULL;
        notes->grows[i] = NULL;
    }
    return 1;
}
