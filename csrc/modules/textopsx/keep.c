/* keep.c: patterns of header names, and patterns of texts. */
#include <fnmatch.h>

#include "sip/edit.h"
#include "textopsx.h"

static bool always_kept(uint16_t id)
{
    switch (id) {
    case SIP_HDR_FROM: case SIP_HDR_TO: case SIP_HDR_CALL_ID: case SIP_HDR_CSEQ: case SIP_HDR_VIA: case SIP_HDR_CONTACT: case SIP_HDR_CONTENT_LENGTH:
    case SIP_HDR_CONTENT_TYPE: case SIP_HDR_ROUTE: case SIP_HDR_RECORD_ROUTE: case SIP_HDR_MAX_FORWARDS:
        return true;
    default:
        return false;
    }
}

/* A copy that ends with a NUL, as the C library wants it. */
static const char *c_text(kl_ctx *ctx, kl_span text) { return arena_copy(ctx->scratch, text).s; }

static bool matches(kl_ctx *ctx, const regex_t *regex, kl_span name)
{
    const char *text = regex ? c_text(ctx, name) : NULL;
    return text && regexec(regex, text, 0, NULL, 0) == 0;
}

static void keep(kl_ctx *ctx, const regex_t *regex)
{
    for (const sip_hdr *hdr = ctx->msg->hdrs, *end = hdr + ctx->msg->hdr_count; hdr < end; hdr++)
        if (!always_kept(hdr->id) && !matches(ctx, regex, hdr->name)) edit_remove(ctx->msg, hdr);
}

/* Compiled once as long as scripts ask for the same one. */
static const regex_t *compiled(kl_ctx *ctx, kl_span pattern)
{
    textopsx_state *state = textopsx_state_of(ctx);
    if (state->regex_made && span_eq(pattern, buf_span(&state->pattern))) return &state->regex;
    if (state->regex_made) regfree(&state->regex);
    state->regex_made = false;
    buf_clear(&state->pattern);
    buf_add(&state->pattern, pattern);
    const char *text = c_text(ctx, pattern);
    if (state->pattern.failed || !text || regcomp(&state->regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0) return NULL;
    state->regex_made = true;
    return &state->regex;
}

/* Both answer -1 whatever they did, as Kamailio's do. */
int textopsx_keep_hf(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    keep(ctx, NULL);
    return -1;
}

int textopsx_keep_hf_re(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span pattern = args[0].s;
    const regex_t *regex = span_empty(pattern) ? NULL : compiled(ctx, pattern);
    if (regex || span_empty(pattern)) keep(ctx, regex);
    else log_print(ctx, KL_LOG_ERR, "keep_hf_re: not a regular expression: %.*s", (int)(pattern.n > 128 ? 128 : pattern.n), pattern.s);
    return -1;
}

/* 0 is a match. The flags of fnmatch_ex do nothing, as in a Kamailio without that extension. */
int textopsx_fnmatch(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    if (!args[0].s.s || !args[1].s.s) return -1;
    const char *text = c_text(ctx, args[0].s), *pattern = c_text(ctx, args[1].s);
    return text && pattern && fnmatch(pattern, text, 0) == 0 ? 0 : -1;
}
