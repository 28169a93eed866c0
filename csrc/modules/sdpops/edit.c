/* edit.c: what is cut out of a description. Nothing shows before the message is sent, or its changes are applied. */
#include "sip/edit.h"
#include "sdpops.h"

static bool media_wanted(const sdp_stream *stream, kl_span media)
{
    return media.n == 0 || span_eqi(stream->media, media);
}

/* "a=rtpmap:8 ...", fmtp or rtcp-fb: its payload type; .s NULL for other lines. */
static kl_span id_of_line(kl_span line)
{
    static const kl_span starts[] = {{"a=rtpmap:", 9}, {"a=fmtp:", 7}, {"a=rtcp-fb:", 10}};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (!span_startsi(line, starts[i])) continue;
        const kl_span rest = span_from(line, starts[i].n);
        const char *blank = span_find(rest, ' ');
        return blank ? span_between(rest.s, blank) : SPAN_NULL;
    }
    return SPAN_NULL;
}

/* ---- codecs */

/* Of the m= line, with the blank before it; the first where it stands twice, as in Kamailio. */
static bool cut_format(kl_ctx *ctx, const sdp_stream *stream, kl_span id)
{
    const char *at = sdpops_find(stream->formats, id, ' ');
    return !at || edit_cut(ctx->msg, span_of(at - 1, id.n + 1));
}

static bool contains(kl_span ids, kl_span id)
{
    kl_span item;
    while (sdpops_item(&ids, &item))
        if (span_eq(item, id)) return true;
    return false;
}

static bool remove_from(kl_ctx *ctx, const sdp_stream *stream, kl_span ids)
{
    kl_span rest = ids, id, line;
    while (sdpops_item(&rest, &id))
        if (!cut_format(ctx, stream, id)) return false;
    rest = stream->text;
    while (sdp_line_next(&rest, &line)) {
        id = id_of_line(line);
        if (id.n > 0 && contains(ids, id) && !edit_cut(ctx->msg, line)) return false;
    }
    return true;
}

static kl_span next_format(kl_span *rest)
{
    size_t n = 0;
    while (rest->n > 0 && rest->s[0] == ' ') *rest = span_from(*rest, 1);
    while (n < rest->n && rest->s[n] != ' ') n++;
    const kl_span found = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return found;
}

/* Only what the m= line names goes. */
static bool keep_in(kl_ctx *ctx, const sdp_stream *stream, kl_span ids)
{
    kl_span rest = stream->formats, line;
    for (kl_span id = next_format(&rest); id.n > 0; id = next_format(&rest))
        if (!sdpops_find(ids, id, ',') && !cut_format(ctx, stream, id)) return false;
    rest = stream->text;
    while (sdp_line_next(&rest, &line)) {
        const kl_span id = id_of_line(line);
        const bool goes = id.n > 0 && !sdpops_find(ids, id, ',') && sdpops_find(stream->formats, id, ' ');
        if (goes && !edit_cut(ctx->msg, line)) return false;
    }
    return true;
}

typedef bool (*stream_edit)(kl_ctx *ctx, const sdp_stream *stream, kl_span ids);

static int each(kl_ctx *ctx, const sip_sdp *sdp, stream_edit edit, kl_span ids, kl_span media)
{
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk))
        if (media_wanted(stream, media) && !edit(ctx, stream, ids)) return -1;
    return 0;
}

static int by_id(kl_ctx *ctx, const kl_value *args, stream_edit edit)
{
    const sip_sdp *sdp;
    return sdpops_read(ctx, &sdp) == SDP_GOOD ? each(ctx, sdp, edit, args[0].s, args[1].s) : -1;
}

static int by_name(kl_ctx *ctx, const kl_value *args, stream_edit edit)
{
    const sip_sdp *sdp;
    kl_span ids;
    if (sdpops_read(ctx, &sdp) != SDP_GOOD || !sdpops_ids_of(ctx, sdp, args[0].s, &ids) || ids.n == 0) return -1;
    return each(ctx, sdp, edit, ids, args[1].s);
}

KSR_FN(sdpops_remove_codecs_by_id) { return by_id(ctx, args, remove_from); }

KSR_FN(sdpops_remove_codecs_by_name) { return by_name(ctx, args, remove_from); }

KSR_FN(sdpops_keep_codecs_by_id) { return by_id(ctx, args, keep_in); }

KSR_FN(sdpops_keep_codecs_by_name) { return by_name(ctx, args, keep_in); }

/* ---- lines and streams: how many */

static int cut_lines(kl_ctx *ctx, kl_span text, kl_span prefix)
{
    int count = 0;
    kl_span line;
    while (prefix.n > 0 && sdp_line_next(&text, &line)) {
        if (!span_starts(line, prefix)) continue;
        if (!edit_cut(ctx->msg, line)) return -1;
        count++;
    }
    return count;
}

KSR_FN(sdpops_remove_line_by_prefix)
{
    const sip_sdp *sdp;
    int count = 0;
    if (sdpops_read(ctx, &sdp) != SDP_GOOD) return -1;
    if (sdp->text.n == 0) return -1;
    if (args[1].s.n == 0) return cut_lines(ctx, sdp->text, args[0].s);
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk)) {
        const int more = span_eqi(stream->media, args[1].s) ? cut_lines(ctx, stream->text, args[0].s) : 0;
        if (more < 0) return -1;
        count += more;
    }
    return count;
}

KSR_FN(sdpops_remove_media)
{
    const sip_sdp *sdp;
    int count = 0;
    const sdp_status status = sdpops_read(ctx, &sdp);
    if (status != SDP_GOOD) return status == SDP_NO_BODY ? 0 : -1;
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk)) {
        if (!span_eqi(stream->media, args[0].s)) continue;
        if (!edit_cut(ctx->msg, stream->text)) return -1;
        count++;
    }
    return count;
}
