#include "challenge.h"

#include "digest_params.h"

kl_status sip_challenge_parse(kl_span body, sip_challenge *out, kl_error *err)
{
    sip_challenge found = {.scheme = SPAN_NULL};
    const digest_param known[] = {
        {SPAN("realm"), &found.realm},         {SPAN("nonce"), &found.nonce}, {SPAN("opaque"), &found.opaque},
        {SPAN("algorithm"), &found.algorithm}, {SPAN("qop"), &found.qop},     {SPAN("stale"), &found.stale},
    };
    const kl_status status = digest_params_parse(body, known, sizeof known / sizeof *known, &found.scheme, err);
    if (status != KL_OK) return status;
    if (found.realm.n == 0 || found.nonce.n == 0)
        return error_at(err, KL_EPARSE, (ptrdiff_t)body.n, "expected realm and nonce");
    *out = found;
    return KL_OK;
}
