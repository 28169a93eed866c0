#include "shared.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"

typedef struct variable variable;
struct variable {
    variable *next;
    kl_span name;
    bool is_text;
    int64_t i;
    kl_buf text;
};

typedef struct script script;
struct script {
    script *next;
    kl_span path;
    unsigned long version;
};

struct kl_shared {
    atomic_size_t references;
    atomic_ulong reloads;       /* of all scripts together */
    atomic_llong numbers[SHARED_NUMBERS];
    pthread_mutex_t lock;       /* of both lists */
    variable *variables;
    size_t variable_count;
    script *scripts;
    htable_root *htables;
    locks_root locks;
};

#define NUMBER_UNSET LLONG_MIN

htable_root *shared_htables(const kl_shared *shared) { return shared->htables; }
locks_root *shared_locks(kl_shared *shared) { return &shared->locks; }

static bool init_locks(kl_shared *shared)
{
    if (pthread_mutex_init(&shared->lock, NULL) != 0) return false;
    if (locks_root_init(&shared->locks)) return true;
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

static void free_variables(variable *v)
{
    while (v) {
        variable *next = v->next;
        buf_free(&v->text);
        kl_free(v);
        v = next;
    }
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
    free_variables(shared->variables);
    free_scripts(shared->scripts);
    htable_root_free(shared->htables);
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

/* ---- $shv */

static variable *find(kl_shared *shared, kl_span name)
{
    variable *v = shared->variables;
    while (v && !span_eq(v->name, name)) v = v->next;
    return v;
}

static variable *find_or_make(kl_shared *shared, kl_span name)
{
    variable *v = find(shared, name);
    if (v) return v;
    kl_span copy;
    v = node_with(sizeof *v, name, &copy);
    if (!v) return NULL;
    v->name = copy;
    buf_init(&v->text);
    v->next = shared->variables;
    shared->variables = v;
    shared->variable_count++;
    return v;
}

bool shared_get(kl_shared *shared, kl_span name, kl_arena *arena, kl_value *out)
{
    bool done = true;
    *out = (kl_value){.type = KL_TYPE_INT};
    enter(shared);
    const variable *v = find(shared, name);
    if (v && v->is_text) {
        out->type = KL_TYPE_STR;
        out->s = arena_copy(arena, buf_span(&v->text));
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
static bool set_text(variable *v, kl_span text)
{
    kl_buf fresh;
    if (v->text.cap < text.n) {
        buf_init(&fresh);
        if (!buf_reserve(&fresh, text.n)) return false;
        buf_free(&v->text);
        v->text = fresh;
    }
    buf_clear(&v->text);
    buf_add(&v->text, text);
    v->is_text = true;
    return true;
}

static bool assign(variable *v, const kl_value *value)
{
    if (!v) return false;
    if (value->type == KL_TYPE_STR) return set_text(v, value->s);
    v->is_text = false;
    v->i = value->i;
    return true;
}

bool shared_set(kl_shared *shared, kl_span name, const kl_value *value)
{
    enter(shared);
    const bool done = assign(find_or_make(shared, name), value);
    leave(shared);
    return done;
}

bool shared_init(kl_shared *shared, kl_span name, const kl_value *value)
{
    enter(shared);
    const bool done = find(shared, name) || assign(find_or_make(shared, name), value);
    leave(shared);
    return done;
}

bool shared_increment(kl_shared *shared, kl_span name, int64_t *out)
{
    enter(shared);
    variable *v = find_or_make(shared, name);
    if (v) *out = v->is_text ? 0 : ++v->i;
    leave(shared);
    return v != NULL;
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
    return atomic_load_explicit(&((kl_shared *)shared)->reloads, memory_order_acquire);    /* C11 takes no const atomic here */
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
