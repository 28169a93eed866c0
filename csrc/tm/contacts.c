/* contacts.c: serial forking: places of one q together, those of the next lower one when they have failed. */
#include "contact_record.h"
#include "core/random.h"
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
        all[count++] = (sip_branch){.uri = msg_current_uri(msg),
                                    .dst_uri = msg->dst_uri,
                                    .path = msg->path_vec,
                                    .ruid = msg->ruid,
                                    .user_agent = msg->location_ua,
                                    .instance = msg->instance,
                                    .q = msg->ruri_q,
                                    .flags = msg->bflags,
                                    .send_socket = msg->send_socket};
    }
    for (int i = 0; i < msg->branch_count; i++) insert(all, count++, msg_branch(msg, i));
    return count;
}

static void swap(sip_branch *a, sip_branch *b)
{
    const sip_branch kept = *a;
    *a = *b;
    *b = kept;
}

/* Of the first `count`, all with a q above 0, each as often as its q says. */
static size_t draw(kl_ctx *ctx, const sip_branch *all, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += all[i].q;
    int64_t left = random_next(ctx) % sum;
    size_t at = 0;
    while (left >= all[at].q) left -= all[at++].q;
    return at;
}

/* The one that is to be tried first last; those without a q before all others. */
static void shuffle(kl_ctx *ctx, sip_branch *all, size_t count)
{
    size_t without = 0;
    while (without < count && all[without].q <= 0) without++;
    for (size_t end = count; end > without; end--)
        swap(&all[without + draw(ctx, all + without, end - without)], &all[end - 1]);
}

int tm_load_contacts(kl_ctx *ctx, bool proportional)
{
    sip_branch all[CONTACTS];
    const tm_settings *settings = &tm_of(ctx)->settings;
    const kl_span name = name_of(ctx, settings->contact_flows_avp.n > 0 ? settings->contacts_avp : SPAN(""));
    if (name.n == 0) return -1;
    const size_t count = collect(ctx->msg, all);
    if (count < 2) return 1;
    if (proportional) shuffle(ctx, all, count);
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

static bool direct(kl_msg *msg, const sip_branch *contact)
{
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

int tm_next_contacts(kl_ctx *ctx)
{
    const kl_span name = name_of(ctx, tm_of(ctx)->settings.contacts_avp);
    store_item *record = name.n > 0 ? first_of(ctx, name) : NULL;
    if (!record) return name.n > 0 ? -2 : -1;
    for (bool first = true, last = false; record && !last; first = false) {
        sip_branch contact;
        if (!record->is_list) return -3;
        if (!contact_record_read(ctx, record, &contact)) return -1;
        if (!(first ? direct(ctx->msg, &contact) : add(ctx, &contact))) return -1;
        last = contact_record_is_last(record);
        drop(ctx, record);
        record = first_of(ctx, name);
    }
    return 1;
}

/* ---- another flow */

static kl_span failed_instance(const kl_ctx *ctx)
{
    const tm_cell *cell = note_cell(ctx->msg);
    return cell && cell->picked >= 0 ? cell->branches[cell->picked]->instance : SPAN("");
}

int tm_next_contact_flow(kl_ctx *ctx)
{
    const kl_span name = name_of(ctx, tm_of(ctx)->settings.contact_flows_avp);
    if (name.n == 0 || ctx->phase != KL_PHASE_BRANCH_FAILURE) return -1;
    const kl_span instance = failed_instance(ctx);
    store_item *record = first_of(ctx, name);
    if (instance.n == 0 || !record) return -2;
    while (record && !contact_record_leads_to(record, instance))
        record = store_after(&store_in(ctx->msg)->xavps, record, &(store_name){name, 0, false});
    sip_branch contact;
    if (!record || !contact_record_read(ctx, record, &contact) || !branches_append(ctx, &contact)) return -1;
    drop(ctx, record);
    return 1;
}
