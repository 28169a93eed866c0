/* local_ack.c: ACK to the 2xx of a local INVITE (RFC 3261 13.2.2.4), along the route set of the dialog that it makes.
 */
#include "base/text.h"
#include "event.h"
#include "internal.h"
#include "local_parts.h"
#include "proxy/own_via.h"
#include "proxy/target.h"

/* local_ack_mode: where it goes */
enum { ACK_BY_ROUTES = 0, ACK_AS_INVITE = 1, ACK_TO_SOURCE = 2 };
/* local_ack_branch_mode: the branch parameter of its Via */
enum { ACK_SAME_BRANCH = 0, ACK_LIKE_BRANCH = 1, ACK_NEW_BRANCH = 2 };

typedef struct ack_plan {
    kl_span uri, hop;
    route_set routes;
    send_target target;
} ack_plan;

/* Record-Route upside down (12.1.2). */
static bool read_routes(const kl_msg *reply, route_set *routes)
{
    for (const sip_hdr *hdr = msg_hdr_first(reply, SIP_HDR_RECORD_ROUTE); hdr; hdr = msg_hdr_next(reply, hdr))
        if (!route_set_add(routes, hdr_body(hdr))) return false;
    route_set_reverse(routes);
    return true;
}

/* Of several in one header Kamailio takes the last. Empty: there is none; false: malformed. */
static bool contact_of(const kl_msg *reply, kl_span *uri)
{
    const sip_hdr *hdr = msg_hdr_first(reply, SIP_HDR_CONTACT);
    sip_contact_walk walk = sip_contacts(hdr ? hdr_body(hdr) : SPAN(""));
    sip_nameaddr contact;
    int found = 0;
    *uri = SPAN("");
    while (hdr && (found = sip_contact_next(&walk, &contact)) == 1) *uri = contact.uri;
    return found >= 0 && (!hdr || uri->n > 0);
}

bool local_dialog(kl_ctx *ctx, const kl_msg *reply, kl_span *uri, kl_span *hop, kl_span *routes)
{
    route_set set = {.count = 0};
    sip_uri peer;
    kl_buf text;
    if (reply->status / 100 != 2 || !contact_of(reply, uri) || !read_routes(reply, &set)) return false;
    if (uri->n > 0 && sip_uri_parse(*uri, &peer, NULL) != KL_OK) return false;
    const kl_span target = *uri;
    if (!route_set_direct(ctx, &set, uri, hop)) return false;
    if (set.count == 1 && !span_eq(*uri, target))
        set.count = 0; /* one strict router: Kamailio tells of no Route then */
    buf_init(&text);
    route_set_write(&set, &text);
    *routes = arena_copy(ctx->scratch, span_of(text.s, text.n > 2 ? text.n - 2 : 0));
    const bool good = !text.failed && routes->s;
    buf_free(&text);
    return good;
}

/* ctx->msg is the request. */
static bool find_target(kl_ctx *ctx, const tm_branch *branch, const kl_msg *reply, ack_plan *plan)
{
    sip_uri uri;
    plan->target = branch->target;
    switch (branch->cell->tm->settings.local_ack_mode) {
    case ACK_AS_INVITE: return true;
    case ACK_TO_SOURCE:
        plan->target.host = reply->source_host;
        plan->target.port = reply->source_port;
        plan->target.proto = reply->proto;
        plan->target.conid = reply->conid;
        return true;
    default:
        plan->target = (send_target){.flags = branch->target.flags};
        return sip_uri_parse(plan->hop, &uri, NULL) == KL_OK && target_of_uri(ctx, &uri, &plan->target);
    }
}

static kl_span make_branch(const tm_branch *branch, char text[80])
{
    const kl_span same = build_tm_branch(branch, text);
    char *end = text + same.n;
    const size_t head = sizeof "z9hG4bK" - 1;
    switch (branch->cell->tm->settings.local_ack_branch_mode) {
    case ACK_LIKE_BRANCH: return span_between(text, text_putc(end, 'a'));
    case ACK_NEW_BRANCH: /* another hash, so that no reply would be taken for the INVITE's */
        text[head] = text[head] == 'f' ? '0' : 'f';
        return span_between(text, text_put(end, SPAN(".ack")));
    default: return same;
    }
}

