/* cache.c: texts of names and formats to what they were parsed into. The first look is one hash of length and outer
 * bytes and one comparison. */
#include "cache.h"

#include "base/mem.h"
#include "base/siphash.h"
#include "host.h"
#include "tables.h"

typedef struct text_key {
    uint64_t head, tail;
} text_key;

/* First and last eight bytes, overlapping in short texts: up to 16 bytes they are the text. */
static inline text_key key_of(kl_span text)
{
    text_key key = {0, 0};
    if (text.n >= 8) {
        memcpy(&key.head, text.s, 8);
        memcpy(&key.tail, text.s + text.n - 8, 8);
    } else if (text.n >= 4) {
        memcpy(&key.head, text.s, 4);
        memcpy(&key.tail, text.s + text.n - 4, 4);
    } else if (text.n > 0) {
        key.head = (uint64_t)(unsigned char)text.s[0] | (uint64_t)(unsigned char)text.s[text.n >> 1] << 8 |
                   (uint64_t)(unsigned char)text.s[text.n - 1] << 16;
    }
    return key;
}

static inline pv_hot *hot_slot(pv_lately *lately, text_key key, size_t n)
{
    uint64_t mixed = (key.head ^ (key.tail << 23 | key.tail >> 41) ^ n) * UINT64_C(0x9E3779B97F4A7C15);
    return &lately->names[(mixed >> 48) & (PV_HOT_SLOTS - 1)];
}

static inline bool hot_is(const pv_hot *slot, text_key key, kl_span text)
{
    return slot->n == text.n && slot->head == key.head && slot->tail == key.tail && slot->spec != NULL &&
           (text.n <= 16 || memcmp(slot->spec->text.s + 8, text.s + 8, text.n - 16) == 0);
}

/* ---- tables */

static kl_span *table_find(const pv_table_of *table, kl_span text)
{
    if (table->cap == 0) return NULL;
    for (size_t i = siphash_of(table->key, text) & (table->cap - 1); table->items[i] != NULL;
         i = (i + 1) & (table->cap - 1))
        if (span_eq(*table->items[i], text)) return table->items[i];
    return NULL;
}

static void table_put(pv_table_of *table, kl_span *item)
{
    size_t i = siphash_of(table->key, *item) & (table->cap - 1);
    while (table->items[i] != NULL) i = (i + 1) & (table->cap - 1);
    table->items[i] = item;
    table->count++;
}

static bool table_grow(pv_table_of *table)
{
    pv_table_of bigger = {NULL, 0, table->cap ? table->cap * 2 : 64, table->key};
    bigger.items = kl_calloc(bigger.cap, sizeof *bigger.items);
    if (bigger.items == NULL) return false;
    for (size_t i = 0; i < table->cap; i++)
        if (table->items[i] != NULL) table_put(&bigger, table->items[i]);
    kl_free(table->items);
    *table = bigger;
    return true;
}

/* Half full at most, so probes stay short. */
static bool table_add(pv_table_of *table, kl_span *item)
{
    if (table->count * 2 >= table->cap && !table_grow(table)) return false;
    table_put(table, item);
    return true;
}

static void table_clear(pv_table_of *table)
{
    if (table->cap > 0) memset(table->items, 0, table->cap * sizeof *table->items);
    table->count = 0;
}

/* ---- classes */

/* Their names are ours and the host's. */
static uint64_t text_hash(kl_span text)
{
    uint64_t hash = text.n * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < text.n; i++) hash = (hash ^ (unsigned char)text.s[i]) * UINT64_C(0x100000001B3);
    return span_hash_mix(hash);
}

static const pv_class *class_at(const pv_cache *cache, size_t number) { return runs_at(&cache->classes, number); }

/* Where a class of this name is noted, or would be. */
static uint16_t *name_place(const pv_cache *cache, kl_span name)
{
    size_t i = text_hash(name) & (cache->name_cap - 1);
    while (cache->names[i] && !span_eq(span_text(class_at(cache, cache->names[i] - 1u)->name), name))
        i = (i + 1) & (cache->name_cap - 1);
    return &cache->names[i];
}

const pv_class *pv_class_named(const pv_cache *cache, kl_span name)
{
    const uint16_t number = *name_place(cache, name);
    return number ? class_at(cache, number - 1u) : NULL;
}

