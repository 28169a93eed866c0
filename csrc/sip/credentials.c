#include "digest_params.h"
#include "msg.h"

/* Both sides of the @ must be there to count. */
static void split_username(sip_credentials *out)
{
    const char *at = span_find(out->username, '@'), *end = span_end(out->username);
    out->user = out->username;
    if (!at || at == out->username.s || at + 1 == end) return;
    out->user = span_between(out->username.s, at);
    out->domain = span_between(at + 1, end);
}

kl_status sip_credentials_parse(kl_span body, sip_credentials *out, kl_error *err)
{
    sip_credentials found = {.scheme = SPAN_NULL};
    const digest_param known[] = {
        {SPAN("username"), &found.username}, {SPAN("realm"), &found.realm},
        {SPAN("nonce"), &found.nonce},       {SPAN("uri"), &found.uri},
        {SPAN("response"), &found.response}, {SPAN("algorithm"), &found.algorithm},
        {SPAN("cnonce"), &found.cnonce},     {SPAN("opaque"), &found.opaque},
        {SPAN("qop"), &found.qop},           {SPAN("nc"), &found.nc},
    };
    const kl_status status = digest_params_parse(body, known, sizeof known / sizeof *known, &found.scheme, err);
    if (status != KL_OK) return status;
    split_username(&found);
    *out = found;
    return KL_OK;
}
