#include "shared.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "base/mutex.h"
#include "base/siphash.h"
#include "sip/call_id.h"

typedef struct variable variable;
struct variable {
    variable *next; /* of the same bucket */
    uint64_t hash;
    kl_span name;
    bool is_text;
    int64_t i;
    char *text;
    size_t n, cap;
};

typedef struct script script;
struct script {
    script *next;
    kl_span path;
    unsigned long version;
};

struct kl_shared {
    atomic_size_t references;
    atomic_ulong reloads; /* of all scripts together */
    atomic_llong numbers[SHARED_NUMBERS];
    pthread_mutex_t lock;                /* of variables and scripts */
    variable **buckets;                  /* of variables */
    size_t bucket_count, variable_count; /* bucket_count: a power of two, or 0 */
    size_t used, limit;                  /* bytes of variables; limit 0 for none */
    bool joined;
    unsigned char key[16]; /* of their hash */
    script *scripts;
    htable_root *htables;
    locks_root locks;
    shared_engines engines;
    shared_index index;
    shared_tickets tickets;
    shared_index requests;
    shared_timers timers;
    shared_nonces nonces;
    shared_secrets ephemeral;
};

#define NUMBER_UNSET LLONG_MIN

htable_root *shared_htables(const kl_shared *shared) { return shared->htables; }
locks_root *shared_locks(kl_shared *shared) { return &shared->locks; }
shared_timers *shared_timers_of(kl_shared *shared) { return &shared->timers; }
shared_engines *shared_engines_of(kl_shared *shared) { return &shared->engines; }
shared_index *shared_index_of(kl_shared *shared) { return &shared->index; }
shared_tickets *shared_tickets_of(kl_shared *shared) { return &shared->tickets; }
shared_nonces *shared_nonces_of(kl_shared *shared) { return &shared->nonces; }
shared_secrets *shared_ephemeral_of(kl_shared *shared) { return &shared->ephemeral; }
shared_index *shared_requests_of(kl_shared *shared) { return &shared->requests; }

uint64_t shared_hash(const kl_shared *shared, kl_span kind, kl_span first, kl_span second)
{
    siphash_fields fields;
    siphash_fields_begin(&fields, shared->key, kind);
    siphash_fields_add(&fields, first);
    siphash_fields_add(&fields, second);
    return siphash_fields_end(&fields);
}

static bool init_locks(kl_shared *shared)
{
    if (!mutex_init(&shared->lock)) return false;
    if (!locks_root_init(&shared->locks)) goto no_locks;
    if (!shared_engines_init(&shared->engines)) goto no_engines;
    if (!shared_index_init(&shared->index)) goto no_index;
    if (!shared_index_init(&shared->requests)) goto no_requests;
    if (!shared_tickets_init(&shared->tickets)) goto no_tickets;
    if (!shared_nonces_init(&shared->nonces)) goto no_nonces;
    if (!shared_secrets_init(&shared->ephemeral)) goto no_secrets;
    if (shared_timers_init(&shared->timers)) return true;
    shared_secrets_done(&shared->ephemeral);
no_secrets:
    shared_nonces_done(&shared->nonces);
no_nonces:
    shared_tickets_done(&shared->tickets);
no_tickets:
    shared_index_done(&shared->requests);
no_requests:
    shared_index_done(&shared->index);
no_index:
    shared_engines_done(&shared->engines);
no_engines:
    locks_root_done(&shared->locks);
no_locks:
    pthread_mutex_destroy(&shared->lock);
    return false;
}

kl_shared *kl_shared_new(void)
{
    kl_shared *shared = kl_calloc(1, sizeof *shared);
    if (!shared) return NULL;
    shared->htables = htable_root_new();
    if (!shared->htables || !init_locks(shared)) {
        htable_root_free(shared->htables);
        kl_free(shared);
        return NULL;
    }
    atomic_init(&shared->references, 1);
    atomic_init(&shared->reloads, 0);
    for (int i = 0; i < SHARED_NUMBERS; i++) atomic_init(&shared->numbers[i], NUMBER_UNSET);
    return shared;
}

void shared_ref(kl_shared *shared) { atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed); }

static void free_variables(kl_shared *shared)
{
    for (size_t i = 0; i < shared->bucket_count; i++)
        for (variable *v = shared->buckets[i], *next; v; v = next) {
            next = v->next;
            kl_free(v->text);
            kl_free(v);
        }
    kl_free(shared->buckets);
}