static bool names_grow(pv_cache *cache, size_t total)
{
    size_t cap = cache->name_cap ? cache->name_cap : 64;
    while (cap < total * 2) cap *= 2;
    if (cap == cache->name_cap) return true;
    uint16_t *bigger = total <= UINT16_MAX ? kl_calloc(cap, sizeof *bigger) : NULL;
    if (bigger == NULL) return false;
    kl_free(cache->names);
    cache->names = bigger;
    cache->name_cap = cap;
    for (size_t i = 0; i < cache->classes.count; i++)
        *name_place(cache, span_text(class_at(cache, i)->name)) = (uint16_t)(i + 1);
    return true;
}

/* KL_EROW: its name is taken. */
static kl_status class_add(pv_cache *cache, const pv_class *klass)
{
    uint16_t *place = name_place(cache, span_text(klass->name));
    if (*place) return KL_EROW;
    if (!runs_add(&cache->classes, klass)) return KL_ENOMEM;
    *place = (uint16_t)cache->classes.count;
    return KL_OK;
}

bool pv_cache_add(pv_cache *cache, const pv_table *table)
{
    if (!names_grow(cache, cache->classes.count + table->count)) return false;
    for (size_t i = 0; i < table->count; i++) {
        const kl_status added = class_add(cache, &table->classes[i]);
        KL_ASSERT(added != KL_EROW); /* a pseudo-variable is listed once */
        if (added != KL_OK) return false;
    }
    return true;
}

kl_status pv_cache_define(pv_cache *cache, const pv_class *klass, bool override)
{
    if (!names_grow(cache, cache->classes.count + 1)) return KL_ENOMEM;
    const kl_status added = class_add(cache, klass);
    if (added != KL_EROW || !override) return added;
    if (!runs_replace(&cache->classes, *name_place(cache, span_text(klass->name)) - 1u, klass)) return KL_ENOMEM;
    cache->outdated = true;
    return KL_OK;
}

static bool classes_load(pv_cache *cache)
{
    size_t total = 0;
    for (size_t t = 0; t < pv_table_count; t++) total += pv_tables[t]->count;
    bool good = names_grow(cache, total);
    for (size_t t = 0; t < pv_table_count && good; t++) good = pv_cache_add(cache, pv_tables[t]);
    return good;
}

/* ---- life */

pv_cache *pv_cache_new(const unsigned char key[16])
{
    pv_cache *cache = kl_calloc(1, sizeof *cache);
    if (cache == NULL) return NULL;
    arena_init(&cache->arena, PV_CACHE_BYTES);
    buf_init(&cache->text);
    runs_init(&cache->classes, sizeof(pv_class));
    memcpy(cache->key, key, sizeof cache->key);
    cache->specs.key = cache->programs.key = cache->key;
    if (!classes_load(cache)) {
        pv_cache_free(cache);
        return NULL;
    }
    return cache;
}

void pv_cache_free(pv_cache *cache)
{
    if (cache == NULL) return;
    arena_free(&cache->arena);
    buf_free(&cache->text);
    kl_free(cache->specs.items);
    kl_free(cache->programs.items);
    runs_free(&cache->classes);
    kl_free(cache->names);
    kl_free(cache->lately);
    kl_free(cache);
}

static bool cache_is_full(const pv_cache *cache)
{
    return cache->specs.count + cache->programs.count >= PV_CACHE_NAMES ||
           cache->arena.used >= PV_CACHE_BYTES - PV_CACHE_BYTES / 8;
}

void pv_cache_trim(pv_cache *cache)
{
    if (KL_UNLIKELY(cache->outdated || cache_is_full(cache))) pv_cache_clear(cache);
}

void pv_cache_clear(pv_cache *cache)
{
    cache->outdated = false;
    if (cache->lately) memset(cache->lately->names, 0, sizeof cache->lately->names);
    table_clear(&cache->specs);
    table_clear(&cache->programs);
    arena_reset(&cache->arena);
}

void *pv_cache_alloc(pv_cache *cache, size_t n)
{
    void *p = arena_zalloc(cache->into ? cache->into : &cache->arena, n);
    if (p == NULL) cache->starved = true;
    return p;
}

