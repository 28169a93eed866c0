/* alias.c: where a peer behind a NAT is reached, as a parameter of its Contact: alias=address~port~protocol, a draft of
 * 2009 that Kamailio knows (draft-ietf-sip-connect-reuse names the idea). Protocols are numbers: 1 udp, 2 tcp, 3 tls, 4
 * sctp, 5 ws, 6 wss. */
#include "nathelper.h"

#include "base/text.h"
#include "core/notes.h"
#include "pv/pv.h"
#include "sip/edit.h"

static kl_span alias_name(kl_ctx *ctx)
{
    const kl_span name = nathelper_state_of(ctx)->alias_name;
    return name.n > 0 ? name : SPAN("alias");
}

static kl_span alias_param(kl_ctx *ctx, kl_span host, kl_span port, kl_transport proto)
{
    char digits[20];
    host = nathelper_bracketed(ctx, host);
    if (!host.s) return SPAN_NULL;
    return text_join(ctx->scratch, SPAN(";"), alias_name(ctx), SPAN("="), host, SPAN("~"), port, SPAN("~"),
                     text_decimal(digits, proto));
}

static kl_span source_alias(kl_ctx *ctx)
{
    char digits[20];
    return alias_param(ctx, ctx->msg->source_host, text_decimal(digits, ctx->msg->source_port), ctx->msg->proto);
}

/* Into the URI at `at`; one that stood bare gets brackets, closed behind what is added. */
static bool put_alias(kl_ctx *ctx, const nathelper_contact *contact, const char *at, kl_span alias)
{
    const bool bare = !contact->body.brackets;
    const kl_span text = bare && alias.s ? text_join(ctx->scratch, alias, SPAN(">")) : alias;
    if (!text.s || (bare && !edit_replace(ctx->msg, span_of(contact->uri.text.s, 0), SPAN("<")))) return false;
    return edit_replace(ctx->msg, span_of(at, 0), text);
}

/* ---- add_contact_alias: behind host and port */

enum { NOT_NEEDED = 2 };

static int add_behind_port(kl_ctx *ctx, const nathelper_contact *contact, kl_span alias)
{
    const sip_uri *uri = &contact->uri;
    const kl_span before = uri->port.n > 0 ? uri->port : uri->host;
    return put_alias(ctx, contact, before.s + before.n, alias) ? 1 : -1;
}

/* Without a port and a transport a Contact never is where it came from. */
static bool is_source(const kl_msg *msg, const sip_uri *uri)
{
    return uri->port_number == msg->source_port && uri->proto == msg->proto &&
           nathelper_same_host(uri->host, msg->source_host);
}

KSR_FN(nathelper_add_alias)
{
    nathelper_contact contact;
    switch (nathelper_open_contact(ctx, &contact)) {
    case CONTACT_GOOD:
        return is_source(ctx->msg, &contact.uri) ? NOT_NEEDED : add_behind_port(ctx, &contact, source_alias(ctx));
    case CONTACT_BAD: return -1;
    default: return NOT_NEEDED;
    }
}

static int refuse(kl_ctx *ctx, const char *what, kl_span text)
{
    log_print(ctx, KL_LOG_ERR, "nathelper.%s: %s: [%.*s]", ctx->row->name, what, (int)(text.n > 64 ? 64 : text.n),
              text.n > 0 ? text.s : "");
    return -1;
}

KSR_FN(nathelper_add_alias_of)
{
    const kl_span host = args[0].s, port = args[1].s;
    const kl_transport proto = sip_transport_of(args[2].s);
    nathelper_contact contact;
    sip_ip ip;
    uint64_t number;
    switch (nathelper_open_contact(ctx, &contact)) {
    case CONTACT_GOOD: break;
    case CONTACT_BAD: return -1;
    default: return NOT_NEEDED;
    }
    if (span_empty(host) || !ip_parse(host, &ip)) return refuse(ctx, "not an address", host);
    if (!span_uint(port, 65535, &number) || number == 0) return refuse(ctx, "not a port", port);
    if (proto == KL_PROTO_NONE) return refuse(ctx, "not a protocol", args[2].s);
    return add_behind_port(ctx, &contact, alias_param(ctx, host, port, proto));
}

/* ---- parameters called alias, by its very name: ";alias=value", a piece of params and the ; before it */

static kl_span end_of_param(kl_span rest)
{
    const char *end = span_find(rest, ';');
    return end ? span_between(rest.s, end) : rest;
}

/* The first, or the last, with a value that does not start with ~. *piece: with its ; which stands before params. */
static bool find_alias(kl_ctx *ctx, kl_span params, bool last, kl_span *piece, kl_span *value)
{
    const kl_span name = alias_name(ctx);
    bool found = false;
    for (kl_span rest = params, item; rest.n > 0; rest = span_from(rest, item.n < rest.n ? item.n + 1 : item.n)) {
        item = end_of_param(rest);
        if (item.n <= name.n + 1 || !span_starts(item, name) || item.s[name.n] != '=' || item.s[name.n + 1] == '~')
            continue;
        *piece = span_of(item.s - 1, item.n + 1);
        *value = span_from(item, name.n + 1);
        found = true;
        if (!last) break;
    }
    return found;
}

/* address~port~protocol; false without both ~. An IPv6 address gets the brackets that a URI wants and an alias may be
 * without. */
