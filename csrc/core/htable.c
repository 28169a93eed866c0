#include "htable.h"

#include <math.h>

#include "base/corehash.h"
#include "base/mutex.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "base/status.h"
#include "htable_layout.h"

#define MAX_SPARE      256 /* items kept to be used again */
#define MAX_SPARE_TEXT 1024

/* ---- tables */

htable_root *htable_root_new(void)
{
    htable_root *root = kl_calloc(1, sizeof *root);
    if (!root) return NULL;
    if (!mutex_init(&root->lock)) {
        kl_free(root);
        return NULL;
    }
    atomic_init(&root->newest, NULL);
    atomic_init(&root->used, 0);
    atomic_init(&root->started, false);
    return root;
}

void htable_free_entries(htable_entry *one)
{
    while (one) {
        htable_entry *next = one->next;
        kl_free(one->key.s);
        kl_free(one->text.s);
        kl_free(one);
        one = next;
    }
}

void htable_free_table(core_htable *table)
{
    for (size_t i = 0; i < table->bucket_count; i++) htable_free_entries(table->buckets[i]);
    htable_free_entries(table->spare);
    kl_free(table->buckets);
    pthread_mutex_destroy(&table->lock);
    kl_free(table);
}

void htable_root_free(htable_root *root)
{
    if (!root) return;
    core_htable *table = atomic_load(&root->newest);
    while (table) {
        core_htable *older = table->older;
        htable_free_table(table);
        table = older;
    }
    pthread_mutex_destroy(&root->lock);
    kl_free(root);
}

core_htable *htable_next(const htable_root *root, const core_htable *table)
{
    return table ? table->older : atomic_load_explicit(&root->newest, memory_order_acquire);
}

core_htable *htable_find(const htable_root *root, kl_span name)
{
    core_htable *table = htable_next(root, NULL);
    while (table && !span_eq(table->def.name, name)) table = table->older;
    return table;
}

const htable_definition *htable_of(const core_htable *table) { return &table->def; }

/* Kamailio's reading of size: 0 and 1 are 3, and above 31 is 14. */
int htable_slots_log2(const core_htable *table)
{
    return table->def.size > 31 ? 14 : table->def.size < 2 ? 3 : table->def.size;
}

static uint32_t slot_of(const core_htable *table, uint32_t hash)
{
    return hash & (uint32_t)((UINT64_C(1) << htable_slots_log2(table)) - 1);
}

uint32_t htable_slot(const core_htable *table, kl_span key) { return slot_of(table, corehash_fold(key, SPAN_NULL)); }

shared_timer *htable_expiry(htable_root *root) { return &root->expiry; }

bool htable_first_start(htable_root *root) { return !atomic_exchange(&root->started, true); }

size_t htable_memory(const htable_root *root) { return atomic_load(&root->used); }

/* The table and its two names in one block. */
core_htable *htable_new_table(htable_root *root, const htable_definition *def)
{
    core_htable *table = kl_calloc(1, sizeof *table + def->name.n + def->dbtable.n + 1);
    if (!table) return NULL;
    char *names = (char *)(table + 1);
    table->root = root;
    table->def = *def;
    if (def->name.n) memcpy(names, def->name.s, def->name.n);
    if (def->dbtable.n) memcpy(names + def->name.n, def->dbtable.s, def->dbtable.n);
    table->def.name = span_of(names, def->name.n);
    table->def.dbtable = span_of(names + def->name.n, def->dbtable.n);
    table->bucket_count = 16;
    atomic_init(&table->refused, false);
    table->buckets = kl_calloc(table->bucket_count, sizeof *table->buckets);
    if (!table->buckets || !mutex_init(&table->lock)) {
        kl_free(table->buckets);
        kl_free(table);
        return NULL;
    }
    return table;
}

core_htable *htable_define(htable_root *root, const htable_definition *definition)
{
    pthread_mutex_lock(&root->lock);
    core_htable *table = htable_find(root, definition->name);
    if (!table && (table = htable_new_table(root, definition)) != NULL) {
        table->older = atomic_load(&root->newest);
        atomic_store_explicit(&root->newest, table, memory_order_release);
    }
    pthread_mutex_unlock(&root->lock);
    return table;
}

/* ---- memory */

size_t htable_entry_size(const htable_entry *one) { return sizeof *one + one->key.cap + one->text.cap; }

static bool within_limit(const core_htable *table, size_t more)
{
    return table->def.limit == 0 ||
           atomic_load_explicit(&table->root->used, memory_order_relaxed) + more <= table->def.limit;
}

/* Memory within the limit, or NULL. */
static void *take(core_htable *table, size_t more, size_t size)
{
    void *p = within_limit(table, more) ? kl_calloc(1, size) : NULL;
    if (!p) atomic_store_explicit(&table->refused, true, memory_order_relaxed);
    return p;
}