kl_span pv_cache_copy(pv_cache *cache, kl_span text)
{
    kl_span copy = arena_copy(cache->into ? cache->into : &cache->arena, text);
    if (copy.s == NULL) cache->starved = true;
    return copy;
}

/* ---- lookups */

typedef const void *(*text_parser)(pv_cache *cache, kl_span text);

static const void *parse_spec(pv_cache *cache, kl_span text) { return grammar_parse(cache, text); }
static const void *parse_program(pv_cache *cache, kl_span text) { return format_parse(cache, text); }

static const void *parse_into(kl_ctx *ctx, kl_arena *arena, kl_span text, text_parser parse)
{
    pv_cache *cache = ctx->pvs;
    cache->ctx = ctx;
    cache->into = arena;
    cache->depth = 0;
    cache->starved = false;
    const void *made = parse(cache, text);
    cache->into = NULL;
    cache->ctx = NULL;
    return made;
}

/* Parses and keeps; when there is no room to keep, parses for this call alone. */
static const void *remember(kl_ctx *ctx, pv_table_of *table, kl_span text, text_parser parse, bool *kept)
{
    pv_cache *cache = ctx->pvs;
    const void *made = NULL;
    *kept = false;
    if (!cache_is_full(cache) && text.n < PV_CACHE_BYTES / 64) {
        arena_mark mark = arena_save(&cache->arena);
        made = parse_into(ctx, &cache->arena, text, parse);
        *kept = made != NULL && table_add(table, (kl_span *)(uintptr_t)made);
        if (*kept) return made;
        arena_rewind(&cache->arena, mark);
        if (made == NULL && !cache->starved) return NULL;
    }
    return parse_into(ctx, ctx->scratch, text, parse);
}

static const pv_spec *lookup_slowly(kl_ctx *ctx, kl_span text, text_key key) __attribute__((noinline));

static void hot_keep(pv_cache *cache, text_key key, size_t n, const pv_spec *spec)
{
    if (!cache->lately) cache->lately = kl_calloc(1, sizeof *cache->lately);
    if (cache->lately) *hot_slot(cache->lately, key, n) = (pv_hot){key.head, key.tail, n, spec};
}

static const pv_spec *lookup_slowly(kl_ctx *ctx, kl_span text, text_key key)
{
    pv_cache *cache = ctx->pvs;
    bool kept = true;
    const pv_spec *spec = NULL;
    if (cache->into != NULL) { /* a name inside a name: shares the memory of the outer one */
        spec = grammar_parse(cache, text);
        return spec;
    }
    if (text.n > 0 && text.s != NULL) {
        spec = (const pv_spec *)(const void *)table_find(&cache->specs, text);
        if (spec == NULL) spec = remember(ctx, &cache->specs, text, parse_spec, &kept);
    }
    if (spec == NULL) {
        ctx_misuse(ctx, KL_LOG_ERR, "not a pseudo-variable: \"%.*s\"", (int)(text.n > 256 ? 256 : text.n),
                   text.n ? text.s : "");
        return NULL;
    }
    if (kept) hot_keep(cache, key, text.n, spec);
    return spec;
}

const pv_spec *pv_lookup(kl_ctx *ctx, kl_span text)
{
    text_key key = key_of(text);
    pv_lately *lately = ctx->pvs->lately;
    if (KL_LIKELY(lately != NULL)) {
        const pv_hot *slot = hot_slot(lately, key, text.n);
        if (KL_LIKELY(hot_is(slot, key, text))) return slot->spec;
    }
    return lookup_slowly(ctx, text, key);
}

const pv_spec *pv_parse_prefix(kl_ctx *ctx, kl_span *text)
{
    size_t n = grammar_extent(*text);
    if (n == 0) return NULL;
    const pv_spec *spec = pv_lookup(ctx, span_of(text->s, n));
    if (spec != NULL) *text = span_from(*text, n);
    return spec;
}

const pv_program *pv_program_of(kl_ctx *ctx, kl_span text)
{
    const void *program = table_find(&ctx->pvs->programs, text);
    bool kept;
    if (program == NULL) program = remember(ctx, &ctx->pvs->programs, text, parse_program, &kept);
    if (program == NULL)
        ctx_misuse(ctx, KL_LOG_ERR, "not a format: \"%.*s\"", (int)(text.n > 256 ? 256 : text.n), text.n ? text.s : "");
    return program;
}
