#include "redirect.h"

#include "base/text.h"
#include "sip/edit.h"

typedef struct contact {
    kl_span uri, path;
    int q;
    uint32_t flags;
} contact;

/* What a header value in a URI may show as it is, RFC 3261 25.1 (hnv-unreserved, unreserved). */
static bool shows_itself(char c) { return char_is(c, SPAN_UNRESERVED) || (c && strchr("[]/?:+$", c)); }

static char *put_route(char *at, kl_span uri, kl_span path)
{
    at = text_put(at, span_find(uri, '?') ? SPAN("&Route=") : SPAN("?Route="));
    for (size_t i = 0; i < path.n; i++) {
        if (shows_itself(path.s[i])) at = text_putc(at, path.s[i]);
        else at = text_put_hex_digits(text_putc(at, '%'), (unsigned char)path.s[i], 2);
    }
    return at;
}

static char *put_contact(char *at, const contact *c, bool first, int rich)
{
    at = text_put(at, first ? SPAN("Contact: <") : SPAN(", <"));
    at = text_put(at, c->uri);
    if ((rich & REDIRECT_PATH) && !span_empty(c->path)) at = put_route(at, c->uri, c->path);
    at = text_put(at, SPAN(">"));
    if (c->q >= 0) at = text_put_q(text_put(at, SPAN(";q=")), c->q);
    if (rich & REDIRECT_FLAGS) at = text_put_uint(text_put(at, SPAN(";flags=")), c->flags);
    return at;
}

static size_t contacts_of(const kl_msg *msg, contact *contacts)
{
    size_t n = 0;
    if (msg->new_uri.s) contacts[n++] = (contact){msg->new_uri, msg->path_vec, msg->ruri_q, msg->bflags};
    for (int i = 0; i < msg->branch_count; i++) {
        const sip_branch *branch = msg_branch(msg, i);
        contacts[n++] = (contact){branch->uri, branch->path, branch->q, branch->flags};
    }
    return n;
}

bool redirect_add_contacts(kl_ctx *ctx, int rich)
{
    contact contacts[SIP_MAX_BRANCHES + 1];
    const size_t n = contacts_of(ctx->msg, contacts);
    size_t bound = 16;
    for (size_t i = 0; i < n; i++) bound += contacts[i].uri.n + 3 * contacts[i].path.n + 64;
    char *text = n == 0 ? NULL : arena_alloc(ctx->scratch, bound), *at = text;
    if (!text) return n == 0;
    for (size_t i = 0; i < n; i++) at = put_contact(at, &contacts[i], i == 0, rich);
    return edit_reply(ctx->msg, span_between(text, text_put(at, SPAN("\r\n"))));
}
