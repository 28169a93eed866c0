/* contact.c: the Contact that is changed, fix_nated_contact and add_rcv_param. Bytes wait in the list of edits; what
 * the first Contact is from then on the message remembers, for those who ask later. */
#include "nathelper.h"

#include "base/text.h"
#include "core/notes.h"
#include "sip/edit.h"

/* ---- the walk over one header */

/* How many there are; 0 for a star, -1 for a malformed one. */
static int count_contacts(const sip_hdr *hdr)
{
    sip_contact_walk walk = sip_contacts(hdr_body(hdr));
    sip_nameaddr contact;
    int more;
    while ((more = sip_contact_next(&walk, &contact)) > 0) continue;
    return more < 0 ? more : walk.count;
}

static nathelper_found read_first(const kl_msg *msg, nathelper_contact *out)
{
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTACT);
    if (!hdr) return msg->hdrs_bad ? CONTACT_BAD : CONTACT_NONE;
    const int count = count_contacts(hdr);
    if (count <= 0) return count == 0 ? CONTACT_STAR : CONTACT_BAD;
    sip_contact_walk walk = sip_contacts(hdr_body(hdr));
    sip_contact_next(&walk, &out->body);
    out->only = count == 1;
    return sip_uri_parse(notes_contact_now(msg, out->body.uri), &out->uri, NULL) == KL_OK && out->uri.host.n > 0
               ? CONTACT_GOOD
               : CONTACT_BAD;
}

/* What was read stays: a script asks for several things of one Contact. */
typedef struct contact_note {
    slot_note head;
    nathelper_contact contact;
} contact_note;

nathelper_found nathelper_first_contact(kl_ctx *ctx, nathelper_contact *out)
{
    static const slot_kind kind = {.number = SLOT_NATHELPER, .size = sizeof(contact_note)};
    kl_msg *msg = ctx->msg;
    contact_note *note = msg_slot(msg, SLOT_NATHELPER);
    if (note && note->contact.uri.text.s == notes_contact_now(msg, note->contact.body.uri).s) {
        *out = note->contact;
        return CONTACT_GOOD;
    }
    const nathelper_found found = read_first(msg, out);
    if (found == CONTACT_GOOD && (note = slot_make(msg, &kind))) note->contact = *out;
    return found;
}

nathelper_found nathelper_open_contact(kl_ctx *ctx, nathelper_contact *out)
{
    const nathelper_found found = nathelper_first_contact(ctx, out);
    const bool changed = found == CONTACT_GOOD && notes_contact(ctx->msg).s;
    if (found == CONTACT_BAD) log_print(ctx, KL_LOG_ERR, "nathelper.%s: the Contact cannot be parsed", ctx->row->name);
    if (changed) ctx_misuse(ctx, KL_LOG_ERR, "nathelper.%s: the Contact was changed before", ctx->row->name);
    return changed ? CONTACT_BAD : found;
}

/* ---- fix_nated_contact */

/* ";maddr=address"; empty at the end where there is none. */
static kl_span maddr_piece(const sip_uri *uri)
{
    const kl_span value = uri->maddr;
    return value.n > 0 ? span_between(value.s - sizeof ";maddr=" + 1, value.s + value.n)
                       : span_from(uri->text, uri->text.n);
}

KSR_FN(nathelper_fix_contact)
{
    nathelper_contact contact;
    if (nathelper_open_contact(ctx, &contact) != CONTACT_GOOD) return -1;
    const sip_uri *uri = &contact.uri;
    const char *start = uri->host.s, *end = uri->port.s ? uri->port.s + uri->port.n : start + uri->host.n;
    const kl_span maddr = maddr_piece(uri), text = nathelper_host_port(ctx), all = uri->text;
    const kl_span after = span_from(all, (size_t)(maddr.s + maddr.n - all.s));
    const kl_span fixed = text_join(ctx->scratch, span_between(all.s, start), text, span_between(end, maddr.s), after);
    if (!text.s || !fixed.s || !edit_replace(ctx->msg, span_between(start, end), text) || !edit_cut(ctx->msg, maddr))
        return -1;
    return notes_set_contact(ctx->msg, fixed) ? 1 : -1;
}

/* ---- add_rcv_param */

static bool insert(kl_ctx *ctx, const char *at, kl_span text) { return edit_replace(ctx->msg, span_of(at, 0), text); }

/* Inside the URI, which gets < > where it stood without: else it were a parameter of the Contact. */
static bool mark(kl_ctx *ctx, const sip_nameaddr *contact, kl_span text)
{
    const char *start = contact->uri.s, *end = start + contact->uri.n;
    if (contact->brackets) return insert(ctx, end, text);
    return insert(ctx, start, SPAN("<")) && insert(ctx, end, text) && insert(ctx, end, SPAN(">"));
}

/* Behind each, blanks before its comma too; `inside`: behind each URI. */
static bool mark_header(kl_ctx *ctx, const sip_hdr *hdr, kl_span text, bool inside)
{
    const char *limit = hdr_body(hdr).s + hdr_body(hdr).n;
    sip_contact_walk walk = sip_contacts(hdr_body(hdr));
    sip_nameaddr contact;
    while (sip_contact_next(&walk, &contact) > 0) {
        const char *end = contact.text.s + contact.text.n;
        while (end < limit && *end != ',') end++;
        if (inside ? !mark(ctx, &contact, text) : !insert(ctx, end, text)) return false;
    }
    return true;
}

static kl_span received_param(kl_ctx *ctx, bool inside)
{
    const kl_span uri = nathelper_uri(ctx);
    if (!uri.s) return SPAN_NULL;
    return inside ? text_join(ctx->scratch, SPAN(";received="), uri)
                  : text_join(ctx->scratch, SPAN(";received=\""), uri, SPAN("\""));
}

/* Kamailio goes on to the next header without looking, and so keeps what it did before one that is malformed. */
KSR_FN(nathelper_add_rcv_param)
{
    const bool inside = args[0].i != 0;
    const kl_span text = received_param(ctx, inside);
    if (!text.s || ctx->msg->hdrs_bad || (inside && (build_is_stream(ctx->msg->proto) || notes_contact(ctx->msg).s)))
        return -1;
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT); hdr; hdr = msg_hdr_next(ctx->msg, hdr))
        if (count_contacts(hdr) < 0 || !mark_header(ctx, hdr, text, inside)) return -1;
    return 1;
}
