/* header.c: header fields as received. $hdr and its kin walk the index of the message and allocate nothing, but for
 * [*], which joins; the others name one header each. A message whose header index ended early (hdrs_bad) has no $hdr at
 * all, while a header before that place can still be asked for by its own variable: Kamailio parses on demand. */
#include "core/notes.h"
#include "pv/cache.h"
#include "variables.h"

/* ---- what a name selects */

typedef struct hdr_choice {
    kl_span name;
    sip_hdr_id id;
    bool any; /* "*" */
} hdr_choice;

/* A header name as Kamailio reads one: blanks may follow it, and a colon with anything behind. False when it is none.
 */
static bool choose_named(kl_span text, hdr_choice *choice)
{
    size_t n = 0, end;
    *choice = (hdr_choice){text, SIP_HDR_OTHER, text.n == 1 && text.s[0] == '*'};
    if (choice->any) return true;
    while (n < text.n && char_is(text.s[n], SPAN_NAME)) n++;
    for (end = n; end < text.n && char_is(text.s[end], SPAN_WS); end++);
    if (n == 0 || (end < text.n && text.s[end] != ':')) return false;
    choice->id = sip_hdr_id_of(span_of(text.s, n));
    if (end == text.n) choice->name = span_of(text.s, n);
    return true;
}

/* What a literal name selects is found when it is parsed. */
static bool parse_header_name(pv_cache *cache, pv_param *param)
{
    hdr_choice choice;
    if (param->nested != NULL) return true;
    hdr_choice *kept = choose_named(param->name, &choice) ? pv_cache_alloc(cache, sizeof *kept) : NULL;
    if (kept != NULL) *kept = choice;
    param->compiled = kept;
    return kept != NULL;
}

/* False: a name inside the name is null. One that cannot be a header name selects nothing: no header has an empty name.
 */
static bool choose(kl_ctx *ctx, const pv_param *param, hdr_choice *choice)
{
    kl_span name;
    if (KL_LIKELY(param->nested == NULL)) {
        *choice = *(const hdr_choice *)param->compiled;
        return true;
    }
    if (!pv_param_name(ctx, param, &name)) return false;
    if (!choose_named(name, choice)) choice->name = SPAN("");
    return true;
}

static const sip_hdr *at_or_after(const kl_msg *msg, const hdr_choice *choice, uint16_t at)
{
    if (choice->id != SIP_HDR_OTHER) return at == SIP_NO_HDR ? NULL : &msg->hdrs[at];
    for (; at != SIP_NO_HDR; at = msg->hdrs[at].next)
        if (span_eqi(hdr_name(&msg->hdrs[at]), choice->name)) return &msg->hdrs[at];
    return NULL;
}

static const sip_hdr *first_chosen(const kl_msg *msg, const hdr_choice *choice)
{
    if (choice->any) return msg->hdr_count > 0 ? msg->hdrs : NULL;
    return at_or_after(msg, choice, msg->first[choice->id]);
}

static const sip_hdr *next_chosen(const kl_msg *msg, const hdr_choice *choice, const sip_hdr *hdr)
{
    if (choice->any) return hdr + 1 < msg->hdrs + msg->hdr_count ? hdr + 1 : NULL;
    return at_or_after(msg, choice, hdr->next);
}

static int count_chosen(const kl_msg *msg, const hdr_choice *choice)
{
    int count = 0;
    for (const sip_hdr *hdr = first_chosen(msg, choice); hdr != NULL; hdr = next_chosen(msg, choice, hdr)) count++;
    return count;
}

/* Index from the start, or from the end when negative; false when out of range. */
static bool resolve_index(int count, int *index)
{
    if (*index < 0) *index += count;
    return *index >= 0 && *index < count;
}

/* ---- $hdr */

static bool join_bodies(kl_ctx *ctx, const hdr_choice *choice, pv_value *out)
{
    size_t total = 0, at = 0;
    const kl_msg *msg = ctx->msg;
    const sip_hdr *first = first_chosen(msg, choice), *hdr;
    pv_null(out);
    for (hdr = first; hdr != NULL; hdr = next_chosen(msg, choice, hdr)) total += hdr_body(hdr).n + (hdr != first);
    if (first == NULL || total > PV_FORMAT_MAX) return true;
    char *text = arena_alloc(ctx->scratch, total + 1);
    if (text == NULL) return false;
    for (hdr = first; hdr != NULL; hdr = next_chosen(msg, choice, hdr)) {
        if (hdr != first) text[at++] = ',';
        memcpy(text + at, hdr_body(hdr).s, hdr_body(hdr).n);
        at += hdr_body(hdr).n;
    }
    pv_str(out, span_of(text, total));
    return true;
}

