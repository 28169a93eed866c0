/* codec.c: payload types and their names. */
#include "sdpops.h"

bool sdpops_item(kl_span *rest, kl_span *item)
{
    const char *start = rest->s, *const end = span_end(*rest);
    while (start < end && char_is(*start, SPAN_WS)) start++;
    const char *comma = start;
    while (comma < end && *comma != ',') comma++;
    *item = span_between(start, comma);
    *rest = comma < end ? span_between(comma + 1, end) : span_of(end, 0);
    return item->n > 0;
}

const char *sdpops_find(kl_span text, kl_span item, char delimiter)
{
    const char *end = span_end(text), *at = item.n > 0 ? span_search(text, item) : NULL;
    while (at) {
        const char *behind = at + item.n;
        if ((at == text.s || at[-1] == delimiter) && (behind == end || *behind == delimiter)) return at;
        at = span_search(span_between(at + 1, end), item);
    }
    return NULL;
}

/* ---- names */

/* RFC 3551, table 4: those that need no a=rtpmap. */
#define TYPE(name, ids) {{name, sizeof name - 1}, {ids, sizeof ids - 1}}
static const struct {
    kl_span name, ids;
} known[] = {
    TYPE("PCMU", "0"), TYPE("GSM", "3"),   TYPE("G723", "4"),    TYPE("DVI4", "5,6,16,17"), TYPE("LPC", "7"),
    TYPE("PCMA", "8"), TYPE("G722", "9"),  TYPE("L16", "10,11"), TYPE("QCELP", "12"),       TYPE("CN", "13"),
    TYPE("MPA", "14"), TYPE("G728", "15"), TYPE("G729", "18"),
};

static void add_ids(kl_buf *ids, kl_span more)
{
    if (ids->n > 0) buf_addc(ids, ',');
    buf_add(ids, more);
}

static bool add_known(kl_buf *ids, kl_span name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (name.n != known[i].name.n || !span_eqi(name, known[i].name)) continue;
        add_ids(ids, known[i].ids);
        return true;
    }
    return false;
}

static void add_mapped(kl_buf *ids, const sip_sdp *sdp, kl_span name)
{
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk))
        for (const sdp_rtpmap *map = stream->rtpmaps; map; map = map->next)
            if (map->name.n == name.n && span_eqi(map->name, name) && sdpops_find(stream->formats, map->id, ' '))
                add_ids(ids, map->id);
}

bool sdpops_ids_of(kl_ctx *ctx, const sip_sdp *sdp, kl_span names, kl_span *out)
{
    kl_buf *ids = &sdpops_state_of(ctx)->ids;
    kl_span name;
    buf_clear(ids);
    while (sdpops_item(&names, &name))
        if (!add_known(ids, name)) add_mapped(ids, sdp, name);
    *out = buf_span(ids);
    return !ids->failed;
}

/* ---- questions */

/* 1 all, 2 some, 0 none of the ids in the streams. */
static int find_ids(const sip_sdp *sdp, kl_span ids)
{
    bool found = false, missed = false;
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk)) {
        kl_span rest = ids, id;
        while (sdpops_item(&rest, &id)) *(sdpops_find(stream->formats, id, ' ') ? &found : &missed) = true;
    }
    return !found ? 0 : missed ? 2 : 1;
}

KSR_FN(sdpops_with_codecs_by_id)
{
    const sip_sdp *sdp;
    return sdpops_read(ctx, &sdp) == SDP_GOOD ? find_ids(sdp, args[0].s) : -1;
}

KSR_FN(sdpops_with_codecs_by_name)
{
    const sip_sdp *sdp;
    kl_span ids;
    if (sdpops_read(ctx, &sdp) != SDP_GOOD || !sdpops_ids_of(ctx, sdp, args[0].s, &ids)) return -1;
    const int result = find_ids(sdp, ids);
    return result == 0 ? -1 : result;
}