static void free_scripts(script *s)
{
    while (s) {
        script *next = s->next;
        kl_free(s);
        s = next;
    }
}

void kl_shared_free(kl_shared *shared)
{
    if (!shared || atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) > 1) return;
    free_variables(shared);
    free_scripts(shared->scripts);
    shared_timers_done(&shared->timers); /* first: they lie in what they are for */
    htable_root_free(shared->htables);
    shared_secrets_done(&shared->ephemeral);
    shared_nonces_done(&shared->nonces);
    shared_tickets_done(&shared->tickets);
    shared_index_done(&shared->requests);
    shared_index_done(&shared->index);
    shared_engines_done(&shared->engines);
    locks_root_done(&shared->locks);
    pthread_mutex_destroy(&shared->lock);
    kl_free(shared);
}

static void enter(kl_shared *shared) { pthread_mutex_lock(&shared->lock); }
static void leave(kl_shared *shared) { pthread_mutex_unlock(&shared->lock); }

/* A node of `size` bytes with a copy of the text behind it. */
static void *node_with(size_t size, kl_span text, kl_span *copy)
{
    char *node = kl_calloc(1, size + text.n + 1);
    if (!node) return NULL;
    if (text.n > 0) memcpy(node + size, text.s, text.n);
    *copy = span_of(node + size, text.n);
    return node;
}

/* ---- numbers */

static int32_t known(long long value, int32_t initial) { return value == NUMBER_UNSET ? initial : (int32_t)value; }

int32_t shared_number_get(kl_shared *shared, shared_number which, int32_t initial)
{
    return known(atomic_load_explicit(&shared->numbers[which], memory_order_relaxed), initial);
}

void shared_number_set(kl_shared *shared, shared_number which, int32_t value)
{
    atomic_store_explicit(&shared->numbers[which], value, memory_order_relaxed);
}

void shared_number_bits(kl_shared *shared, shared_number which, int32_t initial, uint32_t set, uint32_t reset)
{
    long long old = atomic_load(&shared->numbers[which]), changed;
    do changed = (int32_t)(((uint32_t)known(old, initial) | set) & ~reset);
    while (!atomic_compare_exchange_weak(&shared->numbers[which], &old, changed));
}

/* ---- engines */

kl_status shared_join(kl_shared *shared, kl_inbox *box, size_t limit, const unsigned char key[16], int *number)
{
    const kl_status status = shared_engines_join(&shared->engines, box, number);
    if (status != KL_OK) return status;
    enter(shared);
    if (!shared->joined) memcpy(shared->key, key, sizeof shared->key);
    if (!shared->joined || limit == 0 || (shared->limit && limit > shared->limit)) shared->limit = limit;
    shared->joined = true;
    leave(shared);
    return KL_OK;
}

void shared_leave(kl_shared *shared, int number)
{
    shared_timers_leave(&shared->timers, number);
    shared_engines_leave(&shared->engines, number);
}

bool shared_set_timer(kl_shared *shared, int by, shared_timer *timer, unsigned group, shared_timer_fn fn, int64_t when)
{
    int runner;
    const bool done = shared_timer_set(&shared->timers, timer, group, fn, when, &runner);
    if (done && runner >= 0 && runner != by) shared_engines_look_at_timers(&shared->engines, runner);
    return done;
}

int kl_shared_engines(kl_shared *shared) { return shared_engines_count(&shared->engines); }

static int owner_of(kl_shared *shared, kl_span call_id, uint64_t *hash)
{
    const int count = shared_engines_count(&shared->engines);
    *hash = count > 1 && call_id.s ? siphash_of(shared->key, call_id) : 0;
    return count > 1 ? (int)(*hash % (unsigned)count) : 0;
}

int shared_owner(kl_shared *shared, kl_span data, uint64_t *hash)
{
    return owner_of(shared, sip_call_id_of(data), hash);
}

int kl_shared_owner(kl_shared *shared, const char *data, size_t size)
{
    uint64_t hash;
    return shared_owner(shared, span_of(data, size), &hash);
}

bool shared_is_owner(kl_shared *shared, int number, kl_span call_id)
{
    uint64_t hash;
    return owner_of(shared, call_id, &hash) == number;
}

/* ---- Stores */

kl_status kl_shared_stored(kl_shared *shared, int64_t ticket, kl_span error)
{
    return shared_tickets_tell(&shared->tickets, ticket, -1, error, NULL) ? KL_OK : KL_ENOENT;
}

int64_t kl_shared_oldest_store(kl_shared *shared) { return shared_tickets_oldest(&shared->tickets); }

