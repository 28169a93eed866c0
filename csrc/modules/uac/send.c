/* send.c: requests that a script describes by $uac_req, with what comes of them. */
#include "base/mem.h"
#include "base/text.h"
#include "core/line.h"
#include "core/random.h"
#include "pv/kept.h"
#include "pv/store/store.h"
#include "tm/local.h"
#include "uac.h"

enum { EVENT_REPLIED = 1, EVENT_LOCAL = 2 }; /* $uac_req(evtype) */
enum { FLAG_HA1 = 1 };                       /* $uac_req(flags): the password is a hash */

/* What is remembered until a final reply comes. */
typedef struct sent_request {
    kept_request *request;
    bool is_answer; /* to a challenge: there is no second one */
} sent_request;

static void forget(void *data)
{
    sent_request *sent = data;
    if (sent) kept_request_free(sent->request);
    kl_free(sent);
}

static sent_request *remember(const kept_request *request, bool is_answer)
{
    sent_request *sent = kl_calloc(1, sizeof *sent);
    if (!sent) return NULL;
    sent->is_answer = is_answer;
    sent->request = kept_request_copy(request);
    if (sent->request) return sent;
    forget(sent);
    return NULL;
}

/* ---- its headers */

#define TAG (BUILD_TAG_INSTANCE + 1 + 8)

static kl_span make_tag(kl_ctx *ctx)
{
    char *text = arena_alloc(ctx->scratch, TAG);
    if (!text) return SPAN_NULL;
    char *at = text_put(text, span_of(ctx->server->tag_instance, BUILD_TAG_INSTANCE));
    return span_between(text, text_put_hex_digits(text_putc(at, '-'), (uint32_t)random_next(ctx), 8));
}

/* A name-addr stays as it is. */
static kl_span address_line(kl_ctx *ctx, kl_span name, kl_span uri, kl_span tag)
{
    const bool bare = uri.n == 0 || uri.s[uri.n - 1] != '>';
    if (!line_good(ctx, uri) || !line_good(ctx, tag)) return SPAN_NULL;
    return text_join(ctx->scratch, name, bare ? SPAN("<") : SPAN(""), uri, bare ? SPAN(">") : SPAN(""),
                     tag.n > 0 ? SPAN(";tag=") : SPAN(""), tag, SPAN("\r\n"));
}

static kl_span optional_line(kl_ctx *ctx, kl_span name, kl_span value, kl_span end)
{
    if (value.n == 0) return SPAN("");
    return line_good(ctx, value) ? text_join(ctx->scratch, name, value, end, SPAN("\r\n")) : SPAN_NULL;
}

/* Those of the script first, a line end behind them where it left it out. */
static kl_span headers_of(kl_ctx *ctx, const kept_request *request, kl_span more)
{
    const kl_span *texts = request->texts;
    char digits[TEXT_INT];
    const kl_span number = request->numbers[KEPT_CSEQNO] > 0
                               ? text_decimal(digits, (uint64_t)request->numbers[KEPT_CSEQNO])
                               : SPAN("");
    const kl_span end = text_join(ctx->scratch, SPAN(" "), texts[KEPT_METHOD]);
    const kl_span to = address_line(ctx, SPAN("To: "), texts[texts[KEPT_TURI].n > 0 ? KEPT_TURI : KEPT_RURI],
                                    texts[KEPT_TTAG]),
                  from = address_line(ctx, SPAN("From: "), texts[texts[KEPT_FURI].n > 0 ? KEPT_FURI : KEPT_RURI],
                                      texts[KEPT_FTAG].n > 0 ? texts[KEPT_FTAG] : make_tag(ctx)),
                  call_id = optional_line(ctx, SPAN("Call-ID: "), texts[KEPT_CALLID], SPAN("")),
                  cseq = optional_line(ctx, SPAN("CSeq: "), number, end), own = texts[KEPT_HDRS];
    const bool open = own.n > 0 && own.s[own.n - 1] != '\n';
    if (!end.s || !to.s || !from.s || !call_id.s || !cseq.s) return SPAN_NULL;
    return text_join(ctx->scratch, own, open ? SPAN("\r\n") : SPAN(""), more, to, from, call_id, cseq);
}

/* ---- sending */

static void replied(kl_ctx *ctx, const tm_local_news *news, void *data);

static bool asks(const kept_request *request)
{
    return request->numbers[KEPT_EVROUTE] != 0 ||
           (request->texts[KEPT_AUSER].n > 0 && request->texts[KEPT_APASSWD].n > 0);
}

