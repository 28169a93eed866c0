#include "tickets.h"

#include "base/mem.h"
#include "columns.h"
#include "hooks.h"
#include "shared.h"
#include "sip/build.h"

typedef struct kept_send kept_send;
struct kept_send {
    kept_send *next;
    kl_effect effect;
    char text[];
};

typedef struct follower follower;
struct follower {
    follower *next;
    ticket_listener listener;
};

/* How this engine waits for one ticket. */
typedef struct own_wait own_wait;
struct own_wait {
    ticket_wait base;       /* first */
    own_wait *next, **link; /* of its bucket; link NULL: in none yet */
    int64_t ticket;
    ticket_waits *waits;
    kl_shared *shared;
    uint64_t request; /* the request that left it, in the index; 0: none */
    follower *followers, **last_follower;
    kept_send *kept, **last_kept; /* what is sent should it fail */
    size_t bytes;                 /* of all that */
};

#define BUCKETS 1024

/* All that this engine has not handled yet, told or not. */
struct ticket_waits {
    size_t count, bytes;
    own_wait **buckets; /* made for the first wait, as few hosts store anything */
};

ticket_waits *tickets_waits_new(void) { return kl_calloc(1, sizeof(ticket_waits)); }

void tickets_waits_free(ticket_waits *waits)
{
    if (!waits) return;
    kl_free(waits->buckets);
    kl_free(waits);
}

static shared_tickets *tickets_of(const kl_ctx *ctx) { return shared_tickets_of(ctx->shared); }

/* ---- waits */

/* Nothing is added to it any more. */
static void unlink_wait(own_wait *wait)
{
    if (!wait->link) return;
    *wait->link = wait->next;
    if (wait->next) wait->next->link = wait->link;
    wait->link = NULL;
    wait->waits->count--;
}

static void free_wait(inbox_input *input)
{
    own_wait *wait = (own_wait *)input;
    unlink_wait(wait);
    wait->waits->bytes -= wait->bytes;
    if (wait->request) shared_index_drop(shared_requests_of(wait->shared), wait->request, wait->base.engine);
    for (follower *one = wait->followers, *next; one; one = next) {
        next = one->next;
        if (one->listener.gone) one->listener.gone(one->listener.with);
        kl_free(one);
    }
    for (kept_send *one = wait->kept, *next; one; one = next) {
        next = one->next;
        kl_free(one);
    }
    kl_free(wait);
}

/* All of it together has the limit that the effects of a run have. */
static bool pay(const kl_ctx *ctx, own_wait *wait, size_t bytes)
{
    ticket_waits *waits = ctx->per_engine->waits;
    const size_t limit = ctx->effects->arena.limit;
    if (limit && (bytes > limit || waits->bytes > limit - bytes)) return false;
    waits->bytes += bytes;
    wait->bytes += bytes;
    return true;
}

static bool have_buckets(ticket_waits *waits)
{
    if (!waits->buckets) waits->buckets = kl_calloc(BUCKETS, sizeof(own_wait *));
    return waits->buckets != NULL;
}

static own_wait *make_wait(const kl_ctx *ctx)
{
    own_wait *wait = have_buckets(ctx->per_engine->waits) ? kl_calloc(1, sizeof *wait) : NULL;
    if (!wait || !pay(ctx, wait, sizeof *wait)) {
        kl_free(wait);
        return NULL;
    }
    wait->waits = ctx->per_engine->waits;
    wait->base.told = (inbox_input){.kind = KL_INPUT_STORED, .size = sizeof *wait, .drop = free_wait};
    wait->base.engine = ctx->number;
    wait->base.box = ctx->per_engine->inbox;
    wait->shared = ctx->shared;
    wait->last_follower = &wait->followers;
    wait->last_kept = &wait->kept;
    return wait;
}

static own_wait **bucket_of(const kl_ctx *ctx, int64_t ticket)
{
    return &ctx->per_engine->waits->buckets[(uint64_t)ticket % BUCKETS];
}

static void place(const kl_ctx *ctx, own_wait *wait, int64_t ticket)
{
    own_wait **bucket = bucket_of(ctx, ticket);
    wait->ticket = ticket;
    wait->next = *bucket;
    wait->link = bucket;
    if (wait->next) wait->next->link = &wait->next;
    *bucket = wait;
    wait->waits->count++;
}

