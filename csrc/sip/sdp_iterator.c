#include "sdp.h"

static bool name_good(kl_span name)
{
    return name.n > 0 && name.n < SDP_ITERATOR_NAME && !memchr(name.s, '\0', name.n);
}

static sdp_iterator *find(sdp_iterator *all, kl_span name)
{
    for (int i = 0; i < SDP_ITERATORS && name_good(name); i++)
        if (span_eq(name, span_text(all[i].name))) return &all[i];
    return NULL;
}

static sdp_iterator *claim(sdp_iterator *all, kl_span name)
{
    sdp_iterator *it = find(all, name);
    for (int i = 0; i < SDP_ITERATORS && !it && name_good(name); i++) {
        if (all[i].name[0]) continue;
        it = &all[i];
        memcpy(it->name, name.s, name.n);
    }
    return it;
}

/* NULL when nobody started it on these bytes. *text: what it walks over. */
static sdp_iterator *going(sdp_iterator *all, kl_msg *msg, kl_span name, kl_span *text)
{
    const sip_sdp *sdp;
    sdp_iterator *it = find(all, name);
    if (!it || it->generation != msg->generation || it->buf != msg->buf || msg_sdp(msg, &sdp) != SDP_GOOD) return NULL;
    *text = sdp->text;
    return it;
}

bool sdp_iterator_start(sdp_iterator *all, kl_msg *msg, kl_span name)
{
    const sip_sdp *sdp;
    sdp_iterator *it = claim(all, name);
    if (!it || msg_sdp(msg, &sdp) != SDP_GOOD || sdp->text.n == 0) return false;
    it->generation = msg->generation;
    it->buf = msg->buf;
    it->state = SDP_WALK_BEFORE;
    return true;
}

bool sdp_iterator_next(sdp_iterator *all, kl_msg *msg, kl_span name)
{
    kl_span text, line;
    sdp_iterator *it = going(all, msg, name, &text);
    if (!it || it->state == SDP_WALK_ENDED) return false;
    it->at = it->state == SDP_WALK_BEFORE ? 0 : it->at + it->n;
    text = span_from(text, it->at);
    it->state = sdp_line_next(&text, &line) ? SDP_WALK_ON : SDP_WALK_ENDED;
    it->n = line.n;
    return it->state == SDP_WALK_ON;
}

/* "End" puts it back to the start. A name stays known, also one whose start found no description. */
bool sdp_iterator_end(sdp_iterator *all, kl_span name)
{
    sdp_iterator *it = find(all, name);
    if (it) it->state = SDP_WALK_BEFORE;
    return it != NULL;
}

kl_span sdp_iterator_line(sdp_iterator *all, kl_msg *msg, kl_span name)
{
    kl_span text;
    const sdp_iterator *it = going(all, msg, name, &text);
    return it && it->state == SDP_WALK_ON ? span_of(text.s + it->at, it->n) : SPAN_NULL;
}
