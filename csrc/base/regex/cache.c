/* cache.c: patterns by text and flags, compiled once and kept within bounds. */
#include "program.h"

#include "base/mem.h"

#define BUCKETS        64
#define MAX_KEPT       128    /* patterns */
#define MAX_KEPT_NODES 100000 /* of all of them together */
#define COMPILE_UNITS  32     /* of work, for a byte of a pattern and for a node */

struct regex_cache {
    kl_regex *buckets[BUCKETS];
    size_t kept, nodes;
    uint64_t turns;
    regex_means means;
};

regex_cache *regex_cache_new(void) { return kl_calloc(1, sizeof(regex_cache)); }

void regex_cache_work(regex_cache *cache, kl_work *work) { cache->means.work = work; }

static void drop(regex_cache *cache, kl_regex **link)
{
    kl_regex *regex = *link;
    *link = regex->next_in_bucket;
    cache->kept--;
    cache->nodes -= regex->node_count;
    regex_release(regex);
    kl_free(regex);
}

void regex_cache_free(regex_cache *cache)
{
    if (!cache) return;
    for (unsigned i = 0; i < BUCKETS; i++)
        while (cache->buckets[i]) drop(cache, &cache->buckets[i]);
    groups_release(&cache->means.groups);
    kl_free(cache);
}

static bool drop_oldest(regex_cache *cache)
{
    kl_regex **oldest = NULL;
    for (unsigned i = 0; i < BUCKETS; i++)
        for (kl_regex **link = &cache->buckets[i]; *link; link = &(*link)->next_in_bucket)
            if (!(*link)->held && (!oldest || (*link)->used < (*oldest)->used)) oldest = link;
    if (oldest) drop(cache, oldest);
    return oldest != NULL;
}

/* Of its ends and length: patterns of one script differ there. */
static unsigned bucket_of(kl_span pattern, unsigned flags)
{
    uint32_t hash = (uint32_t)pattern.n * 31 + flags;
    for (size_t i = 0; i < pattern.n && i < 8; i++)
        hash = (hash ^ (unsigned char)pattern.s[i]) * 0x01000193u + (unsigned char)pattern.s[pattern.n - 1 - i];
    return (hash ^ hash >> 16) % BUCKETS;
}

static kl_regex *keep(regex_cache *cache, kl_regex *regex, unsigned bucket)
{
    while (cache->kept >= MAX_KEPT || cache->nodes + regex->node_count > MAX_KEPT_NODES)
        if (!drop_oldest(cache)) break;
    regex->means = &cache->means;
    regex->next_in_bucket = cache->buckets[bucket];
    cache->buckets[bucket] = regex;
    cache->kept++;
    cache->nodes += regex->node_count;
    return regex;
}

static kl_regex *compile(regex_cache *cache, kl_span pattern, unsigned flags, const char **why)
{
    kl_regex *regex = kl_calloc(1, sizeof *regex);
    *why = regex ? regex_compile(regex, pattern, flags) : "no memory";
    if (regex && cache->means.work) work_pay(cache->means.work, COMPILE_UNITS * (pattern.n + regex->node_count));
    if (!*why) return keep(cache, regex, bucket_of(pattern, flags));
    kl_free(regex);
    return NULL;
}

kl_regex *regex_use(regex_cache *cache, kl_span pattern, unsigned flags, const char **why)
{
    kl_regex *regex = cache->buckets[bucket_of(pattern, flags)];
    while (regex && !(regex->flags == flags && span_eq(pattern, span_of(regex->text, regex->text_n))))
        regex = regex->next_in_bucket;
    if (!regex) regex = compile(cache, pattern, flags, why);
    if (!regex) return NULL;
    regex->used = ++cache->turns;
    cache->means.steps = REGEX_STEPS;
    return regex;
}

void regex_hold(kl_regex *regex, uint64_t *steps)
{
    regex->held++;
    *steps = regex->means->steps;
}

void regex_resume(kl_regex *regex, uint64_t steps)
{
    regex->held--;
    regex->means->steps = steps;
}