/* ---- $shv */

static uint64_t hash_of(const kl_shared *shared, kl_span name) { return siphash_of(shared->key, name); }

static variable **bucket_of(const kl_shared *shared, uint64_t hash)
{
    return &shared->buckets[hash & (shared->bucket_count - 1)];
}

static variable *find_hashed(const kl_shared *shared, kl_span name, uint64_t hash)
{
    variable *v = shared->bucket_count ? *bucket_of(shared, hash) : NULL;
    while (v && (v->hash != hash || !span_eq(v->name, name))) v = v->next;
    return v;
}

static variable *find(const kl_shared *shared, kl_span name)
{
    return find_hashed(shared, name, hash_of(shared, name));
}

static bool take(kl_shared *shared, size_t more)
{
    if (shared->limit && (shared->used > shared->limit || more > shared->limit - shared->used)) return false;
    shared->used += more;
    return true;
}

#define FIRST_BUCKETS 64

static bool grow(kl_shared *shared)
{
    kl_shared bigger = {.bucket_count = shared->bucket_count ? shared->bucket_count * 2 : FIRST_BUCKETS};
    bigger.buckets = kl_calloc(bigger.bucket_count, sizeof *bigger.buckets);
    if (!bigger.buckets) return false;
    for (size_t i = 0; i < shared->bucket_count; i++)
        for (variable *v = shared->buckets[i], *next; v; v = next) {
            variable **place = bucket_of(&bigger, v->hash);
            next = v->next;
            v->next = *place;
            *place = v;
        }
    kl_free(shared->buckets);
    shared->buckets = bigger.buckets;
    shared->bucket_count = bigger.bucket_count;
    return true;
}

static variable *make(kl_shared *shared, kl_span name, uint64_t hash)
{
    const size_t size = sizeof(variable) + sizeof(variable *) + name.n;
    kl_span copy;
    if (shared->variable_count >= shared->bucket_count && !grow(shared) && !shared->bucket_count) return NULL;
    if (!take(shared, size)) return NULL;
    variable *v = node_with(sizeof *v, name, &copy);
    if (!v) {
        shared->used -= size;
        return NULL;
    }
    variable **place = bucket_of(shared, hash);
    *v = (variable){.next = *place, .hash = hash, .name = copy};
    *place = v;
    shared->variable_count++;
    return v;
}

static variable *find_or_make(kl_shared *shared, kl_span name)
{
    const uint64_t hash = hash_of(shared, name);
    variable *v = find_hashed(shared, name, hash);
    return v ? v : make(shared, name, hash);
}

bool shared_get(kl_shared *shared, kl_span name, kl_arena *arena, kl_value *out)
{
    bool done = true;
    *out = (kl_value){.type = KL_TYPE_INT};
    enter(shared);
    const variable *v = find(shared, name);
    if (v && v->is_text) {
        out->type = KL_TYPE_STR;
        out->s = arena_copy(arena, span_of(v->text, v->n));
        done = out->s.s != NULL;
    } else if (v) {
        out->i = v->i;
    }
    leave(shared);
    return done;
}

bool shared_declare(kl_shared *shared, kl_span name)
{
    enter(shared);
    const bool done = shared->variable_count >= SHARED_DECLARED || find_or_make(shared, name);
    leave(shared);
    return done;
}

bool shared_has(kl_shared *shared, kl_span name)
{
    enter(shared);
    const bool there = find(shared, name) != NULL;
    leave(shared);
    return there;
}

/* A text that cannot be kept leaves the old value. */
static bool set_text(kl_shared *shared, variable *v, kl_span text)
{
    if (v->cap < text.n) {
        const size_t cap = mem_room(text.n), more = cap - v->cap;
        if (!take(shared, more)) return false;
        char *fresh = kl_malloc(cap);
        if (!fresh) {
            shared->used -= more;
            return false;
        }
        kl_free(v->text);
        v->text = fresh;
        v->cap = cap;
    }
    if (text.n > 0) memcpy(v->text, text.s, text.n);
    v->n = text.n;
    v->is_text = true;
    return true;
}

static bool assign(kl_shared *shared, variable *v, const kl_value *value)
{
    if (!v) return false;
    if (value->type == KL_TYPE_STR) return set_text(shared, v, value->s);
    v->is_text = false;
    v->i = value->i;
    return true;
}

bool shared_set(kl_shared *shared, kl_span name, const kl_value *value)
{
    enter(shared);
    const bool done = assign(shared, find_or_make(shared, name), value);
    leave(shared);
    return done;
}

