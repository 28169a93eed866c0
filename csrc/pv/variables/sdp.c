/* sdp.c: $sdp(key), $sdpitval(iterator). "m0" is the last m= of the body, as in Kamailio. */
#include "base/text.h"
#include "sip/edit.h"
#include "pv/cache.h"
#include "variables.h"

enum { K_BODY, K_RAW, K_VERSION, K_ADDRESS, K_FAMILY, K_ORIGIN, K_STREAM, K_PORT, K_RTCP, K_AS, K_RR, K_RS };
static const char *const keys[] = {"body",   "raw",         "sess_version", "c:ip",    "c:af",    "o:ip",
                                   "m0:raw", "m0:rtp:port", "m0:rtcp:port", "m0:b:AS", "m0:b:RR", "m0:b:RS"};

enum { FAMILY_4 = 2, FAMILY_6 = 10 }; /* AF_INET and AF_INET6 of Linux, which Kamailio shows */

static bool parse_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, keys, COUNT(keys));
}

static kl_span digits_of(kl_span text)
{
    size_t n = 0;
    while (n < text.n && char_is(text.s[n], SPAN_DIGIT)) n++;
    return span_of(text.s, n);
}

/* RFC 8866 5.2 recommends NTP time stamps, which need more than 32 bits, and those of 64 more than an int has: those
 * are a text. */
static bool get_version(kl_span text, pv_value *out)
{
    int64_t number;
    pv_null(out);
    if (text.n == 0 || span_int_prefix(text, &number) != text.n) return true;
    if (number == INT64_MAX) pv_str(out, text);
    else pv_long(out, number);
    return true;
}

/* a=rtcp, else the port behind that of RTP, where there is one. */
static bool get_rtcp(kl_ctx *ctx, const sdp_stream *stream, pv_value *out)
{
    uint64_t port;
    const kl_span own = digits_of(sdp_value(stream->text, 'a', SPAN("rtcp")));
    if (own.n > 0) return variable_filled(out, own);
    pv_null(out);
    if (!span_uint(digits_of(stream->port), 65534, &port)) return true;
    pv_value number;
    pv_int(&number, (int64_t)port + 1);
    return variable_filled(out, pv_text(ctx, &number));
}

static bool get_of_stream(kl_ctx *ctx, const sdp_stream *stream, intptr_t key, pv_value *out)
{
    switch (key) {
    case K_STREAM: return variable_filled(out, stream->text);
    case K_PORT: return variable_filled(out, digits_of(stream->port));
    case K_RTCP: return get_rtcp(ctx, stream, out);
    case K_AS: return variable_filled(out, sdp_value(stream->text, 'b', SPAN("AS")));
    case K_RR: return variable_filled(out, sdp_value(stream->text, 'b', SPAN("RR")));
    default: return variable_filled(out, sdp_value(stream->text, 'b', SPAN("RS")));
    }
}

/* The address is that of the first stream, whose own c= goes before the session's (RFC 8866 5.7). */
static bool get_of_session(const sdp_session *session, intptr_t key, pv_value *out)
{
    switch (key) {
    case K_VERSION: return get_version(session->version, out);
    case K_ADDRESS: return variable_filled(out, session->streams->address);
    case K_FAMILY: pv_int(out, session->streams->family == 6 ? FAMILY_6 : FAMILY_4); return true;
    default: return variable_filled(out, session->origin);
    }
}

static bool get_sdp(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_sdp *sdp;
    (void)data;
    pv_null(out);
    if (msg_sdp(ctx->msg, &sdp) != SDP_GOOD) return true;
    if (param->key == K_BODY || param->key == K_RAW) {
        pv_str(out, sdp->text.n > 0 ? sdp->text : SPAN(""));
        return true;
    }
    if (!sdp->last) return true;
    return param->key >= K_STREAM ? get_of_stream(ctx, sdp->last->last, param->key, out)
                                  : get_of_session(sdp->last, param->key, out);
}

/* One more of a decimal number of any length, in ctx->scratch; .s NULL: there are other bytes than digits. */
static kl_span one_more(kl_ctx *ctx, kl_span number)
{
    char *text = digits_of(number).n == number.n ? arena_alloc(ctx->scratch, number.n + 1) : NULL;
    size_t at = number.n;
    if (!text) return SPAN_NULL;
    text_put(text + 1, number);
    for (; at > 0 && text[at] == '9'; at--) text[at] = '0';
    if (at > 0) text[at]++;
    else text[0] = '1';
    return at > 0 ? span_of(text + 1, number.n) : span_of(text, number.n + 1);
}

/* A session version has no sign: what comes as a negative int of 32 bits, from KSR.pv.seti, is one of 2^31 and more. */
static kl_span version_text(kl_ctx *ctx, kl_span old, int64_t i)
{
    pv_value number;
    if (i == -1) return one_more(ctx, old);
    if (i < INT32_MIN) return SPAN_NULL;
    pv_int(&number, i < 0 ? (int64_t)(uint32_t)i : i);
    return pv_text(ctx, &number);
}

/* sess_version only: -1 is one more than it is. */
static bool set_sdp(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    const sip_sdp *sdp;
    (void)data;
    if (param->key != K_VERSION || !(value->flags & PV_INT)) {
        ctx_misuse(ctx, KL_LOG_ERR, "$sdp(%s): only sess_version can be set, to an integer", keys[param->key]);
        return false;
    }
    if (msg_sdp(ctx->msg, &sdp) != SDP_GOOD || !sdp->last) return false;
    const kl_span text = version_text(ctx, sdp->last->version, value->i);
    return text.s && edit_replace(ctx->msg, sdp->last->version, text);
}

/* ---- $sdpitval */

static bool parse_iterator(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return param->name.n > 0;
}

static bool get_line(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    return variable_filled(out, sdp_iterator_line(ctx->pvs->kept.sdp_iterators, ctx->msg, param->name));
}

struct sdp_iterator *pv_sdp_iterators(pv_cache *cache) { return cache->kept.sdp_iterators; }

static const pv_class classes[] = {
    {"sdp", get_sdp, set_sdp, parse_key, 0, 0},
    {"sdpitval", get_line, NULL, parse_iterator, 0, 0},
};
CLASS_TABLE(pv_sdp_table);