static bool split_alias(kl_ctx *ctx, kl_span value, kl_span *host, kl_span *port, kl_span *proto)
{
    const char *first = span_find(value, '~');
    if (!first || first == value.s) return false;
    *host = span_between(value.s, first);
    const kl_span rest = span_from(value, host->n + 1);
    const char *second = span_find(rest, '~');
    if (!second) return false;
    *port = span_between(rest.s, second);
    *proto = span_from(rest, port->n + 1);
    *host = nathelper_bracketed(ctx, *host);
    return host->s != NULL;
}

/* ---- set_contact_alias: at the end of the URI, and at once for those who ask later */

static kl_span changed_uri(kl_ctx *ctx, kl_span uri, kl_span cut, kl_span alias)
{
    return text_join(ctx->scratch, span_between(uri.s, cut.s), span_between(cut.s + cut.n, uri.s + uri.n), alias);
}

KSR_FN(nathelper_set_alias)
{
    nathelper_contact contact;
    const kl_span alias = source_alias(ctx);
    if (!alias.s || nathelper_open_contact(ctx, &contact) != CONTACT_GOOD) return -1;
    const kl_span all = contact.uri.text;
    kl_span old = span_from(all, all.n), value;
    if (ctx->row->data) find_alias(ctx, contact.uri.params, false, &old, &value);
    const kl_span text = changed_uri(ctx, all, old, alias);
    if (!text.s || !edit_cut(ctx->msg, old) || !put_alias(ctx, &contact, all.s + all.n, alias)) return -1;
    return notes_set_contact(ctx->msg, text) ? 1 : -1;
}

/* ---- handle_ruri_alias: back to a destination */

static kl_transport digit_proto(kl_span text)
{
    return text.n == 1 && text.s[0] >= '1' && text.s[0] <= '6' ? (kl_transport)(text.s[0] - '0') : KL_PROTO_NONE;
}

static kl_span destination(kl_ctx *ctx, kl_span value)
{
    kl_span host, port, digits;
    const kl_transport proto = split_alias(ctx, value, &host, &port, &digits) ? digit_proto(digits) : KL_PROTO_NONE;
    if (proto == KL_PROTO_NONE) return SPAN_NULL;
    const bool stream = build_is_stream(proto);
    return text_join(ctx->scratch, SPAN("sip:"), host, SPAN(":"), port, stream ? SPAN(";transport=") : SPAN(""),
                     stream ? nathelper_transport(proto) : SPAN(""));
}

static int handle(kl_ctx *ctx, bool last)
{
    const sip_uri *uri = msg_ruri(ctx->msg); /* of a reply: what a script has set */
    kl_span piece, value;
    if (!uri) return -1;
    if (!find_alias(ctx, uri->params, last, &piece, &value)) return NOT_NEEDED;
    const kl_span target = destination(ctx, value), rest = changed_uri(ctx, uri->text, piece, SPAN(""));
    if (!target.s) return refuse(ctx, "not address~port~protocol", value);
    return rest.s && msg_set_uri(ctx->msg, rest) && msg_set_dst(ctx->msg, target) ? 1 : -1;
}

KSR_FN(nathelper_handle_alias) { return handle(ctx, false); }

KSR_FN(nathelper_handle_alias_mode) { return handle(ctx, args[0].i != 0); }

/* ---- set_alias_to_pv */

/* In the Contact as received, parameters of the header too. */
static bool find_in_contact(kl_ctx *ctx, kl_span text, kl_span *value)
{
    kl_span piece;
    const char *start = span_find(text, ';');
    return start && find_alias(ctx, span_from(text, (size_t)(start + 1 - text.s)), false, &piece, value);
}

/* The protocol is one digit, which what follows in the header ends. */
static kl_span named_destination(kl_ctx *ctx, kl_span value)
{
    kl_span host, port, rest;
    if (!split_alias(ctx, value, &host, &port, &rest)) return SPAN_NULL;
    size_t digits = 0;
    while (digits < rest.n && char_is(rest.s[digits], SPAN_DIGIT)) digits++;
    const kl_transport proto = digit_proto(span_of(rest.s, digits));
    if (proto == KL_PROTO_NONE || (digits < rest.n && char_is(rest.s[digits], SPAN_TOKEN))) return SPAN_NULL;
    return text_join(ctx->scratch, SPAN("sip:"), host, SPAN(":"), port, SPAN(";transport="),
                     nathelper_transport(proto));
}

KSR_FN(nathelper_alias_to_pv)
{
    kl_span name = args[0].s, value;
    const pv_spec *spec = span_empty(name) ? NULL : pv_parse_prefix(ctx, &name);
    nathelper_contact contact;
    pv_value text;
    if (!spec || !pv_is_writable(spec)) {
        const kl_span given = args[0].s;
        ctx_misuse(ctx, KL_LOG_ERR, "nathelper.%s: not a variable to write to: [%.*s]", ctx->row->name,
                   (int)(given.n > 64 ? 64 : given.n), given.n ? given.s : "");
        return -1;
    }
    if (nathelper_first_contact(ctx, &contact) != CONTACT_GOOD || !contact.only ||
        !find_in_contact(ctx, contact.body.text, &value))
        return -1;
    const kl_span uri = named_destination(ctx, value);
    if (!uri.s) return -1;
    pv_str(&text, uri);
    return pv_set(ctx, spec, &text) ? 1 : -1;
}