static bool get_chosen(kl_ctx *ctx, const pv_param *param, const hdr_choice *choice, pv_value *out)
{
    int index = 0;
    const kl_msg *msg = ctx->msg;
    pv_null(out);
    if (msg->hdrs_bad || param->index_kind == PV_INDEX_PLUS) return true;
    if (param->index_kind == PV_INDEX_ALL) return join_bodies(ctx, choice, out);
    if (param->index_kind != PV_INDEX_NONE && !pv_param_index(ctx, param, &index)) return false;
    if (index < 0 && !resolve_index(count_chosen(msg, choice), &index)) return true;
    const sip_hdr *hdr = first_chosen(msg, choice);
    for (; hdr != NULL && index > 0; index--) hdr = next_chosen(msg, choice, hdr);
    if (hdr != NULL) pv_str(out, hdr_body(hdr));
    return true;
}

static bool get_hdr(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    hdr_choice choice;
    (void)data;
    return choose(ctx, param, &choice) && get_chosen(ctx, param, &choice, out);
}

/* "*" is no wildcard for the counting ones. */
static bool get_hdrc(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    hdr_choice choice;
    (void)data;
    if (ctx->msg->hdrs_bad || !choose(ctx, param, &choice) || choice.any) pv_int(out, 0);
    else pv_int(out, count_chosen(ctx->msg, &choice));
    return true;
}

/* ---- $hfl: single bodies of the headers that are lists of addresses */

typedef struct body_walk {
    const kl_msg *msg;
    hdr_choice choice;
    const sip_hdr *hdr;
    kl_span rest;
    sip_contact_walk contacts;
    bool bad;
} body_walk;

static bool is_list_header(sip_hdr_id id)
{
    switch (id) {
    case SIP_HDR_VIA:
    case SIP_HDR_ROUTE:
    case SIP_HDR_RECORD_ROUTE:
    case SIP_HDR_CONTACT:
    case SIP_HDR_DIVERSION:
    case SIP_HDR_PAI:
    case SIP_HDR_PPI: return true;
    default: return false;
    }
}

static bool next_via(body_walk *walk, kl_span *body)
{
    sip_via via;
    const char *start = walk->rest.s;
    kl_status status = sip_via_next(&walk->rest, &via, NULL);
    walk->bad = status != KL_OK && status != KL_ENOENT;
    /* a Via that another one follows keeps its comma */
    *body = span_trim(span_between(start, walk->rest.s));
    return status == KL_OK;
}

static bool next_address(body_walk *walk, kl_span *body)
{
    sip_nameaddr na;
    kl_status status = sip_nameaddr_next(&walk->rest, &na, NULL);
    bool route = walk->choice.id == SIP_HDR_ROUTE || walk->choice.id == SIP_HDR_RECORD_ROUTE;
    walk->bad = (status != KL_OK && status != KL_ENOENT) || (status == KL_OK && route && !na.brackets);
    *body = na.text;
    return status == KL_OK && !walk->bad && !na.star;
}

static bool next_contact(body_walk *walk, kl_span *body)
{
    sip_nameaddr contact;
    const int more = sip_contact_next(&walk->contacts, &contact);
    walk->bad = more < 0;
    *body = contact.text;
    return more > 0;
}

static bool next_in_header(body_walk *walk, kl_span *body)
{
    switch (walk->choice.id) {
    case SIP_HDR_VIA: return next_via(walk, body);
    case SIP_HDR_CONTACT: return next_contact(walk, body);
    default: return next_address(walk, body);
    }
}

static bool next_body(body_walk *walk, kl_span *body)
{
    for (; walk->hdr != NULL; walk->hdr = next_chosen(walk->msg, &walk->choice, walk->hdr)) {
        if (walk->rest.s == NULL) {
            walk->rest = hdr_body(walk->hdr);
            walk->contacts = sip_contacts(walk->rest);
        }
        if (next_in_header(walk, body)) return true;
        if (walk->bad) return false;
        walk->rest = SPAN_NULL;
    }
    return false;
}

