/* codec.c: payload types and their names. */
#include "sdpops.h"

bool sdpops_item(kl_span *rest, kl_span *item)
{
    while (rest->n > 0 && char_is(rest->s[0], SPAN_WS)) *rest = span_from(*rest, 1);
    const char *comma = rest->n > 0 ? span_find(*rest, ',') : NULL;
    *item = comma ? span_between(rest->s, comma) : *rest;
    *rest = span_from(*rest, comma ? item->n + 1 : item->n);
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
static const struct { const char *name, *ids; } known[] = {
    {"PCMU", "0"}, {"GSM", "3"}, {"G723", "4"}, {"DVI4", "5,6,16,17"}, {"LPC", "7"}, {"PCMA", "8"}, {"G722", "9"}, {"L16", "10,11"}, {"QCELP", "12"},
    {"CN", "13"}, {"MPA", "14"}, {"G728", "15"}, {"G729", "18"},
};

static void add_ids(kl_buf *ids, kl_span more)
{
    if (ids->n > 0) buf_addc(ids, ',');
    buf_add(ids, more);
}

static bool add_known(kl_buf *ids, kl_span name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!span_eqi(name, span_text(known[i].name))) continue;
        add_ids(ids, span_text(known[i].ids));
        return true;
    }
    return false;
}

/* "a=rtpmap:ID NAME/rate". */
static bool read_rtpmap(kl_span line, kl_span *id, kl_span *name)
{
    if (!span_startsi(line, SPAN("a=rtpmap:"))) return false;
    const kl_span rest = span_from(line, 9);
    const char *blank = span_find(rest, ' ');
    if (!blank) return false;
    *id = span_between(rest.s, blank);
    *name = span_from(rest, id->n + 1);
    const char *slash = span_find(*name, '/');
    if (slash) *name = span_between(name->s, slash);
    return slash != NULL && id->n > 0;
}

static void add_mapped(kl_buf *ids, const sip_sdp *sdp, kl_span name)
{
    sdpops_walk walk = {sdp->sessions, NULL};
    for (const sdp_stream *stream = sdpops_next(&walk); stream; stream = sdpops_next(&walk)) {
        kl_span rest = stream->text, line, id, found;
        while (sdp_line_next(&rest, &line))
            if (read_rtpmap(line, &id, &found) && span_eqi(found, name) && sdpops_find(stream->formats, id, ' ')) add_ids(ids, id);
    }
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

int sdpops_with_codecs_by_id(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    const sip_sdp *sdp;
    (void)out;
    return sdpops_read(ctx, &sdp) == SDP_GOOD ? find_ids(sdp, args[0].s) : -1;
}

int sdpops_with_codecs_by_name(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    const sip_sdp *sdp;
    kl_span ids;
    (void)out;
    if (sdpops_read(ctx, &sdp) != SDP_GOOD || !sdpops_ids_of(ctx, sdp, args[0].s, &ids)) return -1;
    const int result = find_ids(sdp, ids);
    return result == 0 ? -1 : result;
}
