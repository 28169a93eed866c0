/* sdpops.h: KSR.sdpops.*, in files by topic. Private to them. */
#ifndef KL_MODULES_SDPOPS_H
#define KL_MODULES_SDPOPS_H

#include "sip/sdp.h"
#include "modules/modules.h"

typedef struct sdpops_state {
    kl_buf ids; /* payload types that names stand for */
} sdpops_state;

static inline sdpops_state *sdpops_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_SDPOPS); }

/* Logs when the body is none. */
sdp_status sdpops_read(kl_ctx *ctx, const sip_sdp **out);

/* All streams of all sessions. */
typedef struct sdpops_walk {
    const sdp_session *session;
    const sdp_stream *stream;
} sdpops_walk;
/* Starts with {sdp->sessions, NULL}; NULL at the end. */
const sdp_stream *sdpops_next(sdpops_walk *walk);

/* sdpops/codec.c */
/* One name or id of a list as Kamailio cuts it: blanks before it go, commas end it, an empty one ends the list. */
bool sdpops_item(kl_span *rest, kl_span *item);
/* Place of an item between delimiters (or the ends); NULL when there is none. */
const char *sdpops_find(kl_span text, kl_span item, char delimiter);
/* The ids of names, joined by commas: by RFC 3551, else by the a=rtpmap lines here. An empty one: none is known. False:
 * memory ended. */
bool sdpops_ids_of(kl_ctx *ctx, const sip_sdp *sdp, kl_span names, kl_span *out);

#endif
