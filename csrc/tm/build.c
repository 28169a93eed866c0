/* build.c: CANCEL and ACK of a hop. */
#include "internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "event.h"

kl_span build_tm_branch(const tm_branch *branch, char text[64])
{
    static const char digits[] = "0123456789abcdef";
    char *at = text_put(text, SPAN("z9hG4bK"));
    at = text_put_hex(at, branch->cell->hash);
    at = text_putc(at, '.');
    at = text_put(at, span_of(branch->cell->key, TM_KEY));
    at = text_putc(at, '.');
    if (branch->index > 15) at = text_putc(at, digits[branch->index >> 4]);
    return span_between(text, text_putc(at, digits[branch->index & 15]));
}

/* ---- CANCEL and ACK of a hop (RFC 3261 9.1, 17.1.1.3) */

#define MEMORY (1 << 20) /* bytes of one that is read: more than any datagram */

kl_msg *build_read(tm_state *tm, const kl_packet *packet)
{
    kl_error err;
    if (!tm->sent && (tm->sent = kl_calloc(1, sizeof *tm->sent))) msg_init(tm->sent, MEMORY);
    return tm->sent && packet->size > 0 && msg_parse(tm->sent, packet, &err) == KL_OK ? tm->sent : NULL;
}

kl_msg *build_sent(kl_ctx *ctx, const tm_branch *branch)
{
    const kl_msg *request = branch->cell->request;
    const kl_packet packet = {.data = branch->request.bytes.s,
                              .size = branch->request.bytes.n,
                              .source_host = request->source_host,
                              .local_host = request->local_host,
                              .source_port = request->source_port,
                              .local_port = request->local_port,
                              .transport = request->proto,
                              .conid = request->conid,
                              .now = ctx->now};
    return build_read(branch->cell->tm, &packet);
}

static bool is_kept(const kl_msg *sent, const sip_hdr *hdr, const tm_settings *settings)
{
    switch (hdr->id) {
    case SIP_HDR_VIA: return hdr == msg_hdr_first(sent, SIP_HDR_VIA);
    case SIP_HDR_FROM:
    case SIP_HDR_TO:
    case SIP_HDR_CALL_ID:
    case SIP_HDR_CSEQ:
    case SIP_HDR_MAX_FORWARDS:
    case SIP_HDR_ROUTE: return true;
    default: return settings->ac_extra_hdrs.n > 0 && span_startsi(hdr_name(hdr), settings->ac_extra_hdrs);
    }
}

static char *put_header(char *at, const sip_hdr *hdr, const sip_cseq *cseq, kl_span method, const sip_hdr *to)
{
    if (hdr->id == SIP_HDR_TO && to) return text_put(at, hdr_line(to));
    if (hdr->id != SIP_HDR_CSEQ) return text_put(at, hdr_line(hdr));
    at = text_put(text_put(at, SPAN("CSeq: ")), cseq->number);
    return text_put(text_put(text_put(at, SPAN(" ")), method), SPAN("\r\n"));
}

/* reparse_invite=0: of the request as it was received, but for our Via, in Kamailio's order. */
static kl_span of_received(kl_ctx *ctx, tm_branch *branch, kl_span method, kl_msg *sent, const sip_hdr *to,
                           kl_span more)
{
    static const sip_hdr_id order[] = {SIP_HDR_FROM, SIP_HDR_CALL_ID, SIP_HDR_TO, SIP_HDR_CSEQ};
    kl_msg *received = branch->cell->request;
    const kl_span agent = ctx->server->server_signature ? ctx->server->user_agent_header : SPAN("");
    const sip_cseq *cseq = msg_cseq(received);
    const size_t bound = sent->eoh + received->eoh + method.n * 2 + more.n + (to ? hdr_line(to).n : 0) + agent.n + 96;
    char *text = arena_alloc(&received->arena, bound), *at = text;
    if (!text || !cseq) return SPAN_NULL;
    at = text_put(text_put(at, method), SPAN(" "));
    at = text_put(text_put(at, sent->uri), SPAN(" SIP/2.0\r\n"));
    at = text_put(at, hdr_line(msg_hdr_first(sent, SIP_HDR_VIA)));
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        at = put_header(at, msg_hdr_first(received, order[i]), cseq, method, to);
    at = text_put(at, SPAN("Max-Forwards: 70\r\n"));
    for (const sip_hdr *hdr = msg_hdr_first(received, SIP_HDR_ROUTE); hdr; hdr = msg_hdr_next(received, hdr))
        at = text_put(at, hdr_line(hdr));
    if (agent.n > 0) at = text_put(text_put(at, agent), SPAN("\r\n"));
    at = text_put(text_put(text_put(at, SPAN("Content-Length: 0\r\n")), more), SPAN("\r\n"));
    return event_hop(ctx, branch, span_between(text, at));
}

static bool is_of_received(const tm_cell *cell)
{
    return !cell->tm->settings.reparse_invite && !cell_is(cell, TM_USE_UAC_HEADERS);
}

kl_span build_hop(kl_ctx *ctx, tm_branch *branch, kl_span method, kl_msg *reply, kl_span more)
{
    kl_msg *sent = build_sent(ctx, branch);
    const sip_cseq *cseq = sent ? msg_cseq(sent) : NULL;
    const sip_hdr *to = reply ? msg_hdr_first(reply, SIP_HDR_TO) : NULL;
    if (!cseq) return SPAN_NULL;
    if (is_of_received(branch->cell)) return of_received(ctx, branch, method, sent, to, more);
    const size_t bound = sent->eoh + method.n * 2 + more.n + (to ? hdr_line(to).n : 0) + 64;
    char *text = arena_alloc(&branch->cell->request->arena, bound), *at = text;
    if (!text) return SPAN_NULL;
    at = text_put(text_put(at, method), SPAN(" "));
    at = text_put(text_put(at, sent->uri), SPAN(" SIP/2.0\r\n"));
    for (const sip_hdr *hdr = sent->hdrs, *end = hdr + sent->hdr_count; hdr < end; hdr++)
        if (is_kept(sent, hdr, &branch->cell->tm->settings)) at = put_header(at, hdr, cseq, method, to);
    at = text_put(text_put(text_put(at, SPAN("Content-Length: 0\r\n")), more), SPAN("\r\n"));
    return event_hop(ctx, branch, span_between(text, at));
}
