#include "shared_tickets.h"

#include "base/mem.h"
#include "base/mutex.h"

#define FIRST_BUCKETS 64

struct shared_ticket {
    shared_ticket *older, *newer, *same_ticket, *same_key; /* same_: of the bucket */
    int64_t ticket;
    uint64_t key;
    ticket_wait *waits;
    bool is_told; /* somebody is at it; who comes meanwhile is told too */
};

bool shared_tickets_init(shared_tickets *tickets)
{
    *tickets = (shared_tickets){.last = 0};
    atomic_init(&tickets->count, 0);
    return mutex_init(&tickets->lock);
}

static void forget_all(shared_tickets *tickets)
{
    for (shared_ticket *one = tickets->oldest, *newer; one; one = newer) {
        newer = one->newer;
        KL_ASSERT(!one->waits);
        kl_free(one);
    }
    kl_free(tickets->by_ticket);
    kl_free(tickets->by_key);
    tickets->oldest = tickets->newest = NULL;
    tickets->by_ticket = tickets->by_key = NULL;
    tickets->bucket_count = 0;
    atomic_store_explicit(&tickets->count, 0, memory_order_relaxed);
}

void shared_tickets_done(shared_tickets *tickets)
{
    forget_all(tickets);
    pthread_mutex_destroy(&tickets->lock);
}

static void enter(shared_tickets *tickets) { pthread_mutex_lock(&tickets->lock); }
static void leave(shared_tickets *tickets) { pthread_mutex_unlock(&tickets->lock); }

/* ---- places */

static shared_ticket **ticket_bucket(const shared_tickets *tickets, int64_t ticket)
{
    return &tickets->by_ticket[(uint64_t)ticket & (tickets->bucket_count - 1)];
}

static shared_ticket **key_bucket(const shared_tickets *tickets, uint64_t key)
{
    return &tickets->by_key[key & (tickets->bucket_count - 1)];
}

static void place(shared_tickets *tickets, shared_ticket *one)
{
    shared_ticket **bucket = ticket_bucket(tickets, one->ticket);
    one->same_ticket = *bucket;
    *bucket = one;
    if (one->key == 0) return;
    bucket = key_bucket(tickets, one->key);
    one->same_key = *bucket;
    *bucket = one;
}

static bool grow(shared_tickets *tickets)
{
    const size_t count = tickets->bucket_count ? tickets->bucket_count * 2 : FIRST_BUCKETS;
    shared_ticket **by_ticket = kl_calloc(count, sizeof *by_ticket), **by_key = kl_calloc(count, sizeof *by_key);
    if (!by_ticket || !by_key) {
        kl_free(by_ticket);
        kl_free(by_key);
        return tickets->bucket_count > 0; /* the chains get longer */
    }
    kl_free(tickets->by_ticket);
    kl_free(tickets->by_key);
    tickets->by_ticket = by_ticket;
    tickets->by_key = by_key;
    tickets->bucket_count = count;
    for (shared_ticket *one = tickets->oldest; one; one = one->newer) place(tickets, one);
    return true;
}

static shared_ticket *find(const shared_tickets *tickets, int64_t ticket)
{
    shared_ticket *one = tickets->bucket_count ? *ticket_bucket(tickets, ticket) : NULL;
    while (one && one->ticket != ticket) one = one->same_ticket;
    return one;
}

static void unplace(shared_tickets *tickets, shared_ticket *one)
{
    shared_ticket **at = ticket_bucket(tickets, one->ticket);
    while (*at != one) at = &(*at)->same_ticket;
    *at = one->same_ticket;
    for (at = key_bucket(tickets, one->key); one->key && *at != one;) at = &(*at)->same_key;
    if (one->key) *at = one->same_key;
    *(one->older ? &one->older->newer : &tickets->oldest) = one->newer;
    *(one->newer ? &one->newer->older : &tickets->newest) = one->older;
    atomic_fetch_sub_explicit(&tickets->count, 1, memory_order_relaxed);
}

/* ---- in */

static void append(shared_tickets *tickets, shared_ticket *one)
{
    one->ticket = ++tickets->last;
    place(tickets, one);
    one->older = tickets->newest;
    *(tickets->newest ? &tickets->newest->newer : &tickets->oldest) = one;
    tickets->newest = one;
    atomic_fetch_add_explicit(&tickets->count, 1, memory_order_relaxed);
}