bool shared_init(kl_shared *shared, kl_span name, const kl_value *value)
{
    enter(shared);
    const bool done = find(shared, name) || assign(shared, find_or_make(shared, name), value);
    leave(shared);
    return done;
}

bool shared_increment(kl_shared *shared, kl_span name, int64_t *out)
{
    enter(shared);
    variable *v = find_or_make(shared, name);
    if (v) *out = v->is_text ? 0 : (v->i = (int64_t)((uint64_t)v->i + 1));
    leave(shared);
    return v != NULL;
}

/* ---- copies */

static variable *copy_variable(const variable *from)
{
    kl_span name;
    variable *v = node_with(sizeof *v, from->name, &name);
    char *text = v && from->text ? kl_malloc(from->cap) : NULL;
    if (!v || (from->text && !text)) {
        kl_free(v);
        return NULL;
    }
    if (text && from->n > 0) memcpy(text, from->text, from->n);
    *v = *from;
    v->next = NULL;
    v->name = name;
    v->text = text;
    return v;
}

static bool copy_variables(const kl_shared *from, kl_shared *to)
{
    if (from->bucket_count == 0) return true;
    to->buckets = kl_calloc(from->bucket_count, sizeof *to->buckets);
    if (!to->buckets) return false;
    to->bucket_count = from->bucket_count;
    for (size_t i = 0; i < from->bucket_count; i++)
        for (const variable *old = from->buckets[i]; old; old = old->next) {
            variable *v = copy_variable(old);
            if (!v) return false;
            v->next = to->buckets[i];
            to->buckets[i] = v;
        }
    to->variable_count = from->variable_count;
    to->used = from->used;
    return true;
}

kl_shared *shared_copy(kl_shared *shared)
{
    kl_shared *copy = kl_shared_new();
    if (!copy) return NULL;
    htable_root *tables = htable_root_copy(shared->htables);
    enter(shared);
    const bool good = tables && copy_variables(shared, copy);
    leave(shared);
    for (int i = 0; i < SHARED_NUMBERS; i++) atomic_store(&copy->numbers[i], atomic_load(&shared->numbers[i]));
    if (tables) {
        htable_root_free(copy->htables);
        copy->htables = tables;
    }
    if (good) return copy;
    kl_shared_free(copy);
    return NULL;
}

static void take_variables(kl_shared *shared, const kl_shared *from)
{
    shared->buckets = from->buckets;
    shared->bucket_count = from->bucket_count;
    shared->variable_count = from->variable_count;
    shared->used = from->used;
}

void shared_swap(kl_shared *shared, kl_shared *copy)
{
    enter(shared);
    const kl_shared old = {.buckets = shared->buckets,
                           .bucket_count = shared->bucket_count,
                           .variable_count = shared->variable_count,
                           .used = shared->used};
    take_variables(shared, copy);
    take_variables(copy, &old);
    leave(shared);
    for (int i = 0; i < SHARED_NUMBERS; i++)
        atomic_store(&copy->numbers[i], atomic_exchange(&shared->numbers[i], atomic_load(&copy->numbers[i])));
    htable_root_swap(shared->htables, copy->htables);
}

/* ---- reloads */

static script *script_of(kl_shared *shared, kl_span path)
{
    script *s = shared->scripts;
    while (s && !span_eq(s->path, path)) s = s->next;
    return s;
}

unsigned long shared_reload_any(const kl_shared *shared)
{
    /* C11 takes no const atomic here */
    return atomic_load_explicit(&((kl_shared *)shared)->reloads, memory_order_acquire);
}

unsigned long shared_reload_version(kl_shared *shared, kl_span path)
{
    enter(shared);
    const script *s = script_of(shared, path);
    const unsigned long version = s ? s->version : 0;
    leave(shared);
    return version;
}

static script *add_script(kl_shared *shared, kl_span path)
{
    kl_span copy;
    script *s = node_with(sizeof *s, path, &copy);
    if (!s) return NULL;
    s->path = copy;
    s->next = shared->scripts;
    return shared->scripts = s;
}

bool shared_reload_request(kl_shared *shared, kl_span path)
{
    enter(shared);
    script *s = script_of(shared, path);
    if (!s) s = add_script(shared, path);
    if (s) {
        s->version++;
        atomic_fetch_add_explicit(&shared->reloads, 1, memory_order_release);
    }
    leave(shared);
    return s != NULL;
}