static body_walk walk_bodies(const kl_msg *msg, const hdr_choice *choice)
{
    return (body_walk){.msg = msg, .choice = *choice, .hdr = first_chosen(msg, choice), .rest = SPAN_NULL};
}

/* -1: one of them is malformed. */
static int count_bodies(const kl_msg *msg, const hdr_choice *choice)
{
    int count = 0;
    kl_span body;
    body_walk walk = walk_bodies(msg, choice);
    while (next_body(&walk, &body)) count++;
    return walk.bad ? -1 : count;
}

static bool get_body(kl_ctx *ctx, const pv_param *param, const hdr_choice *choice, pv_value *out)
{
    int index = 0;
    kl_span body;
    pv_null(out);
    if (ctx->msg->hdrs_bad || param->index_kind == PV_INDEX_PLUS) return true;
    if (param->index_kind != PV_INDEX_NONE && !pv_param_index(ctx, param, &index)) return false;
    /* one malformed Contact spoils them all; lists of the others are read as far as they go */
    if ((index < 0 || choice->id == SIP_HDR_CONTACT) && !resolve_index(count_bodies(ctx->msg, choice), &index))
        return true;
    body_walk walk = walk_bodies(ctx->msg, choice);
    while (next_body(&walk, &body)) {
        if (index-- == 0) {
            pv_str(out, body);
            break;
        }
    }
    return true;
}

static bool get_hfl(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    hdr_choice choice;
    (void)data;
    if (!choose(ctx, param, &choice)) return false;
    if (choice.any || !is_list_header(choice.id) || param->index_kind == PV_INDEX_ALL)
        return get_chosen(ctx, param, &choice, out);
    return get_body(ctx, param, &choice, out);
}

static bool get_hflc(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    hdr_choice choice;
    (void)data;
    int count = 0;
    if (!ctx->msg->hdrs_bad && choose(ctx, param, &choice) && !choice.any)
        count = is_list_header(choice.id) ? count_bodies(ctx->msg, &choice) : count_chosen(ctx->msg, &choice);
    pv_int(out, count < 0 ? 0 : count);
    return true;
}

/* ---- one header each */

static bool get_header(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, (sip_hdr_id)data);
    (void)param;
    if (hdr == NULL) pv_null(out);
    else pv_str(out, hdr_body(hdr));
    return true;
}

/* An empty Contact is none. */
static bool get_ct(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT);
    (void)param, (void)data;
    if (hdr == NULL || hdr_body(hdr).n == 0) pv_null(out);
    else pv_str(out, hdr_body(hdr));
    return true;
}

static bool get_cseq(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_cseq *cseq = msg_cseq(ctx->msg);
    (void)param, (void)data;
    if (cseq == NULL) pv_null(out);
    else pv_str(out, cseq->number);
    return true;
}

static bool get_content_length(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTENT_LENGTH);
    int64_t length = 0;
    (void)param, (void)data;
    if (hdr == NULL || span_int_prefix(hdr_body(hdr), &length) == 0) pv_null(out);
    else pv_int_text(out, length, hdr_body(hdr));
    return true;
}

/* The first Contact. Kamailio parses them all for it: one malformed spoils it. */
typedef enum { CONTACT_NONE, CONTACT_STAR, CONTACT_URI } contact_kind;

static contact_kind first_contact(kl_ctx *ctx, sip_nameaddr *first)
{
    contact_kind found = CONTACT_NONE;
    if (ctx->msg->hdrs_bad) return CONTACT_NONE;
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT); hdr != NULL;
         hdr = msg_hdr_next(ctx->msg, hdr)) {
        sip_contact_walk walk = sip_contacts(hdr_body(hdr));
        sip_nameaddr contact;
        int more;
        while ((more = sip_contact_next(&walk, &contact)) > 0) {
            if (found == CONTACT_NONE) *first = contact;
            found = found == CONTACT_NONE ? CONTACT_URI : found;
        }
        if (more < 0) return CONTACT_NONE;
        if (found == CONTACT_NONE && walk.star) found = CONTACT_STAR;
    }
    return found;
}