bool htable_refused(core_htable *table)
{
    return atomic_exchange_explicit(&table->refused, false, memory_order_relaxed);
}

void htable_account(core_htable *table, size_t before, size_t after)
{
    atomic_fetch_add_explicit(&table->root->used, after - before, memory_order_relaxed);
}

static kl_span piece_span(const htable_piece *one) { return span_of(one->s, one->n); }

/* False leaves the text as it was. */
static bool keep_text(core_htable *table, htable_piece *kept, kl_span text)
{
    if (kept->cap < text.n || !kept->s) {
        const size_t cap = mem_room(text.n);
        char *fresh = take(table, cap - kept->cap, cap);
        if (!fresh) return false;
        kl_free(kept->s);
        htable_account(table, kept->cap, cap);
        kept->s = fresh;
        kept->cap = cap;
    }
    if (text.n) memcpy(kept->s, text.s, text.n);
    kept->n = text.n;
    return true;
}

static void give_back(core_htable *table, htable_entry *one)
{
    if (table->spare_count < MAX_SPARE && one->key.cap + one->text.cap <= MAX_SPARE_TEXT) {
        one->next = table->spare;
        table->spare = one;
        table->spare_count++;
        return;
    }
    htable_account(table, htable_entry_size(one), 0);
    one->next = NULL;
    htable_free_entries(one);
}

static htable_entry *new_item(core_htable *table)
{
    htable_entry *one = table->spare;
    if (one) {
        table->spare = one->next;
        table->spare_count--;
        return one;
    }
    one = take(table, sizeof *one, sizeof *one);
    if (!one) return NULL;
    htable_account(table, 0, htable_entry_size(one));
    return one;
}

/* ---- the order */

static int compare(const htable_place *a, const htable_place *b)
{
    if (a->slot != b->slot) return a->slot < b->slot ? -1 : 1;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->age == b->age ? 0 : a->age < b->age ? -1 : 1;
}

/* What stands before `place` goes to *before, what stands behind it to *behind. */
static void split(htable_entry *tree, const htable_place *place, htable_entry **before, htable_entry **behind)
{
    while (tree) {
        if (compare(&tree->place, place) < 0) {
            *before = tree;
            before = &tree->right;
            tree = tree->right;
        } else {
            *behind = tree;
            behind = &tree->left;
            tree = tree->left;
        }
    }
    *before = *behind = NULL;
}

static htable_entry *merge(htable_entry *before, htable_entry *behind)
{
    htable_entry *top = NULL, **at = &top;
    while (before && behind) {
        if (before->rank > behind->rank) {
            *at = before;
            at = &before->right;
            before = before->right;
        } else {
            *at = behind;
            at = &behind->left;
            behind = behind->left;
        }
    }
    *at = before ? before : behind;
    return top;
}

void htable_order_insert(core_htable *table, htable_entry *one)
{
    htable_entry **at = &table->top;
    while (*at && (*at)->rank >= one->rank) at = compare(&one->place, &(*at)->place) < 0 ? &(*at)->left : &(*at)->right;
    htable_entry *below = *at;
    *at = one;
    split(below, &one->place, &one->left, &one->right);
}

static void order_remove(core_htable *table, htable_entry *one)
{
    htable_entry **at = &table->top;
    while (*at != one) {
        KL_ASSERT(*at);
        at = compare(&one->place, &(*at)->place) < 0 ? &(*at)->left : &(*at)->right;
    }
    *at = merge(one->left, one->right);
}

static htable_entry *order_find(const core_htable *table, const htable_place *place)
{
    htable_entry *one = table->top;
    int side;
    while (one && (side = compare(place, &one->place)) != 0) one = side < 0 ? one->left : one->right;
    return one;
}

static htable_entry *order_behind(const core_htable *table, const htable_place *place)
{
    htable_entry *found = NULL;
    for (htable_entry *one = table->top; one;) {
        const bool behind = compare(place, &one->place) < 0;
        if (behind) found = one;
        one = behind ? one->left : one->right;
    }
    return found;
}

/* ---- keys */

static uint64_t keyed_hash(const core_htable *table, kl_span key) { return siphash_of(table->def.key, key); }

static htable_entry **bucket_of(const core_htable *table, uint64_t keyed)
{
    return &table->buckets[keyed & (table->bucket_count - 1)];
}

static htable_entry *find(const core_htable *table, kl_span key)
{
    const uint64_t keyed = keyed_hash(table, key);
    htable_entry *one = *bucket_of(table, keyed);
    while (one && (one->keyed != keyed || !span_eq(piece_span(&one->key), key))) one = one->next;
    return one;
}

