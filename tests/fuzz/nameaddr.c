/* Any bytes as the body of From, To, Contact, Route, an Authorization and a CSeq. */
#include "fuzz.h"

#include "sip/ip.h"

static void lies_in(const sip_nameaddr *na, kl_span text)
{
    const kl_span parts[] = {na->text, na->display, na->uri, na->params, na->tag, na->q, na->expires};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        FUZZ_CHECK(fuzz_within(parts[i], text));
        fuzz_touch(parts[i]);
    }
}

static void one(kl_span text)
{
    sip_nameaddr na;
    kl_error err;
    if (sip_nameaddr_parse(text, &na, &err) == KL_OK) lies_in(&na, text);
    else FUZZ_CHECK(err.offset >= 0 && err.offset <= (int64_t)text.n);
}

static void many(kl_span text)
{
    sip_nameaddr na;
    kl_span rest = text, element;
    for (size_t left = rest.n + 1; sip_nameaddr_next(&rest, &na, NULL) == KL_OK; left = rest.n) {
        FUZZ_CHECK(rest.n < left);
        lies_in(&na, text);
    }
    rest = text;
    for (size_t left = rest.n + 1; sip_list_next(&rest, &element); left = rest.n)
        FUZZ_CHECK(rest.n < left && fuzz_within(element, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const kl_span text = span_of((const char *)data, size);
    sip_credentials credentials;
    sip_cseq cseq;
    sip_ip ip;
    char address[46];
    one(text);
    many(text);
    if (sip_credentials_parse(text, &credentials, NULL) == KL_OK) {
        FUZZ_CHECK(fuzz_within(credentials.username, text) && fuzz_within(credentials.domain, text));
        fuzz_touch(credentials.response);
    }
    if (sip_cseq_parse(text, &cseq, NULL) == KL_OK)
        FUZZ_CHECK(fuzz_within(cseq.number, text) && fuzz_within(cseq.method, text));
    if (ip_parse(text, &ip)) {
        sip_ip again;
        FUZZ_CHECK(ip_parse(span_of(address, ip_format(&ip, address)), &again) && ip_eq(&ip, &again));
    }
    return 0;
}
