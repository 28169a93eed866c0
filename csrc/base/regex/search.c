/* search.c: patterns by text and flags, compiled once and kept within bounds; and searching with them. */
#include "inside.h"

#include "base/mem.h"

#define BUCKETS        64
#define MAX_KEPT       128    /* patterns */
#define MAX_KEPT_NODES 100000 /* of all of them together */
#define COMPILE_UNITS  32     /* of work, for a byte of a pattern and for a node */
#define STEPS_PER_UNIT 4
#define KEEP_BYTES     ((size_t)1 << 20) /* of memory for groups, from one search to the next */

struct regex_cache {
    kl_regex *buckets[BUCKETS];
    size_t kept, nodes;
    uint64_t turns, steps;
    kl_work *work;
    group_memory groups;
};

regex_cache *regex_cache_new(void) { return kl_calloc(1, sizeof(regex_cache)); }

void regex_cache_work(regex_cache *cache, kl_work *work) { cache->work = work; }

static void forget_groups(group_memory *memory)
{
    kl_free(memory->seen);
    kl_free(memory->choices);
    kl_free(memory->trace);
    kl_free(memory->loops);
    *memory = (group_memory){.seen = NULL};
}

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
    forget_groups(&cache->groups);
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
    regex->cache = cache;
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
    if (regex && cache->work) work_pay(cache->work, COMPILE_UNITS * (pattern.n + regex->node_count));
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
    cache->steps = REGEX_STEPS;
    return regex;
}

bool regex_spend(kl_regex *regex, uint64_t steps)
{
    uint64_t *left = &regex->cache->steps;
    kl_work *work = regex->cache->work;
    const bool enough = *left >= steps;
    *left = enough ? *left - steps : 0;
    return enough && (!work || work_go_on(work, steps / STEPS_PER_UNIT));
}

void regex_hold(kl_regex *regex, uint64_t *steps)
{
    regex->held++;
    *steps = regex->cache->steps;
}

void regex_resume(kl_regex *regex, uint64_t steps)
{
    regex->held--;
    regex->cache->steps = steps;
}

group_memory *regex_group_memory(kl_regex *regex) { return &regex->cache->groups; }

size_t regex_group_count(const kl_regex *regex) { return regex->group_count; }

static regex_result find_whole(kl_regex *regex, kl_span subject, unsigned flags, regex_group *whole)
{
    regex_result found = dfa_find_end(regex, subject, flags, false, &whole->end);
    if (found != REGEX_MATCH) return found;
    if (regex->length != TREE_FOREVER) whole->start = whole->end - (size_t)regex->length;
    else if (regex->only_at_start) whole->start = 0;
    else found = dfa_find_start(regex, subject, flags, whole->end, &whole->start);
    return found;
}

regex_result regex_search(kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups)
{
    size_t end;
    if (!subject.s) subject = SPAN("");
    if (count == 0) return dfa_find_end(regex, subject, flags, true, &end);
    regex_result found = find_whole(regex, subject, flags, &groups[0]);
    if (found == REGEX_MATCH && count > 1) found = regex_find_groups(regex, subject, flags, count, groups);
    const group_memory *memory = &regex->cache->groups;
    if (memory->seen_cap * sizeof *memory->seen + memory->trace_cap * sizeof *memory->trace +
            memory->choice_cap * sizeof *memory->choices >
        KEEP_BYTES)
        forget_groups(&regex->cache->groups);
    return found;
}
