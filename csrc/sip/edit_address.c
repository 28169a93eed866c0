/* edit_address.c: another name, URI, user or host in From and To. Each write changes what those before it left, in
 * whatever order and by whichever function they were made. */
#include "build.h"

#include "base/text.h"

/* Into the memory of the message; false: there is none. */
#define JOIN(msg, out, ...) ((*(out) = text_join(&(msg)->arena, __VA_ARGS__)).s != NULL)

/* What is written around it is part of an address without brackets: "uri", "<uri>" or "name <uri>". */
static void split(kl_span text, kl_span *name, kl_span *uri)
{
    const char *open = text.n > 0 && text.s[text.n - 1] == '>' ? span_rfind(text, '<') : NULL;
    *name = SPAN("");
    *uri = text;
    if (!open) return;
    *name = span_between(text.s, open);
    if (name->n > 0 && name->s[name->n - 1] == ' ') name->n--;
    *uri = span_between(open + 1, span_end(text) - 1);
}

/* As the message would be sent now; the name of an address with brackets stands elsewhere. */
static bool now_is(kl_msg *msg, const sip_nameaddr *address, kl_span *name, kl_span *uri)
{
    kl_span text;
    if (!build_piece(msg, address->uri, &text)) return false;
    if (address->brackets) *name = SPAN(""), *uri = text;
    else split(text, name, uri);
    return true;
}

/* All that was done inside the URI is in the text that takes its place, or goes. */
static bool put_bare(kl_msg *msg, const sip_nameaddr *address, kl_span name, kl_span uri)
{
    const bool open = name.n > 0 || nameaddr_wants_brackets(uri);
    edit_forget(msg, address->uri);
    if (open && !JOIN(msg, &uri, name, name.n > 0 ? SPAN(" <") : SPAN("<"), uri, SPAN(">"))) return false;
    return edit_replace(msg, address->uri, uri);
}

static bool put_enclosed(kl_msg *msg, const sip_nameaddr *address, kl_span uri)
{
    edit_forget(msg, address->uri);
    return edit_replace(msg, address->uri, uri);
}

static bool put_uri(kl_msg *msg, const sip_nameaddr *address, kl_span name, kl_span uri)
{
    return address->brackets ? put_enclosed(msg, address, uri) : put_bare(msg, address, name, uri);
}

bool edit_address_uri(kl_msg *msg, const sip_nameaddr *address, kl_span uri)
{
    kl_span name, old;
    if (!build_is_line(uri)) return false;
    if (address->brackets) return put_enclosed(msg, address, uri);
    return now_is(msg, address, &name, &old) && put_bare(msg, address, name, uri);
}

/* ---- the name */

static bool put_before(kl_msg *msg, const sip_nameaddr *address, kl_span name)
{
    const kl_span bracket = span_between(address->text.s, address->uri.s);
    return JOIN(msg, &name, name, name.n > 0 ? SPAN(" ") : SPAN(""), bracket) && edit_replace(msg, bracket, name);
}

bool edit_address_name(kl_msg *msg, const sip_nameaddr *address, kl_span name, size_t blanks)
{
    kl_span old, uri;
    if (!build_is_line(name)) return false;
    if (!address->brackets) return now_is(msg, address, &old, &uri) && put_bare(msg, address, name, uri);
    if (address->display.n == 0) return put_before(msg, address, name);
    const char *start = span_end(address->display), *end = start;
    while (char_is(*end, SPAN_WS)) end++;
    const kl_span piece = span_between(address->display.s, end), left = span_between(start, end);
    if (name.n > 0) blanks = 0;
    return JOIN(msg, &name, name, span_from(left, blanks < left.n ? blanks : left.n)) && edit_replace(msg, piece, name);
}

/* ---- parts of the URI */

/* `part` of the URI as it is now becomes the text, with `mark` behind it. */
static bool splice(kl_msg *msg, const sip_nameaddr *address, kl_span uri, kl_span part, kl_span text, kl_span mark)
{
    kl_span name, old;
    return now_is(msg, address, &name, &old) &&
           JOIN(msg, &uri, span_between(uri.s, part.s), text, mark, span_between(part.s + part.n, span_end(uri))) &&
           put_uri(msg, address, name, uri);
}

/* A piece of what was received can be written at its place, unless all of the URI was. */
static bool is_in_place(kl_msg *msg, const sip_nameaddr *address, kl_span part)
{
    return address->brackets && part.n > 0 && !edit_is_replaced(msg, address->uri);
}

static bool parse_now(kl_msg *msg, const sip_nameaddr *address, sip_uri *out)
{
    kl_span name, uri;
    return now_is(msg, address, &name, &uri) && sip_uri_parse(uri, out, NULL) == KL_OK;
}

bool edit_address_user(kl_msg *msg, const sip_nameaddr *address, const sip_uri *received, kl_span user)
{
    sip_uri uri;
    if (!build_is_line(user)) return false;
    if (user.s && is_in_place(msg, address, received->user)) return edit_replace(msg, received->user, user);
    if (!parse_now(msg, address, &uri)) return false;
    if (!user.s && uri.user.n == 0) return true;
    if (!user.s)
        return splice(msg, address, uri.text,
                      span_between(uri.user.s, uri.host.n > 0 ? uri.host.s : span_end(uri.user)), SPAN(""), SPAN(""));
    if (uri.user.n > 0) return splice(msg, address, uri.text, uri.user, user, SPAN(""));
    return uri.host.n > 0 && splice(msg, address, uri.text, span_of(uri.host.s, 0), user, SPAN("@"));
}

bool edit_address_host(kl_msg *msg, const sip_nameaddr *address, const sip_uri *received, kl_span host)
{
    sip_uri uri;
    if (!build_is_line(host)) return false;
    if (is_in_place(msg, address, received->host)) return edit_replace(msg, received->host, host);
    if (!parse_now(msg, address, &uri)) return false;
    return uri.host.n == 0 || splice(msg, address, uri.text, uri.host, host, SPAN("")); /* a tel: URI has none */
}