static bool get_ctu(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    sip_nameaddr na;
    (void)param, (void)data;
    if (first_contact(ctx, &na) == CONTACT_URI) pv_str(out, notes_contact_now(ctx->msg, na.uri));
    else pv_null(out);
    return true;
}

static bool get_cts(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    sip_nameaddr na;
    (void)param, (void)data;
    if (msg_hdr_first(ctx->msg, SIP_HDR_CONTACT) == NULL) pv_null(out);
    else pv_int(out, first_contact(ctx, &na) == CONTACT_STAR);
    return true;
}

/* ---- $expires(min|max) */

static bool parse_min_or_max(pv_cache *cache, pv_param *param)
{
    (void)cache;
    param->key = span_eq(param->name, SPAN("max"));
    return param->key || span_eq(param->name, SPAN("min"));
}

static bool seconds_of(kl_span text, int64_t *seconds)
{
    uint64_t n;
    if (!span_uint(span_trim(text), UINT32_MAX, &n)) return false;
    *seconds = (int64_t)n;
    return true;
}

/* -1 without the header; one that is no number counts as 0. */
static int64_t expires_header(const kl_msg *msg)
{
    int64_t seconds = 0;
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_EXPIRES);
    if (hdr == NULL) return -1;
    seconds_of(hdr_body(hdr), &seconds);
    return seconds;
}

typedef struct expires_range {
    int64_t min, max;
    bool any, bad;
} expires_range;

static void widen(expires_range *range, int64_t seconds)
{
    if (seconds < 0) return;
    range->min = range->any && range->min < seconds ? range->min : seconds;
    range->max = range->any && range->max > seconds ? range->max : seconds;
    range->any = true;
}

/* A Contact without expires counts the Expires header; one whose expires is no number spoils the answer. */
static void widen_by_contacts(const sip_hdr *hdr, int64_t fallback, expires_range *range, bool *contacts)
{
    sip_nameaddr na;
    sip_contact_walk walk = sip_contacts(hdr_body(hdr));
    int more;
    while ((more = sip_contact_next(&walk, &na)) > 0) {
        int64_t seconds = fallback;
        *contacts = true;
        if (na.expires.s != NULL && !seconds_of(na.expires, &seconds)) range->bad = true;
        widen(range, seconds);
    }
    range->bad |= more < 0;
}

static bool get_expires(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    int64_t fallback = expires_header(ctx->msg);
    expires_range range = {0, 0, false, false};
    bool contacts = false;
    (void)data;
    for (const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_CONTACT); hdr != NULL; hdr = msg_hdr_next(ctx->msg, hdr))
        widen_by_contacts(hdr, fallback, &range, &contacts);
    if (!contacts) widen(&range, fallback);
    if (range.any && !range.bad && !ctx->msg->hdrs_bad) pv_int(out, param->key ? range.max : range.min);
    else pv_null(out);
    return true;
}

static const pv_class classes[] = {
    {"hdr", get_hdr, NULL, parse_header_name, PV_CLASS_INDEX | PV_CLASS_NESTED, 0},
    {"hdrc", get_hdrc, NULL, parse_header_name, PV_CLASS_NESTED, 0},
    {"hfl", get_hfl, NULL, parse_header_name, PV_CLASS_INDEX | PV_CLASS_NESTED, 0},
    {"hflc", get_hflc, NULL, parse_header_name, PV_CLASS_NESTED, 0},
    {"ci", get_header, NULL, NULL, 0, SIP_HDR_CALL_ID},
    {"cs", get_cseq, NULL, NULL, 0, 0},
    {"csb", get_header, NULL, NULL, 0, SIP_HDR_CSEQ},
    {"ct", get_ct, NULL, NULL, 0, 0},
    {"ctu", get_ctu, NULL, NULL, 0, 0},
    {"cts", get_cts, NULL, NULL, 0, 0},
    {"cT", get_header, NULL, NULL, 0, SIP_HDR_CONTENT_TYPE},
    {"cl", get_content_length, NULL, NULL, 0, 0},
    {"ua", get_header, NULL, NULL, 0, SIP_HDR_USER_AGENT},
    {"expires", get_expires, NULL, parse_min_or_max, 0, 0},
};

CLASS_TABLE(pv_header_table);
