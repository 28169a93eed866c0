/* contacts.c: the contacts of a reply that redirects. */
#include "sip/param.h"
#include "sip/qvalue.h"
#include "uac_redirect.h"

/* ";flags=5" of a Contact; false: there is none, or it is no number. */
static bool told_flags(const sip_nameaddr *contact, uint32_t *out)
{
    const char *at = contact->params.s, *end = span_end(contact->params), *bad;
    sip_param param;
    uint64_t flags;
    while (at < end && (at = sip_param_next(at, end, SIP_PARAM_LIST, &param, &bad))) {
        if (span_eqi(param.name, SPAN("flags"))) {
            if (!param.value.s || !span_uint(param.value, UINT32_MAX, &flags)) return false;
            *out = (uint32_t)flags;
            return true;
        }
        if (at == end || *at++ != ';') break;
    }
    return false;
}

static uint32_t flags_of(const redirect_state *state, const sip_nameaddr *contact)
{
    const uint32_t ours = (uint32_t)state->bflags;
    uint32_t told;
    if (state->flags_hdr_mode == FLAGS_OURS || !told_flags(contact, &told)) return ours;
    return state->flags_hdr_mode == FLAGS_REPLACED ? told : ours | told;
}

/* Where there is no more room the one with the highest q goes, as in Kamailio. */
static size_t insert(redirect_contact *all, size_t count, const redirect_contact *one)
{
    size_t at = 0;
    while (at < count && all[at].q <= one->q) at++;
    if (at == REDIRECT_CONTACTS) return count;
    const size_t kept = count < REDIRECT_CONTACTS ? count : REDIRECT_CONTACTS - 1;
    memmove(all + at + 1, all + at, (kept - at) * sizeof *all);
    all[at] = *one;
    return kept + 1;
}

static size_t take_header(kl_ctx *ctx, const sip_hdr *hdr, redirect_contact *all, size_t count)
{
    const redirect_state *state = redirect_state_of(ctx);
    sip_contact_walk walk = sip_contacts(hdr_body(hdr));
    sip_nameaddr contact;
    while (sip_contact_next(&walk, &contact) > 0) {
        if (!redirect_is_wanted(ctx, contact.uri)) continue;
        const int q = contact.q.n > 0 ? sip_qvalue(contact.q) : state->q_value;
        if (q < 0) {
            log_print(ctx, KL_LOG_ERR, "uac_redirect: not a q value: %.*s", (int)(contact.q.n > 32 ? 32 : contact.q.n),
                      contact.q.s);
            continue;
        }
        count = insert(all, count, &(redirect_contact){contact.uri, q, flags_of(state, &contact)});
    }
    return count;
}

static bool is_readable(const kl_msg *reply)
{
    for (const sip_hdr *hdr = msg_hdr_first(reply, SIP_HDR_CONTACT); hdr; hdr = msg_hdr_next(reply, hdr))
        if (!sip_contacts_good(hdr_body(hdr))) return false;
    return true;
}

size_t redirect_contacts_of(kl_ctx *ctx, kl_msg *reply, redirect_contact out[REDIRECT_CONTACTS])
{
    size_t count = 0;
    if (!is_readable(reply)) {
        log_print(ctx, KL_LOG_ERR, "uac_redirect: the Contact of the reply %d cannot be parsed", reply->status);
        return 0;
    }
    for (const sip_hdr *hdr = msg_hdr_first(reply, SIP_HDR_CONTACT); hdr; hdr = msg_hdr_next(reply, hdr))
        count = take_header(ctx, hdr, out, count);
    return count;
}
