/* local_ack.c: ACK to the 2xx of a local INVITE (RFC 3261 13.2.2.4), along the route set of the dialog that it makes.
 */
#include "base/text.h"
#include "event.h"
#include "internal.h"
#include "local.h"
#include "proxy/own_via.h"
#include "proxy/target.h"

/* local_ack_mode: where it goes */
enum { ACK_BY_ROUTES = 0, ACK_AS_INVITE = 1, ACK_TO_SOURCE = 2 };
/* local_ack_branch_mode: the branch parameter of its Via */
enum { ACK_SAME_BRANCH = 0, ACK_LIKE_BRANCH = 1, ACK_NEW_BRANCH = 2 };

typedef struct ack_plan {
    kl_span uri, hop;
    kl_span routes[LOCAL_ROUTES];
    size_t route_count;
    send_target target;
} ack_plan;

/* Record-Route upside down (12.1.2). */
static bool read_routes(const kl_msg *reply, ack_plan *plan)
{
    for (const sip_hdr *hdr = msg_hdr_first(reply, SIP_HDR_RECORD_ROUTE); hdr; hdr = msg_hdr_next(reply, hdr)) {
        kl_span rest = hdr_body(hdr), one;
        while (sip_list_next(&rest, &one)) {
            if (one.n == 0) continue;
            if (plan->route_count == LOCAL_ROUTES - 1) return false;
            plan->routes[plan->route_count++] = one;
        }
    }
    for (size_t i = 0; i < plan->route_count / 2; i++) {
        const kl_span swapped = plan->routes[i];
        plan->routes[i] = plan->routes[plan->route_count - 1 - i];
        plan->routes[plan->route_count - 1 - i] = swapped;
    }
    return true;
}

static kl_span contact_of(const kl_msg *reply)
{
    const sip_hdr *hdr = msg_hdr_first(reply, SIP_HDR_CONTACT);
    sip_contact_walk walk = sip_contacts(hdr ? hdr_body(hdr) : SPAN(""));
    sip_nameaddr contact;
    return hdr && sip_contact_next(&walk, &contact) == 1 ? contact.uri : SPAN("");
}

/* A strict router gets its own URI as Request-URI, and the contact behind all Routes (12.2.1.1). */
static bool direct(kl_ctx *ctx, ack_plan *plan)
{
    sip_nameaddr first;
    sip_uri uri;
    kl_error err;
    plan->hop = plan->uri;
    if (plan->route_count == 0) return true;
    if (sip_nameaddr_parse(plan->routes[0], &first, &err) != KL_OK || sip_uri_parse(first.uri, &uri, NULL) != KL_OK)
        return false;
    plan->hop = first.uri;
    if (uri.lr_present) return true;
    for (size_t i = 1; i < plan->route_count; i++) plan->routes[i - 1] = plan->routes[i];
    plan->routes[plan->route_count - 1] = text_join(ctx->scratch, SPAN("<"), plan->uri, SPAN(">"));
    plan->uri = first.uri;
    return plan->routes[plan->route_count - 1].s != NULL;
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
    case ACK_NEW_BRANCH: /* another key, so that no reply would be taken for the INVITE's */
        text[head] = text[head] == 'f' ? '0' : 'f';
        return span_between(text, text_put(end, SPAN(".ack")));
    default: return same;
    }
}

static void add_header(kl_buf *out, const sip_hdr *hdr)
{
    if (hdr) buf_add(out, hdr_line(hdr));
}

static void write_routes(kl_buf *out, const ack_plan *plan)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        buf_add(out, i == 0 ? SPAN("Route: ") : SPAN(", "));
        buf_add(out, plan->routes[i]);
    }
    if (plan->route_count > 0) buf_add(out, SPAN("\r\n"));
}

static void write_via(kl_buf *out, const build_forward_options *options)
{
    static const char *const protocols[] = {"UDP", "UDP", "TCP", "TLS", "SCTP", "WS", "WSS"};
    const kl_transport proto = options->via_proto != KL_PROTO_NONE ? options->via_proto : options->proto;
    buf_add(out, SPAN("Via: SIP/2.0/"));
    buf_add(out, span_text(protocols[proto]));
    buf_addc(out, ' ');
    buf_add(out, options->via_host);
    if (options->via_port.n > 0) buf_addc(out, ':');
    buf_add(out, options->via_port);
    buf_add(out, SPAN(";branch="));
    buf_add(out, options->branch);
    buf_add(out, SPAN("\r\n"));
}

static bool write(kl_ctx *ctx, const tm_branch *branch, const ack_plan *plan, kl_span headers, kl_span body,
                  kl_buf *out)
{
    tm_cell *cell = branch->cell;
    kl_msg *request = cell->request, *reply = cell->local->success;
    char via[80];
    build_forward_options options = {.proto = plan->target.proto};
    if (!own_via_fill(ctx, &plan->target, branch->index, &options)) return false;
    options.branch = make_branch(branch, via);
    buf_clear(out);
    buf_add(out, SPAN("ACK "));
    buf_add(out, plan->uri);
    buf_add(out, SPAN(" SIP/2.0\r\n"));
    write_via(out, &options);
    add_header(out, msg_hdr_first(request, SIP_HDR_FROM));
    add_header(out, msg_hdr_first(request, SIP_HDR_CALL_ID));
    add_header(out, msg_hdr_first(reply, SIP_HDR_TO));
    buf_add(out, SPAN("Max-Forwards: 70\r\nCSeq: "));
    buf_add(out, msg_cseq(request)->number);
    buf_add(out, SPAN(" ACK\r\n"));
    write_routes(out, plan);
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

static bool good_headers(kl_span headers)
{
    kl_span line, name, body;
    bool good;
    while (local_next_header(&headers, &line, &name, &body, &good))
        if (sip_hdr_id_of(name) == SIP_HDR_CONTENT_LENGTH) return false;
    return good;
}

static int send_ack(kl_ctx *ctx, tm_branch *branch, kl_span headers, kl_span body)
{
    tm_cell *cell = branch->cell;
    struct tm_local *local = cell->local;
    kl_msg *reply = local->success;
    ack_plan plan = {.uri = contact_of(reply)};
    if (plan.uri.n == 0) plan.uri = branch->uri;
    if (!read_routes(reply, &plan) || !direct(ctx, &plan) || !find_target(ctx, branch, reply, &plan)) return -1;
    if (!write(ctx, branch, &plan, headers, body, &cell->tm->out)) return -1;
    local->ack = arena_copy(&cell->request->arena, buf_span(&cell->tm->out));
    local->ack_target = plan.target;
    local->ack_target.host = cell_text(cell, plan.target.host);
    if (!local->ack.s || !local->ack_target.host.s || !send_raw(ctx, local->ack, &local->ack_target)) {
        local->ack = SPAN("");
        return -1;
    }
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
