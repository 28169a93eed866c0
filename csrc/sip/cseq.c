#include "msg.h"
#include "param.h"

static const char *word_end(const char *p, const char *end)
{
    while (p < end && !char_is(*p, SPAN_WS)) p++;
    return p;
}

/* RFC 3261 20.16: number LWS method, folds allowed (Kamailio takes blanks alone). Any word may stand for the number, as
 * there. */
kl_status sip_cseq_parse(kl_span body, sip_cseq *out, kl_error *err)
{
    const char *end = span_end(body), *number = sip_skip_blanks(body.s, end), *number_end = word_end(number, end);
    const char *method = sip_skip_blanks(number_end, end), *method_end = word_end(method, end);
    const char *rest = sip_skip_blanks(method_end, end);
    uint64_t value = 0;
    if (number == number_end) return error_at(err, KL_EPARSE, number - body.s, "expected a sequence number");
    if (method == method_end)
        return error_at(err, KL_EPARSE, method - body.s, "expected a method behind the sequence number");
    if (rest < end) return error_at(err, KL_EPARSE, rest - body.s, "expected nothing behind the method");
    out->number = span_between(number, number_end);
    out->method = span_between(method, method_end);
    out->value = span_uint(out->number, UINT32_MAX, &value) ? (uint32_t)value : 0;
    out->method_id = sip_method_ofi(out->method);
    return KL_OK;
}