static own_wait *find(const kl_ctx *ctx, int64_t ticket)
{
    own_wait *wait = ctx->per_engine->waits->count > 0 ? *bucket_of(ctx, ticket) : NULL;
    while (wait && wait->ticket != ticket) wait = wait->next;
    return wait;
}

/* NULL with *pending: no memory. */
static own_wait *wait_for(kl_ctx *ctx, int64_t ticket, bool *pending)
{
    own_wait *wait = find(ctx, ticket);
    *pending = wait || shared_tickets_pending(tickets_of(ctx), ticket);
    if (wait || !*pending) return wait;
    wait = make_wait(ctx);
    if (!wait) return NULL;
    *pending = shared_tickets_join(tickets_of(ctx), ticket, &wait->base);
    if (*pending) {
        place(ctx, wait, ticket);
        return wait;
    }
    free_wait(&wait->base.told);
    return NULL;
}

bool tickets_pending(const kl_ctx *ctx, int64_t ticket)
{
    return find(ctx, ticket) || shared_tickets_pending(tickets_of(ctx), ticket);
}

/* ---- followers */

static follower *make_follower(const ticket_listener *listener)
{
    follower *one = kl_malloc(sizeof *one);
    if (one) *one = (follower){.listener = *listener};
    return one;
}

static bool add_follower(own_wait *wait, follower *one)
{
    if (!one) return false;
    *wait->last_follower = one;
    wait->last_follower = &one->next;
    return true;
}

bool tickets_follow(kl_ctx *ctx, int64_t ticket, const ticket_listener *listener)
{
    bool pending;
    own_wait *wait = wait_for(ctx, ticket, &pending);
    if (wait) return add_follower(wait, make_follower(listener));
    if (!pending && listener->gone) listener->gone(listener->with);
    return !pending;
}

/* ---- requests that come again */

static uint64_t request_of(const kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    if (!msg || !msg->is_request || msg->method_id == SIP_ACK) return 0;
    const sip_hdr *via = msg_hdr_first(msg, SIP_HDR_VIA), *call_id = msg_hdr_first(msg, SIP_HDR_CALL_ID),
                  *cseq = msg_hdr_first(msg, SIP_HDR_CSEQ);
    if (!via || !call_id || !cseq) return 0;
    return shared_hash(ctx->shared, hdr_body(via), hdr_body(call_id), hdr_body(cseq)) | 1;
}

bool tickets_is_repeated(const kl_ctx *ctx)
{
    const uint64_t request = ctx->per_engine->waits->count > 0 ? request_of(ctx) : 0;
    return request && shared_index_find(shared_requests_of(ctx->shared), request) >= 0;
}

static bool note_request(const kl_ctx *ctx, own_wait *wait)
{
    const uint64_t request = request_of(ctx);
    if (request && !shared_index_put(shared_requests_of(ctx->shared), request, ctx->number)) return false;
    wait->request = request;
    return true;
}

/* ---- a run that waits */

static bool run_waits(kl_ctx *ctx, int64_t ticket)
{
    if (ticket > ctx->per_engine->after) ctx->per_engine->after = ticket;
    return !hook_waits(ctx, ticket);
}

static uint64_t key_of(const kl_ctx *ctx, kl_span about)
{
    return about.n > 0 ? shared_hash(ctx->shared, SPAN("about"), about, SPAN_NULL) | 1 : 0;
}

int64_t tickets_about(kl_ctx *ctx, kl_span about, bool *failed)
{
    *failed = false;
    if (!shared_tickets_any(tickets_of(ctx))) return 0;
    const int64_t ticket = shared_tickets_about(tickets_of(ctx), key_of(ctx, about));
    if (ticket) *failed = !run_waits(ctx, ticket);
    return ticket;
}

static bool add_store(kl_ctx *ctx, const kl_store *store, int64_t ticket)
{
    kl_buf columns;
    buf_init(&columns);
    for (size_t i = 0; i < store->count; i++) columns_add(&columns, &store->columns[i]);
    const kl_effect effect = {.kind = KL_EFFECT_STORE,
                              .flags = (int)store->operation,
                              .conid = -1,
                              .where = store->table,
                              .data = buf_span(&columns),
                              .ticket = ticket};
    const bool added = !columns.failed && effects_add(ctx->effects, &effect);
    buf_free(&columns);
    return added;
}