/* Takes `sent`; more: header lines. */
static bool send_request(kl_ctx *ctx, sent_request *sent, kl_span more)
{
    const kept_request *from = sent->request;
    const kl_span *texts = from->texts, headers = headers_of(ctx, from, more);
    const bool is_asked = headers.s && asks(from);
    const tm_local_request request = {.method = texts[KEPT_METHOD],
                                      .uri = texts[KEPT_RURI],
                                      .next_hop = texts[KEPT_OURI],
                                      .socket = texts[KEPT_SOCK].n > 0 ? texts[KEPT_SOCK]
                                                                       : uac_state_of(ctx)->default_socket,
                                      .headers = headers,
                                      .body = texts[KEPT_BODY],
                                      .untyped = true,
                                      .fr = from->numbers[KEPT_FR_TIMEOUT],
                                      .fr_inv = from->numbers[KEPT_FR_INV_TIMEOUT],
                                      .fn = is_asked ? replied : NULL,
                                      .data = sent,
                                      .drop = is_asked ? forget : NULL};
    tm_local_fault fault = {.text = SPAN("a header cannot be written")};
    const bool done = headers.s && local_send(ctx, &request, NULL, &fault);
    if (!done) log_print(ctx, KL_LOG_ERR, "uac_req_send: %.*s", (int)fault.text.n, fault.text.s);
    if (!is_asked) forget(sent);
    return done;
}

KSR_FN(uac_req_send)
{
    const kept_request *request = vars_kept(ctx->vars)->request;
    if (!request || request->texts[KEPT_RURI].n == 0 || request->texts[KEPT_METHOD].n == 0) return -1;
    sent_request *sent = remember(request, false);
    return sent && send_request(ctx, sent, SPAN("")) ? 1 : -1;
}

/* ---- what comes of it */

/* $uac_req describes this request from now on, as in Kamailio. */
static void tell(kl_ctx *ctx, const tm_local_news *news, const kept_request *request)
{
    const kl_span function = uac_state_of(ctx)->event_callback;
    pv_kept *kept = vars_kept(ctx->vars);
    kl_msg *const msg = ctx->msg;
    kept_request *shown = function.n > 0 && ctx->ops ? kept_request_copy(request) : NULL;
    bool dropped;
    if (!shown) return;
    shown->numbers[KEPT_EVCODE] = news->code;
    shown->numbers[KEPT_EVTYPE] = news->reply ? EVENT_REPLIED : EVENT_LOCAL;
    kept_request_free(kept->request);
    kept->request = shown;
    ctx->msg = news->reply;
    ctx->ops->run_callback(ctx, function, SPAN("uac:reply"), KL_PHASE_EVENT, NULL, &dropped);
    ctx->msg = msg;
}

/* The same again with an answer: its Call-ID and tag, the next number (RFC 3261 22.2). */
static bool is_again(kept_request *request, kl_msg *first)
{
    const sip_hdr *call_id = msg_hdr_first(first, SIP_HDR_CALL_ID);
    const sip_nameaddr *from = msg_from(first);
    const sip_cseq *cseq = msg_cseq(first);
    if (!call_id || !from || !cseq || cseq->value >= INT32_MAX) return false;
    request->numbers[KEPT_CSEQNO] = (int32_t)cseq->value + 1;
    return kept_text_assign(&request->texts[KEPT_CALLID], hdr_body(call_id)) &&
           kept_text_assign(&request->texts[KEPT_FTAG], from->tag);
}

static kl_span answer_line(kl_ctx *ctx, const tm_local_news *news, const kept_request *request)
{
    sip_challenge challenge;
    const digest_login login = {.user = request->texts[KEPT_AUSER],
                                .password = request->texts[KEPT_APASSWD],
                                .is_ha1 = (request->numbers[KEPT_FLAGS] & FLAG_HA1) != 0};
    digest_request again = {
        .method = news->cell->request->method, .uri = request->texts[KEPT_RURI], .body = request->texts[KEPT_BODY]};
    if (!uac_challenge(news->reply, news->code, &challenge)) return SPAN_NULL;
    return uac_answer(ctx, news->code, &challenge, &login, &again);
}

static void answer(kl_ctx *ctx, const tm_local_news *news, const kept_request *request)
{
    sent_request *again = remember(request, true);
    const kl_span line = again ? answer_line(ctx, news, again->request) : SPAN_NULL;
    if (line.s && is_again(again->request, news->cell->request)) {
        send_request(ctx, again, line);
        return;
    }
    log_print(ctx, KL_LOG_ERR, "uac_req_send: the challenge cannot be answered");
    forget(again);
}

static void replied(kl_ctx *ctx, const tm_local_news *news, void *data)
{
    sent_request *sent = data;
    const kl_span *texts = sent->request->texts;
    if (sent->request->numbers[KEPT_EVROUTE] != 0) tell(ctx, news, sent->request);
    if (sent->is_answer || !news->reply || (news->code != 401 && news->code != 407)) return;
    if (texts[KEPT_AUSER].n > 0 && texts[KEPT_APASSWD].n > 0) answer(ctx, news, sent->request);
}