int64_t shared_tickets_draw(shared_tickets *tickets, uint64_t key, ticket_wait *wait)
{
    shared_ticket *one = kl_calloc(1, sizeof *one);
    if (!one) return 0;
    one->key = key;
    one->waits = wait;
    enter(tickets);
    const bool fits = atomic_load_explicit(&tickets->count, memory_order_relaxed) < tickets->bucket_count ||
                      grow(tickets);
    if (fits) append(tickets, one);
    const int64_t ticket = fits ? one->ticket : 0;
    leave(tickets);
    if (!fits) kl_free(one);
    return ticket;
}

bool shared_tickets_join(shared_tickets *tickets, int64_t ticket, ticket_wait *wait)
{
    enter(tickets);
    shared_ticket *one = find(tickets, ticket);
    if (one) {
        wait->next = one->waits;
        one->waits = wait;
    }
    leave(tickets);
    return one != NULL;
}

/* ---- questions */

int64_t shared_tickets_about(shared_tickets *tickets, uint64_t key)
{
    int64_t highest = 0;
    enter(tickets);
    const shared_ticket *one = tickets->bucket_count ? *key_bucket(tickets, key) : NULL;
    for (; one; one = one->same_key)
        if (one->key == key && one->ticket > highest) highest = one->ticket;
    leave(tickets);
    return highest;
}

bool shared_tickets_pending(shared_tickets *tickets, int64_t ticket)
{
    enter(tickets);
    const bool found = find(tickets, ticket) != NULL;
    leave(tickets);
    return found;
}

int64_t shared_tickets_oldest(shared_tickets *tickets)
{
    enter(tickets);
    const shared_ticket *one = tickets->oldest;
    while (one && one->is_told) one = one->newer;
    const int64_t ticket = one ? one->ticket : 0;
    leave(tickets);
    return ticket;
}

/* ---- out */

void ticket_wait_tell(ticket_wait *wait, int64_t ticket, kl_span error)
{
    const size_t n = error.n < sizeof wait->error ? error.n : sizeof wait->error;
    if (n > 0) memcpy(wait->error, error.s, n);
    wait->told.stored.ticket = ticket;
    wait->told.stored.error = error.s ? span_of(wait->error, n) : SPAN_NULL;
    wait->told.stored.is_wait = true;
}

/* One of those who wait. The lock is held: an engine that leaves meanwhile finds its wait here, or in its inbox. */
static kl_inbox *tell_one(shared_ticket *one, int except, kl_span error, ticket_wait **own)
{
    ticket_wait *wait = one->waits;
    one->waits = wait->next;
    ticket_wait_tell(wait, one->ticket, error);
    if (wait->engine == except) {
        *own = wait;
        return NULL;
    }
    kl_inbox *box = inbox_ref(wait->box);
    if (inbox_put_ready(box, &wait->told)) return box;
    kl_inbox_free(box);
    return NULL;
}

bool shared_tickets_tell(shared_tickets *tickets, int64_t ticket, int except, kl_span error, ticket_wait **own)
{
    enter(tickets);
    shared_ticket *one = find(tickets, ticket);
    const bool found = one && !one->is_told;
    if (found) one->is_told = true;
    while (found && one->waits) {
        kl_inbox *box = tell_one(one, except, error, own);
        if (!box) continue;
        leave(tickets); /* whoever wakes up may ask for tickets */
        inbox_wake_up(box);
        kl_inbox_free(box);
        enter(tickets);
    }
    if (found) unplace(tickets, one);
    leave(tickets);
    if (found) kl_free(one);
    return found;
}

ticket_wait *shared_tickets_leave(shared_tickets *tickets, int engine)
{
    ticket_wait *list = NULL;
    enter(tickets);
    for (shared_ticket *one = tickets->oldest; one; one = one->newer)
        for (ticket_wait **at = &one->waits; *at;) {
            ticket_wait *wait = *at;
            if (wait->engine != engine) {
                at = &wait->next;
                continue;
            }
            *at = wait->next;
            wait->next = list;
            list = wait;
        }
    leave(tickets);
    return list;
}

void shared_tickets_rewind(shared_tickets *tickets, int64_t last)
{
    enter(tickets);
    for (shared_ticket *one = tickets->oldest, *newer; one; one = newer) {
        newer = one->newer;
        if (one->is_told) continue; /* whoever is at it does so */
        unplace(tickets, one);
        kl_free(one);
    }
    tickets->last = last;
    leave(tickets);
}