static void add_header(kl_buf *out, const sip_hdr *hdr)
{
    if (hdr) buf_add(out, hdr_line(hdr));
}

/* With a Via in whose place ours will be. */
static bool write(const kl_ctx *ctx, tm_cell *cell, const ack_plan *plan, kl_span headers, kl_span body, kl_buf *out)
{
    kl_msg *request = cell->request;
    buf_clear(out);
    buf_add(out, SPAN("ACK "));
    buf_add(out, plan->uri);
    buf_add(out, SPAN(" SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK\r\n"));
    add_header(out, msg_hdr_first(request, SIP_HDR_FROM));
    add_header(out, msg_hdr_first(request, SIP_HDR_CALL_ID));
    add_header(out, msg_hdr_first(cell->local->success, SIP_HDR_TO));
    buf_add(out, SPAN("Max-Forwards: 70\r\nCSeq: "));
    buf_add(out, msg_cseq(request)->number);
    buf_add(out, SPAN(" ACK\r\n"));
    route_set_write(&plan->routes, out);
    if (ctx->server->server_signature) {
        buf_add(out, ctx->server->user_agent_header);
        buf_add(out, SPAN("\r\n"));
    }
    buf_add(out, headers);
    buf_add(out, SPAN("Content-Length: "));
    buf_addu(out, body.n);
    buf_add(out, SPAN("\r\n\r\n"));
    buf_add(out, body);
    return !out->failed;
}

/* ctx->msg is the ACK so far. */
static bool build(kl_ctx *ctx, const tm_branch *branch, const send_target *target, kl_buf *out)
{
    char via[80];
    build_forward_options options = {.proto = target->proto, .strip_vias = true};
    if (!own_via_fill(ctx, target, branch->index, &options)) return false;
    options.branch = make_branch(branch, via);
    return build_forward(ctx->msg, &options, out);
}

static bool good_headers(kl_span headers)
{
    kl_span line, name, body;
    bool good;
    while (local_next_header(&headers, &line, &name, &body, &good))
        if (sip_hdr_id_of(name) == SIP_HDR_CONTENT_LENGTH) return false;
    return good;
}

static bool keep(tm_cell *cell, const ack_plan *plan, kl_span bytes)
{
    struct tm_local *local = cell->local;
    local->ack = arena_copy(&cell->request->arena, bytes);
    local->ack_target = plan->target;
    local->ack_target.host = cell_text(cell, plan->target.host);
    if (local->ack.s && local->ack_target.host.s) return true;
    local->ack = SPAN("");
    return false;
}

static int send_ack(kl_ctx *ctx, tm_branch *branch, kl_span headers, kl_span body)
{
    tm_cell *cell = branch->cell;
    kl_msg *reply = cell->local->success;
    kl_buf *out = &cell->tm->out;
    ack_plan plan = {.uri = SPAN("")};
    if (!contact_of(reply, &plan.uri) || plan.uri.n == 0) plan.uri = branch->uri;
    if (!read_routes(reply, &plan.routes) || !route_set_direct(ctx, &plan.routes, &plan.uri, &plan.hop) ||
        !find_target(ctx, branch, reply, &plan) || !write(ctx, cell, &plan, headers, body, out))
        return -1;
    kl_msg *ack = tm_read(ctx, buf_span(out), cell->request);
    if (!ack) return -1;
    ctx->msg = ack;
    const bool built = build(ctx, branch, &plan.target, out);
    ctx->msg = cell->request;
    kl_msg_free(ack);
    if (!built || !keep(cell, &plan, buf_span(out)) || !send_raw(ctx, cell->local->ack, &cell->local->ack_target))
        return -1;
    event_ack(ctx, cell, reply);
    return 0;
}

int local_ack(kl_ctx *ctx, tm_cell *cell, kl_span headers, kl_span body)
{
    kl_msg *const msg = ctx->msg;
    if (!cell->local || !cell->local->success || cell->branch_count == 0) return -2;
    if (!good_headers(headers)) return -1;
    ctx->msg = cell->request;
    const int done = send_ack(ctx, cell->branches[0], headers, body);
    ctx->msg = msg;
    return done;
}
