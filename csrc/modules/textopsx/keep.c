/* keep.c: patterns of header names, and patterns of texts. */
#include <fnmatch.h>

#include "core/expression.h"
#include "sip/edit.h"
#include "textopsx.h"

static bool always_kept(uint16_t id)
{
    switch (id) {
    case SIP_HDR_FROM:
    case SIP_HDR_TO:
    case SIP_HDR_CALL_ID:
    case SIP_HDR_CSEQ:
    case SIP_HDR_VIA:
    case SIP_HDR_CONTACT:
    case SIP_HDR_CONTENT_LENGTH:
    case SIP_HDR_CONTENT_TYPE:
    case SIP_HDR_ROUTE:
    case SIP_HDR_RECORD_ROUTE:
    case SIP_HDR_MAX_FORWARDS: return true;
    default: return false;
    }
}

/* A copy that ends with a NUL, as the C library wants it. */
static const char *c_text(kl_ctx *ctx, kl_span text) { return arena_copy(ctx->scratch, text).s; }

static void keep(kl_ctx *ctx, kl_regex *regex)
{
    for (unsigned i = 0; i < ctx->msg->hdr_count; i++) {
        const sip_hdr *hdr = &ctx->msg->hdrs[i];
        if (!always_kept(hdr->id) && !(regex && expression_matches(ctx, regex, hdr_name(hdr))))
            edit_remove(ctx->msg, hdr);
    }
}

/* Both answer -1 whatever they did, as Kamailio's do. */
KSR_FN(textopsx_keep_hf)
{
    keep(ctx, NULL);
    return -1;
}

KSR_FN(textopsx_keep_hf_re)
{
    const kl_span pattern = args[0].s;
    kl_regex *regex = span_empty(pattern) ? NULL : expression_use(ctx, pattern, REGEX_ICASE);
    if (regex || span_empty(pattern)) keep(ctx, regex);
    return -1;
}

/* 0 is a match. The flags of fnmatch_ex do nothing, as in a Kamailio without that extension. */
KSR_FN(textopsx_fnmatch)
{
    if (!args[0].s.s || !args[1].s.s) return -1;
    const char *text = c_text(ctx, args[0].s), *pattern = c_text(ctx, args[1].s);
    return text && pattern && fnmatch(pattern, text, 0) == 0 ? 0 : -1;
}