/* Nobody was told of it: it has never been. */
static void withdraw(kl_ctx *ctx, int64_t ticket)
{
    ticket_wait *wait = NULL;
    if (shared_tickets_tell(tickets_of(ctx), ticket, ctx->number, SPAN("out of memory"), &wait) && wait)
        free_wait(&wait->told);
}

/* The ticket, and this engine waits for it. 0: no memory. */
static int64_t begin(kl_ctx *ctx, const kl_store *store)
{
    own_wait *wait = make_wait(ctx);
    if (!wait) return 0;
    int64_t ticket = 0;
    if (store->is_loose || note_request(ctx, wait))
        ticket = shared_tickets_draw(tickets_of(ctx), key_of(ctx, store->about), &wait->base);
    if (ticket) place(ctx, wait, ticket);
    else free_wait(&wait->base.told);
    return ticket;
}

int64_t tickets_store(kl_ctx *ctx, const kl_store *store, const ticket_listener *listener)
{
    follower *own = listener ? make_follower(listener) : NULL;
    const int64_t before = ctx->per_engine->after, ticket = listener && !own ? 0 : begin(ctx, store);
    if (ticket && (store->is_loose || run_waits(ctx, ticket)) && add_store(ctx, store, ticket)) {
        if (own) add_follower(find(ctx, ticket), own);
        return ticket;
    }
    if (ticket) withdraw(ctx, ticket);
    ctx->per_engine->after = before;
    kl_free(own);
    return 0;
}

/* ---- what is sent meanwhile */

static kept_send *copy_of(const kl_effect *effect)
{
    kept_send *one = kl_malloc(sizeof *one + effect_size(effect));
    if (!one) return NULL;
    *one = (kept_send){.effect = *effect};
    effect_move(&one->effect, one->text);
    return one;
}

/* Instead of a reply that tells of success, one that does not; anything else as it is. */
static kept_send *in_place_of(const kl_effect *effect)
{
    if (!span_starts(effect->data, SPAN("SIP/2.0 2"))) return copy_of(effect);
    kl_buf text;
    buf_init(&text);
    kl_effect failure = *effect;
    const bool built = build_failure(effect->data, &text);
    failure.data = buf_span(&text);
    kept_send *one = built ? copy_of(&failure) : NULL;
    buf_free(&text);
    return one;
}

bool tickets_hold(kl_ctx *ctx, kl_effect *effect)
{
    bool pending;
    own_wait *wait = wait_for(ctx, ctx->per_engine->after, &pending);
    if (!pending) return true;
    kept_send *one = wait ? in_place_of(effect) : NULL;
    if (one && !pay(ctx, wait, sizeof *one + one->effect.data.n)) {
        kl_free(one);
        one = NULL;
    }
    if (!one) {
        ctx->effects->lost_others++;
        return false;
    }
    *wait->last_kept = one;
    wait->last_kept = &one->next;
    effect->ticket = ctx->per_engine->after;
    return true;
}

/* ---- what became of it */

void tickets_wait_told(kl_ctx *ctx, ticket_wait *told)
{
    own_wait *wait = (own_wait *)told;
    const int64_t ticket = told->told.stored.ticket;
    const kl_span error = told->told.stored.error;
    unlink_wait(wait);
    effects_add(
        ctx->effects,
        &(kl_effect){.kind = KL_EFFECT_RELEASE, .flags = error.s ? KL_RELEASE_DROP : 0, .conid = -1, .ticket = ticket});
    if (wait->request) shared_index_drop(shared_requests_of(wait->shared), wait->request, told->engine);
    wait->request = 0;
    for (follower *one = wait->followers; one; one = one->next)
        one->listener.told(ctx, one->listener.with, ticket, error);
    for (kept_send *one = wait->kept; one && error.s; one = one->next) effects_add(ctx->effects, &one->effect);
}

void tickets_told(kl_ctx *ctx, int64_t ticket, kl_span error)
{
    ticket_wait *wait = NULL;
    if (!shared_tickets_tell(tickets_of(ctx), ticket, ctx->number, error, &wait) || !wait) return;
    tickets_wait_told(ctx, wait);
    free_wait(&wait->told);
}

void tickets_leave(kl_shared *shared, int engine)
{
    for (ticket_wait *wait = shared_tickets_leave(shared_tickets_of(shared), engine), *next; wait; wait = next) {
        next = wait->next;
        free_wait(&wait->told);
    }
}
