/* Any bytes as a URI, and as a Request-URI whose parts are then replaced. */
#include "fuzz.h"

#include <stddef.h>

static void parts_lie_in_it(const sip_uri *uri, kl_span text)
{
    const kl_span parts[] = {uri->user,    uri->password,    uri->host,      uri->port,       uri->params,
                             uri->headers, uri->user_params, uri->transport, uri->user_param, uri->method,
                             uri->maddr,   uri->ttl,         uri->lr,        uri->r2,         uri->gr};
    FUZZ_CHECK(span_eq(uri->text, text) && uri->scheme != SIP_URI_ERROR);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        FUZZ_CHECK(fuzz_within(parts[i], text));
        fuzz_touch(parts[i]);
    }
}

static void params_are_found(const sip_uri *uri)
{
    kl_span value;
    sip_param_find(uri->params, ';', SPAN("lr"), &value);
    sip_param_find(uri->headers, '&', SPAN("replaces"), &value);
    sip_param_find(uri->params, ';', uri->user, &value);
}

static void has(kl_msg *msg, bool set, kl_span text, size_t part)
{
    const sip_uri *uri = msg_ruri(msg);
    if (set && uri) FUZZ_CHECK(span_eq(*(const kl_span *)((const char *)uri + part), text));
}

/* What comes out need not be a URI: a host may stand there alone that may not stand behind an @. One that would end the
 * start line is refused. */
static void parts_are_replaced(kl_span text)
{
    kl_msg *msg = kl_msg_new(0);
    fuzz_parse(msg, SPAN_NULL, KL_PROTO_UDP);
    FUZZ_CHECK(msg_set_uri(msg, text) == build_is_line(text));
    if (!build_is_line(text)) {
        kl_msg_free(msg);
        return;
    }
    FUZZ_CHECK(msg_ruri(msg) != NULL);
    has(msg, msg_set_user(msg, SPAN("carol")), SPAN("carol"), offsetof(sip_uri, user));
    has(msg, msg_set_host(msg, SPAN("h.example")), SPAN("h.example"), offsetof(sip_uri, host));
    has(msg, msg_set_port(msg, SPAN("99")), SPAN("99"), offsetof(sip_uri, port));
    msg_set_port(msg, SPAN(""));
    kl_span built;
    FUZZ_CHECK(kl_msg_build(msg, &built) == KL_OK);
    kl_msg_free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const kl_span text = span_of((const char *)data, size);
    sip_uri uri;
    kl_error err;
    if (sip_uri_parse(text, &uri, &err) != KL_OK) {
        FUZZ_CHECK(err.offset >= -1 && err.offset <= (int64_t)size);
        return 0;
    }
    parts_lie_in_it(&uri, text);
    params_are_found(&uri);
    parts_are_replaced(text);
    return 0;
}
