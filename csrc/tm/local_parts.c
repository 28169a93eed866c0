/* local_parts.c: a request that is made here: what its maker gave, and its bytes. */
#include "local_parts.h"

#include "base/text.h"
#include "core/line.h"
#include "core/random.h"
#include "core/shared.h"
#include "sip/param.h"

#define FIRST_CSEQ SPAN("10") /* Kamailio's */

bool local_fault(tm_local_fault *fault, int code, const char *text)
{
    *fault = (tm_local_fault){code, span_text(text)};
    return false;
}

bool local_fault_about(kl_ctx *ctx, tm_local_fault *fault, const char *what, kl_span about)
{
    const kl_span shown = span_of(about.s, about.n > 256 ? 256 : about.n);
    fault->code = 400;
    fault->text = text_join(ctx->scratch, span_text(what), SPAN(" \""), shown, SPAN("\""));
    if (!fault->text.s) fault->text = span_text(what);
    return false;
}

/* ---- lines */

static size_t line_length(kl_span text)
{
    const char *at = text.s, *end = span_end(text);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) return text.n;
        at = newline + 1;
        if (at == end || (*at != ' ' && *at != '\t')) break;
    }
    return (size_t)(at - text.s);
}

bool local_next_header(kl_span *rest, kl_span *line, kl_span *name, kl_span *body, bool *good)
{
    *good = true;
    if (rest->n == 0 || span_starts(*rest, SPAN("\r\n"))) return false;
    *line = span_of(rest->s, line_length(*rest));
    *rest = span_from(*rest, line->n);
    const char *colon = memchr(line->s, ':', line->n);
    *good = colon && colon > line->s && line->n > 2 && line->s[line->n - 1] == '\n' && line->s[line->n - 2] == '\r' &&
            !memchr(line->s, '\0', line->n);
    if (!*good) return false;
    *name = span_trim(span_between(line->s, colon));
    *body = span_trim(span_between(colon + 1, span_end(*line)));
    *good = name->n > 0 && !memchr(name->s, ' ', name->n) && !memchr(name->s, '\r', name->n);
    return *good;
}

/* Of two headers the first counts. */
static bool first_of(kl_span *kept, kl_span value)
{
    if (!kept->s) *kept = value;
    return true;
}

static bool read_cseq(kl_span body, local_parts *out, tm_local_fault *fault)
{
    sip_cseq cseq;
    kl_error err;
    uint64_t number;
    if (sip_cseq_parse(body, &cseq, &err) != KL_OK || !span_uint(cseq.number, UINT32_MAX, &number))
        return local_fault(fault, 400, "Non-numerical CSeq");
    if (!span_eq(cseq.method, out->method)) return local_fault(fault, 400, "CSeq method mismatch");
    return first_of(&out->cseq, cseq.number);
}

static bool read_header(sip_hdr_id id, kl_span body, local_parts *out, tm_local_fault *fault)
{
    switch (id) {
    case SIP_HDR_FROM: return first_of(&out->from, body);
    case SIP_HDR_TO: return first_of(&out->to, body);
    case SIP_HDR_CALL_ID: return first_of(&out->call_id, body);
    case SIP_HDR_CSEQ: return read_cseq(body, out, fault);
    case SIP_HDR_ROUTE: return route_set_add(&out->routes, body) || local_fault(fault, 400, "Too many routes");
    case SIP_HDR_MAX_FORWARDS: out->max_forwards = true; return true;
    case SIP_HDR_CONTENT_TYPE: out->content_type = true; return true;
    case SIP_HDR_CONTENT_LENGTH: return out->body.n == 0 || local_fault(fault, 400, "Content-Length disallowed");
    case SIP_HDR_VIA: return local_fault(fault, 400, "Invalid headers");
    default: return true;
    }
}

static bool read_headers(kl_span headers, local_parts *out, tm_local_fault *fault)
{
    kl_span line, name, body;
    bool good;
    while (local_next_header(&headers, &line, &name, &body, &good))
        if (!read_header(sip_hdr_id_of(name), body, out, fault)) return false;
    return good || local_fault(fault, 400, "Invalid headers");
}

static bool read_address(kl_span body, const char *missing, const char *invalid, tm_local_fault *fault)
{
    sip_nameaddr address;
    kl_error err;
    if (body.n == 0) return local_fault(fault, 400, missing);
    return sip_nameaddr_parse(body, &address, &err) == KL_OK || local_fault(fault, 400, invalid);
}