/* Without room for more buckets the chains grow. */
static void grow(core_htable *table)
{
    core_htable bigger = *table;
    if (table->count < table->bucket_count) return;
    bigger.bucket_count = table->bucket_count * 2;
    bigger.buckets = kl_calloc(bigger.bucket_count, sizeof *bigger.buckets);
    if (!bigger.buckets) return;
    for (size_t i = 0; i < table->bucket_count; i++) {
        while (table->buckets[i]) {
            htable_entry *one = table->buckets[i], **bucket = bucket_of(&bigger, one->keyed);
            table->buckets[i] = one->next;
            one->next = *bucket;
            *bucket = one;
        }
    }
    kl_free(table->buckets);
    table->buckets = bigger.buckets;
    table->bucket_count = bigger.bucket_count;
}

static void insert(core_htable *table, htable_entry *one, kl_span key)
{
    grow(table);
    one->keyed = keyed_hash(table, key);
    one->rank = one->keyed * UINT64_C(0x9E3779B97F4A7C15);
    one->place.hash = corehash_fold(key, SPAN_NULL);
    one->place.slot = slot_of(table, one->place.hash);
    one->place.age = ++table->age;
    htable_entry **bucket = bucket_of(table, one->keyed);
    one->next = *bucket;
    *bucket = one;
    htable_order_insert(table, one);
    table->count++;
}

static void drop(core_htable *table, htable_entry *one)
{
    htable_entry **at = bucket_of(table, one->keyed);
    while (*at != one) at = &(*at)->next;
    *at = one->next;
    order_remove(table, one);
    table->count--;
    give_back(table, one);
}

/* ---- time: whole seconds, as Kamailio counts */

static int64_t seconds_of(double now) { return (int64_t)floor(now); }

static bool is_expired(const core_htable *table, const htable_entry *one, double now)
{
    return table->def.autoexpire > 0 && one->expire != 0 && one->expire < seconds_of(now);
}

static htable_entry *find_alive(const core_htable *table, kl_span key, double now)
{
    htable_entry *one = find(table, key);
    return one && !is_expired(table, one, now) ? one : NULL;
}

/* A new value keeps the time to live without updateexpire, but for a new item and one that has expired and was not
 * swept yet: that begins anew. */
static void restart(const core_htable *table, htable_entry *one, int64_t seconds, bool is_new, double now)
{
    is_new = is_new || is_expired(table, one, now);
    if (table->def.autoexpire <= 0) one->expire = 0;
    else if (seconds > 0) one->expire = seconds_of(now) + seconds;
    else if (is_new || table->def.updateexpire) one->expire = seconds_of(now) + table->def.autoexpire;
}

/* ---- items */

static bool assign(core_htable *table, htable_entry *one, const kl_value *value)
{
    if (value->type == KL_TYPE_STR && !keep_text(table, &one->text, value->s)) return false;
    one->is_text = value->type == KL_TYPE_STR;
    one->i = one->is_text ? 0 : value->i;
    return true;
}

static bool read_value(const htable_entry *one, kl_arena *arena, kl_value *out)
{
    *out = (kl_value){.type = KL_TYPE_LONG, .i = one->i};
    if (!one->is_text) return true;
    *out = (kl_value){.type = KL_TYPE_STR,
                      .s = arena ? arena_copy(arena, piece_span(&one->text)) : piece_span(&one->text)};
    return out->s.s != NULL;
}

bool htable_get(core_htable *table, kl_span key, double now, kl_arena *arena, kl_value *out)
{
    bool good = true;
    out->type = KL_TYPE_NULL;
    htable_enter(table);
    const htable_entry *one = find_alive(table, key, now);
    if (one) good = read_value(one, arena, out);
    else if (table->def.has_initval) *out = (kl_value){.type = KL_TYPE_LONG, .i = table->def.initval};
    htable_leave(table);
    return good;
}

bool htable_has(core_htable *table, kl_span key, double now)
{
    htable_enter(table);
    const bool there = find_alive(table, key, now) != NULL;
    htable_leave(table);
    return there;
}

static bool add_item(core_htable *table, kl_span key, const kl_value *value, int64_t seconds, double now)
{
    htable_entry *one = new_item(table);
    if (!one) return false;
    if (!keep_text(table, &one->key, key) || !assign(table, one, value)) {
        give_back(table, one);
        return false;
    }
    restart(table, one, seconds, true, now);
    insert(table, one, key);
    return true;
}

bool htable_set(core_htable *table, kl_span key, const kl_value *value, int64_t seconds, double now)
{
    htable_enter(table);
    htable_entry *one = find(table, key);
    bool good = one ? assign(table, one, value) : add_item(table, key, value, seconds, now);
    if (one && good) restart(table, one, seconds, false, now);
    htable_leave(table);
    return good;
}

