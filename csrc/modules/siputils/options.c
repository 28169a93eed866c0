#include "siputils.h"

#include "base/text.h"
#include "proxy/stateless.h"
#include "sip/build.h"
#include "sip/edit.h"

/* Headers of the reply and where their bodies come from; an empty body is a header all the same. */
static const struct {
    const char *name;
    size_t body;
} headers[] = {
    {"Accept: ", offsetof(siputils_state, options_accept)},
    {"Accept-Encoding: ", offsetof(siputils_state, options_accept_encoding)},
    {"Accept-Language: ", offsetof(siputils_state, options_accept_language)},
    {"Supported: ", offsetof(siputils_state, options_support)},
};
enum { HEADERS = sizeof headers / sizeof *headers };

static kl_span body_of(const siputils_state *state, size_t i)
{
    return *(const kl_span *)(const void *)((const char *)state + headers[i].body);
}

static bool add_headers(kl_ctx *ctx, const siputils_state *state)
{
    size_t size = 0;
    for (size_t i = 0; i < HEADERS; i++) size += strlen(headers[i].name) + body_of(state, i).n + 2;
    char *text = arena_alloc(ctx->scratch, size), *at = text;
    if (!text) return false;
    for (size_t i = 0; i < HEADERS; i++)
        at = text_put(text_put(text_put(at, span_text(headers[i].name)), body_of(state, i)), SPAN("\r\n"));
    return edit_reply(ctx->msg, span_between(text, at));
}

static int refuse(kl_ctx *ctx, const char *why)
{
    log_print(ctx, KL_LOG_ERR, "options_reply: %s", why);
    return -1;
}

KSR_FN(siputils_options_reply)
{
    if (!ctx->msg->is_request || ctx->msg->method_id != SIP_OPTIONS) return refuse(ctx, "this is no OPTIONS request");
    const sip_uri *uri = msg_ruri(ctx->msg);
    if (!uri) return refuse(ctx, "the Request-URI cannot be parsed");
    if (!span_empty(uri->user)) return refuse(ctx, "the Request-URI names a user, who is to be asked");
    if (!add_headers(ctx, module_state(ctx, MOD_SIPUTILS))) return refuse(ctx, "out of memory");
    return stateless_reply(ctx, 200, SPAN("OK")) == 1 ? 1 : -1;
}

void siputils_init(void *opaque)
{
    siputils_state *state = opaque;
    state->options_accept = SPAN("*/*");
    state->options_accept_language = SPAN("en");
}
