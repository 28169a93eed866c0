/* sdpops.c: KSR.sdpops.*: what a session description holds, and less of it. Edits are in sdpops/edit.c. */
#include "sdpops.h"

#include "pv/pv.h"

#define MOST_PRINTED 4000 /* bytes of a description in the log */

sdp_status sdpops_read(kl_ctx *ctx, const sip_sdp **out)
{
    const sdp_status status = msg_sdp(ctx->msg, out);
    if (status == SDP_BAD) log_print(ctx, KL_LOG_ERR, "%s: Unable to parse sdp", ctx->row->name);
    return status;
}

const sdp_stream *sdpops_next(sdpops_walk *walk)
{
    const sdp_stream *next = walk->stream ? walk->stream->next : walk->session ? walk->session->streams : NULL;
    while (!next && walk->session) {
        walk->session = walk->session->next;
        next = walk->session ? walk->session->streams : NULL;
    }
    walk->stream = next;
    return next;
}

static int truth(bool yes) { return yes ? 1 : -1; }

/* ---- questions about streams */

typedef bool (*stream_test)(const sdp_stream *stream, kl_span what);

static bool is_media(const sdp_stream *stream, kl_span type) { return span_eqi(stream->media, type); }

/* A port that is no number counts as 0. */
static bool is_active(const sdp_stream *stream, kl_span type)
{
    int64_t port = 0;
    span_int_prefix(stream->port, &port);
    return is_media(stream, type) && port != 0 && !stream->inactive;
}

static bool is_transport(const sdp_stream *stream, kl_span name) { return span_eqi(stream->transport, name); }

static bool is_like(const sdp_stream *stream, kl_span part)
{
    return part.n > 0 && span_search(stream->transport, part) != NULL;
}

static bool any(const sip_sdp *sdp, stream_test test, kl_span what)
{
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk))
        if (test(stream, what)) return true;
    return false;
}

/* 0 where nothing is found. */
static KSR_FN(with_media)
{
    const sip_sdp *sdp;
    const sdp_status status = sdpops_read(ctx, &sdp);
    if (status != SDP_GOOD) return status == SDP_NO_BODY ? 0 : -1;
    return any(sdp, ctx->row->data ? is_active : is_media, args[0].s);
}

static KSR_FN(with_transport)
{
    const sip_sdp *sdp;
    return truth(sdpops_read(ctx, &sdp) == SDP_GOOD && any(sdp, ctx->row->data ? is_like : is_transport, args[0].s));
}

/* ---- text put into an $avp */

static const pv_spec *avp_of(kl_ctx *ctx, kl_span name)
{
    const pv_spec *spec = pv_lookup(ctx, name);
    if (spec && pv_is_avp(spec)) return spec;
    log_print(ctx, KL_LOG_ERR, "%s: malformed or non AVP definition", ctx->row->name);
    return NULL;
}

static int give(kl_ctx *ctx, const pv_spec *avp, kl_span text)
{
    pv_value value;
    pv_str(&value, text.n > 0 ? text : SPAN(""));
    return truth(pv_set(ctx, avp, &value));
}

/* -2 when there are several. */
static KSR_FN(transport)
{
    const sip_sdp *sdp;
    const pv_spec *avp = avp_of(ctx, args[0].s);
    const sdp_status status = avp ? sdpops_read(ctx, &sdp) : SDP_BAD;
    if (status != SDP_GOOD) return truth(status == SDP_NO_BODY);
    sdpops_walk walk = {sdp->sessions, NULL};
    const sdp_stream *first = sdpops_next(&walk);
    for (const sdp_stream *stream = first; stream; stream = sdpops_next(&walk))
        if (!is_transport(stream, first->transport)) return -2;
    return first ? give(ctx, avp, first->transport) : 1;
}

static KSR_FN(get)
{
    const sip_sdp *sdp;
    const pv_spec *avp = avp_of(ctx, args[0].s);
    const sdp_status status = avp ? sdpops_read(ctx, &sdp) : SDP_BAD;
    if (status != SDP_GOOD) return status == SDP_NO_BODY ? -2 : -1;
    return give(ctx, avp, sdp->text);
}

static kl_span without_crlf(kl_span line)
{
    if (line.n >= 2 && line.s[line.n - 2] == '\r' && line.s[line.n - 1] == '\n') line.n -= 2;
    return line;
}

/* A line that ends with a lone LF keeps it, as in Kamailio. */
static KSR_FN(get_line)
{
    const sip_sdp *sdp;
    const pv_spec *avp = avp_of(ctx, args[0].s);
    const sdp_status status = avp && args[1].s.n > 0 ? sdpops_read(ctx, &sdp) : SDP_BAD;
    if (status != SDP_GOOD) return status == SDP_NO_BODY ? -2 : -1;
    kl_span rest = sdp->text, line;
    while (sdp_line_next(&rest, &line))
        if (line.n > 1 && line.s[1] == '=' && span_starts(line, args[1].s)) return give(ctx, avp, without_crlf(line));
    return -1;
}

/* ---- questions about the body */

static KSR_FN(content)
{
    const sip_sdp *sdp;
    return truth(msg_sdp(ctx->msg, &sdp) == SDP_GOOD);
}

static KSR_FN(content_flags) { return args[0].i == 0 ? content(ctx, args, out) : truth(sdp_is_claimed(ctx->msg)); }

/* In any body. */
static KSR_FN(with_ice)
{
    return truth(ctx->msg->body.n > 0 && span_search(ctx->msg->body, SPAN("a=candidate")) != NULL);
}

static KSR_FN(address_family)
{
    const sip_sdp *sdp;
    if (sdpops_read(ctx, &sdp) != SDP_GOOD || !sdp->last) return -1;
    return sdp->last->family ? sdp->last->family : sdp->last->streams->family;
}

static KSR_FN(print)
{
    const sip_sdp *sdp;
    const sdp_status status = sdpops_read(ctx, &sdp);
    if (status != SDP_GOOD) return truth(status == SDP_NO_BODY);
    const int level = args[0].i < KL_LOG_ALERT ? KL_LOG_ALERT : args[0].i > KL_LOG_DBG ? KL_LOG_DBG : (int)args[0].i;
    const size_t n = sdp->text.n > MOST_PRINTED ? MOST_PRINTED : sdp->text.n;
    log_print(ctx, level, "sdp_print: %.*s", (int)n, n > 0 ? sdp->text.s : "");
    return 1;
}

#define MODULE_ROWS "modules/sdpops/rows.def"
#include "modules/rows.h"

static void init(void *state) { buf_init(&((sdpops_state *)state)->ids); }

static void done(void *state) { buf_free(&((sdpops_state *)state)->ids); }

const kl_module sdpops_module = {.name = "sdpops",
                                 .rows = rows,
                                 .row_count = sizeof rows / sizeof *rows,
                                 .state_size = sizeof(sdpops_state),
                                 .scratch_size = sizeof(sdpops_state),
                                 .init = init,
                                 .done = done};