static bool add_to(core_htable *table, kl_span key, int64_t by, double now, int64_t *out)
{
    htable_entry *one = find(table, key);
    const bool alive = one && !is_expired(table, one, now);
    if (alive ? one->is_text : !table->def.has_initval) return false;
    *out = (int64_t)((uint64_t)(alive ? one->i : table->def.initval) + (uint64_t)by);
    const kl_value value = {.type = KL_TYPE_LONG, .i = *out};
    if (!one) return add_item(table, key, &value, 0, now);
    assign(table, one, &value);
    restart(table, one, 0, false, now);
    return true;
}

bool htable_add(core_htable *table, kl_span key, int64_t by, double now, int64_t *out)
{
    htable_enter(table);
    const bool good = add_to(table, key, by, now, out);
    htable_leave(table);
    return good;
}

bool htable_remove(core_htable *table, kl_span key)
{
    htable_enter(table);
    htable_entry *one = find(table, key);
    if (one) drop(table, one);
    htable_leave(table);
    return one != NULL;
}

void htable_clear(core_htable *table)
{
    htable_enter(table);
    while (table->top) drop(table, table->top);
    htable_leave(table);
}

void htable_set_expire(core_htable *table, kl_span key, int64_t seconds, double now)
{
    htable_enter(table);
    htable_entry *one = table->def.autoexpire > 0 ? find(table, key) : NULL;
    if (one) one->expire = seconds > 0 ? seconds_of(now) + seconds : 0;
    htable_leave(table);
}

int64_t htable_expire(core_htable *table, kl_span key, double now)
{
    if (table->def.autoexpire <= 0) return 0;
    htable_enter(table);
    const htable_entry *one = find(table, key);
    const int64_t left = one ? one->expire - seconds_of(now) : -1;
    htable_leave(table);
    return left;
}

/* ---- walks */

static bool describe(const core_htable *table, const htable_entry *one, double now, kl_arena *arena, htable_item *out)
{
    out->key = arena ? arena_copy(arena, piece_span(&one->key)) : piece_span(&one->key);
    out->expire = one->expire;
    out->expired = is_expired(table, one, now);
    out->place = one->place;
    return read_value(one, arena, &out->value) && out->key.s != NULL;
}

bool htable_step(core_htable *table, htable_place *place)
{
    htable_enter(table);
    const htable_entry *one = order_behind(table, place);
    if (one) *place = one->place;
    htable_leave(table);
    return one != NULL;
}

bool htable_step_expired(core_htable *table, htable_place *place, double now)
{
    htable_enter(table);
    const htable_entry *one = order_behind(table, place);
    while (one && !is_expired(table, one, now)) one = order_behind(table, &one->place);
    if (one) *place = one->place;
    htable_leave(table);
    return one != NULL;
}

bool htable_at(core_htable *table, const htable_place *place, double now, kl_arena *arena, htable_item *out)
{
    htable_enter(table);
    const htable_entry *one = order_find(table, place);
    const bool good = one && describe(table, one, now, arena, out);
    htable_leave(table);
    return good;
}

bool htable_set_at(core_htable *table, const htable_place *place, const kl_value *value, double now)
{
    htable_enter(table);
    htable_entry *one = order_find(table, place);
    const bool good = one && assign(table, one, value);
    if (good) restart(table, one, 0, false, now);
    htable_leave(table);
    return good;
}

bool htable_set_expire_at(core_htable *table, const htable_place *place, int64_t seconds, double now)
{
    htable_enter(table);
    htable_entry *one = order_find(table, place);
    if (one && table->def.autoexpire > 0) one->expire = seconds_of(now) + seconds;
    htable_leave(table);
    return one != NULL;
}

bool htable_remove_at(core_htable *table, const htable_place *place)
{
    htable_enter(table);
    htable_entry *one = order_find(table, place);
    if (one) drop(table, one);
    htable_leave(table);
    return one != NULL;
}

bool htable_remove_expired_at(core_htable *table, const htable_place *place, double now)
{
    htable_enter(table);
    htable_entry *one = order_find(table, place);
    const bool gone = one && is_expired(table, one, now);
    if (gone) drop(table, one);
    htable_leave(table);
    return gone;
}

void htable_visit(core_htable *table, double now, htable_visitor visit, void *with)
{
    htable_place place = {0, 0, 0};
    htable_verdict verdict = HTABLE_ON;
    htable_item seen;
    htable_enter(table);
    for (htable_entry *one; verdict != HTABLE_STOP && (one = order_behind(table, &place)) != NULL;) {
        place = one->place;
        describe(table, one, now, NULL, &seen);
        verdict = visit(with, &seen);
        if (verdict == HTABLE_DROP) drop(table, one);
    }
    htable_leave(table);
}