/* The next hop that was asked for is one whatever the Routes say. */
static bool direct(kl_ctx *ctx, local_parts *out, tm_local_fault *fault)
{
    kl_span hop;
    if (!route_set_direct(ctx, &out->routes, &out->uri, &hop)) return local_fault(fault, 400, "Invalid Route");
    if (out->next_hop.n == 0) out->next_hop = hop;
    return true;
}

static bool is_none(kl_span text) { return text.n == 0 || (text.n == 1 && text.s[0] == '.'); }

static bool read_start(kl_ctx *ctx, const tm_local_request *request, local_parts *out, tm_local_fault *fault)
{
    sip_uri uri;
    *out = (local_parts){.method = request->method,
                         .uri = request->uri,
                         .next_hop = is_none(request->next_hop) ? SPAN_NULL : request->next_hop,
                         .no_ack = request->no_ack,
                         .headers = request->headers,
                         .body = request->body};
    if (out->method.n == 0) return local_fault(fault, 400, "Empty method");
    for (size_t i = 0; i < out->method.n; i++)
        if (!char_is(out->method.s[i], SPAN_TOKEN)) return local_fault_about(ctx, fault, "Invalid method", out->method);
    if (!build_is_line(out->uri) || sip_uri_parse(out->uri, &uri, NULL) != KL_OK)
        return local_fault_about(ctx, fault, "Invalid request uri", out->uri);
    if (out->next_hop.n > 0 && (!build_is_line(out->next_hop) || sip_uri_parse(out->next_hop, &uri, NULL) != KL_OK))
        return local_fault_about(ctx, fault, "Invalid next-hop uri", out->next_hop);
    return true;
}

bool local_read(kl_ctx *ctx, const tm_local_request *request, local_parts *out, tm_local_fault *fault)
{
    if (!read_start(ctx, request, out, fault)) return false;
    if (request->headers.n == 0) return local_fault(fault, 400, "Invalid headers");
    if (!read_headers(request->headers, out, fault)) return false;
    if (out->body.n > 0 && !out->content_type && !request->untyped)
        return local_fault(fault, 400, "Content-Type missing");
    return read_address(out->to, "To missing", "Invalid To", fault) &&
           read_address(out->from, "From missing", "Invalid From", fault) && direct(ctx, out, fault);
}

/* ---- its bytes */

static bool stands_elsewhere(sip_hdr_id id)
{
    return id == SIP_HDR_FROM || id == SIP_HDR_TO || id == SIP_HDR_CALL_ID || id == SIP_HDR_CSEQ ||
           id == SIP_HDR_ROUTE || id == SIP_HDR_CONTENT_LENGTH;
}

static void add_line(kl_buf *out, kl_span name, kl_span body)
{
    buf_add(out, name);
    buf_add(out, body);
    buf_add(out, SPAN("\r\n"));
}

static void add_rest(kl_buf *out, kl_span headers)
{
    kl_span line, name, body;
    bool good;
    while (local_next_header(&headers, &line, &name, &body, &good))
        if (!stands_elsewhere(sip_hdr_id_of(name))) buf_add(out, line);
}

bool local_write(kl_ctx *ctx, const local_parts *parts, kl_span call_id, kl_buf *out)
{
    buf_clear(out);
    buf_add(out, parts->method);
    buf_addc(out, ' ');
    buf_add(out, parts->uri);
    add_line(out, SPAN(" SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK"), call_id);
    add_line(out, SPAN("To: "), parts->to);
    add_line(out, SPAN("From: "), parts->from);
    buf_add(out, SPAN("CSeq: "));
    buf_add(out, parts->cseq.s ? parts->cseq : FIRST_CSEQ);
    add_line(out, SPAN(" "), parts->method);
    add_line(out, SPAN("Call-ID: "), parts->call_id.s ? parts->call_id : call_id);
    route_set_write(&parts->routes, out);
    if (!parts->max_forwards) buf_add(out, SPAN("Max-Forwards: 70\r\n"));
    buf_add(out, SPAN("Content-Length: "));
    buf_addu(out, parts->body.n);
    buf_add(out, SPAN("\r\n"));
    if (ctx->server->server_signature) add_line(out, ctx->server->user_agent_header, SPAN(""));
    add_rest(out, parts->headers);
    buf_add(out, SPAN("\r\n"));
    buf_add(out, parts->body);
    return !out->failed;
}
