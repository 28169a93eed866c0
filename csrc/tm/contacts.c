/* contacts.c: serial forking: places of one q together, those of the next lower one when they have failed. */
#include "contact_record.h"
#include "core/random.h"
#include "internal.h"
#include "proxy/branches.h"

#define CONTACTS (SIP_MAX_BRANCHES + 1)

static kl_span name_of(kl_ctx *ctx, kl_span name)
{
    if (name.n == 0)
        ctx_misuse(ctx, KL_LOG_ERR, "%s: tm's contacts_avp and contact_flows_avp are not set", ctx_caller(ctx, "tm"));
    return name;
}

static store_item *first_of(kl_ctx *ctx, kl_span name)
{
    pv_store *store = store_in(ctx->msg);
    return store ? store_nth(ctx->msg, &store->xavps, &(store_name){name, 0, false}, 0) : NULL;
}

static void drop(kl_ctx *ctx, store_item *record) { store_drop(ctx->msg, &store_in(ctx->msg)->xavps, record); }

/* ---- loading */

/* Lowest q first; what came last behind its equals, but before them when it has a path, as in Kamailio. */
static void insert(sip_branch *all, size_t count, const sip_branch *one)
{
    size_t at = 0;
    while (at < count && (all[at].q < one->q || (all[at].q == one->q && span_empty(one->path)))) at++;
    memmove(all + at + 1, all + at, (count - at) * sizeof *all);
    all[at] = *one;
}

static size_t collect(const kl_msg *msg, sip_branch all[CONTACTS])
{
    size_t count = 0;
    if (msg->ruri_is_new) {
        all[count] = branch_of_message(msg);
        all[count].uri = msg_current_uri(msg);
        all[count++].q = msg->ruri_q;
    }
    for (int i = 0; i < msg->branch_count; i++) all[count++] = *msg_branch(msg, i);
    return count;
}

static void sort(const sip_branch *from, size_t count, sip_branch *to)
{
    for (size_t i = 0; i < count; i++) insert(to, i, &from[i]);
}

/* Of those with a q above 0, each as often as its q says; `count`: there is none. */
static size_t draw(kl_ctx *ctx, const sip_branch *all, size_t count)
{
    int64_t sum = 0, left;
    for (size_t i = 0; i < count; i++) sum += all[i].q > 0 ? all[i].q : 0;
    if (sum == 0) return count;
    left = random_next(ctx) % sum;
    for (size_t i = 0; i < count; i++) {
        if (all[i].q <= 0) continue;
        if (left < all[i].q) return i;
        left -= all[i].q;
    }
    return count;
}

/* The one that is to be tried first last; those without a q before all others, in their order. */
static void shuffle(kl_ctx *ctx, sip_branch *from, size_t count, sip_branch *to)
{
    while (count > 0) {
        size_t at = draw(ctx, from, count);
        if (at == count) at = 0;
        to[--count] = from[at];
        memmove(from + at, from + at + 1, (count - at) * sizeof *from);
    }
}

int tm_load_contacts(kl_ctx *ctx, bool proportional)
{
    sip_branch found[CONTACTS], all[CONTACTS];
    const tm_settings *settings = &tm_of(ctx)->settings;
    const kl_span name = name_of(ctx, settings->contact_flows_avp.n > 0 ? settings->contacts_avp : SPAN(""));
    if (name.n == 0) return -1;
    const size_t count = collect(ctx->msg, found);
    if (count < 2) return 1;
    if (proportional) shuffle(ctx, found, count, all);
    else sort(found, count, all);
    for (size_t i = 0; i < count; i++) {
        const bool last = proportional || (i > 0 && all[i].q > all[i - 1].q);
        if (!contact_record_put(ctx, name, &all[i], last ? CONTACT_LAST : 0)) return -1;
    }
    ctx->msg->branch_count = 0;
    return 1;
}

/* ---- the next ones */

static bool keep(kl_msg *msg, kl_span from, kl_span *to)
{
    *to = from.n > 0 ? arena_copy(&msg->arena, from) : SPAN_NULL;
    return from.n == 0 || to->s;
}

static bool direct(kl_ctx *ctx, const sip_branch *contact)
{
    kl_msg *msg = ctx->msg;
    if (!msg_set_uri(msg, contact->uri) || !msg_set_dst(msg, contact->dst_uri)) return false;
    msg->send_socket = contact->send_socket;
    msg->bflags = contact->flags;
    return keep(msg, contact->path, &msg->path_vec) && keep(msg, contact->ruid, &msg->ruid) &&
           keep(msg, contact->user_agent, &msg->location_ua) && keep(msg, contact->instance, &msg->instance);
}

/* A second way to an instance that is being tried waits for a failure of the first (RFC 5626 5.3). */
static bool is_tried(const kl_msg *msg, kl_span instance)
{
    bool tried = span_eq(msg->instance, instance);
    for (int i = 0; i < msg->branch_count && !tried; i++) tried = span_eq(msg_branch(msg, i)->instance, instance);
    return instance.n > 0 && tried;
}

static bool add(kl_ctx *ctx, const sip_branch *contact)
{
    if (!is_tried(ctx->msg, contact->instance)) return branches_append(ctx, contact);
    return contact_record_put(ctx, tm_of(ctx)->settings.contact_flows_avp, contact, -1);
}

/* The record's contact is put to use, and the record gone, good or bad. */
static bool take(kl_ctx *ctx, store_item *record, bool (*use)(kl_ctx *ctx, const sip_branch *contact))
{
    sip_branch contact;
    const bool taken = contact_record_read(ctx, record, &contact) && use(ctx, &contact);
    drop(ctx, record);
    return taken;
}

/* Those that were left of an earlier step. */
static void forget_flows(kl_ctx *ctx)
{
    const store_name name = {tm_of(ctx)->settings.contact_flows_avp, 0, false};
    store_drop_all(ctx->msg, &store_in(ctx->msg)->xavps, &name);
}

int tm_next_contacts(kl_ctx *ctx)
{
    const kl_span name = name_of(ctx, tm_of(ctx)->settings.contacts_avp);
    store_item *record = name.n > 0 ? first_of(ctx, name) : NULL;
    if (!record) return name.n > 0 ? -2 : -1;
    for (bool first = true, last = false; record && !last; first = false) {
        if (!record->is_list) return -3;
        last = contact_record_is_last(record);
        if (!take(ctx, record, first ? direct : add)) return -1;
        if (first && !last) forget_flows(ctx);
        record = first_of(ctx, name);
    }
    return 1;
}

/* ---- another flow */

int tm_next_contact_flow(kl_ctx *ctx)
{
    const kl_span name = name_of(ctx, tm_of(ctx)->settings.contact_flows_avp);
    if (name.n == 0 || ctx->phase != KL_PHASE_BRANCH_FAILURE) return -1;
    const tm_branch *failed = tm_failed_branch(ctx);
    const kl_span instance = failed ? failed->instance : SPAN("");
    store_item *record = first_of(ctx, name);
    if (instance.n == 0 || !record) return -2;
    while (record && !contact_record_leads_to(record, instance))
        record = store_after(&store_in(ctx->msg)->xavps, record, &(store_name){name, 0, false});
    return record && take(ctx, record, branches_append) ? 1 : -1;
}
