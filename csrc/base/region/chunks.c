/* chunks.c: blocks of more than REGION_SMALL bytes, between boundary tags. */
#include "layout.h"

#define BIN_LOOKS 8                 /* chunks of a bin that are looked at where not all fit */
#define LARGEST   ((size_t)1 << 39) /* a block, so that sizes neither wrap nor leave the bins */

enum {
    TAG = 8,   /* what a block in use pays */
    TAGS = 16, /* `before` and `size` */
    CHUNK_LEAST = 32,
};

static chunk *behind(chunk *of, size_t size) { return (chunk *)(void *)((char *)of + size); }
static chunk *chunk_of(void *given) { return (chunk *)(void *)((char *)given - offsetof(chunk, next)); }
/* Its last word is the next one's `before`. */
static size_t chunk_size(size_t n) { return round_up(n + TAG, 16); }

static void *chunk_give(chunk *given, size_t n)
{
    POISON(&given->next, chunk_size_of(given) - offsetof(chunk, next));
    UNPOISON(&given->next, n);
    return &given->next;
}

/* Sizes of tables, a power of two or three quarters of one, begin a bin, so all chunks in it fit. */
static unsigned bin_of(size_t size)
{
    const size_t room = size - 16;
    const unsigned power = 63 - (unsigned)__builtin_clzll(room);
    return (power - 4) * 4 + ((unsigned)(room >> (power - 2)) & 3);
}

/* What is in front of it and behind it is in use, else it would be a part of this. */
static void bin_push(kl_region *region, chunk *freed, size_t size, size_t first)
{
    const unsigned bin = bin_of(size);
    chunk *next = behind(freed, size);
    UNPOISON(freed, sizeof *freed);
    freed->size = size | first;
    next->before = size;
    next->size |= BEFORE_IS_FREE;
    freed->previous = NULL;
    freed->next = region->bins[bin];
    if (freed->next) freed->next->previous = freed;
    region->bins[bin] = freed;
    region->filled[bin / 64] |= UINT64_C(1) << bin % 64;
    POISON(freed + 1, size - sizeof *freed);
}

static void bin_take(kl_region *region, chunk *taken)
{
    const size_t size = chunk_size_of(taken);
    const unsigned bin = bin_of(size);
    if (taken->previous) taken->previous->next = taken->next;
    else region->bins[bin] = taken->next;
    if (taken->next) taken->next->previous = taken->previous;
    if (!region->bins[bin]) region->filled[bin / 64] &= ~(UINT64_C(1) << bin % 64);
    behind(taken, size)->size &= ~(size_t)BEFORE_IS_FREE;
    taken->size |= IN_USE;
    UNPOISON(taken, size);
}

/* The first bin that is not empty, from this one on; BINS: none. */
static unsigned next_filled(const kl_region *region, unsigned bin)
{
    for (unsigned word = bin / 64; word < BIN_WORDS; word++, bin = word * 64) {
        const uint64_t filled = region->filled[word] >> bin % 64;
        if (filled) return bin + (unsigned)__builtin_ctzll(filled);
    }
    return BINS;
}

static chunk *bin_find(const kl_region *region, size_t size)
{
    const unsigned own = bin_of(size);
    chunk *found = region->bins[own];
    if (found && chunk_size_of(found) >= size) return found;
    const unsigned bin = next_filled(region, own + 1);
    if (bin < BINS) return region->bins[bin];
    for (int looks = 1; found && looks < BIN_LOOKS; looks++) {
        found = found->next;
        if (found && chunk_size_of(found) >= size) return found;
    }
    return NULL;
}

static chunk *first_chunk(segment *in) { return (chunk *)(void *)((char *)in + SEGMENT_HEAD); }

/* What is left of the newest segment is a chunk like others from now on. The tag that ends a segment is not written
 * before, as its page would be one more. */
static void retire_top(kl_region *region)
{
    if (!region->top) return;
    const size_t left = chunk_top_left(region);
    UNPOISON(region->top, left);
    region->top_end->size = IN_USE;
    if (left >= CHUNK_LEAST) bin_push(region, region->top, left, region->top_first);
    else if (left > 0) region->top->size = left | IN_USE;
}

static bool grow_top(kl_region *region, size_t size)
{
    segment *in = segment_add(region, segment_size(region, SEGMENT_HEAD + size + TAGS), false);
    if (!in) return false;
    retire_top(region);
    region->top = first_chunk(in);
    region->top_end = behind(region->top, in->size - SEGMENT_HEAD - TAGS);
    region->top_first = FIRST;
    POISON(region->top, chunk_top_left(region));
    return true;
}

/* Behind what is in use, since the top has no tags. */
static void top_advance(kl_region *region, size_t by)
{
    UNPOISON(region->top, by);
    region->top = behind(region->top, by);
    region->top_first = 0;
}

static chunk *top_take(kl_region *region, size_t size)
{
    if (chunk_top_left(region) < size && !grow_top(region, size)) return NULL;
    chunk *given = region->top;
    const size_t first = region->top_first;
    top_advance(region, size);
    given->size = size | IN_USE | first;
    return given;
}

static void top_join(kl_region *region, chunk *freed, size_t size)
{
    region->top_first = freed->size & FIRST;
    region->top = freed;
    POISON(&freed->size, size - offsetof(chunk, size)); /* the word before is of the block in front */
    segment *in = (segment *)(void *)((char *)freed - SEGMENT_HEAD);
    if (!region->top_first || !segment_may_go(in)) return;
    region->top = region->top_end = NULL;
    segment_drop(region, in);
}

static void release(kl_region *region, chunk *freed)
{
    size_t size = chunk_size_of(freed);
    if (freed->size & BEFORE_IS_FREE) {
        freed = (chunk *)(void *)((char *)freed - freed->before);
        size += chunk_size_of(freed);
        bin_take(region, freed);
    }
    chunk *next = behind(freed, size);
    if (next == region->top) {
        top_join(region, freed, size);
        return;
    }
    if (!(next->size & IN_USE)) {
        size += chunk_size_of(next);
        bin_take(region, next);
        next = behind(freed, size);
    }
    segment *in = (segment *)(void *)((char *)freed - SEGMENT_HEAD);
    if (chunk_size_of(next) == 0 && freed->size & FIRST && segment_may_go(in)) segment_drop(region, in);
    else bin_push(region, freed, size, freed->size & FIRST);
}

/* What is behind `size` bytes of it, when that is worth anything, is free. */
static void cut(kl_region *region, chunk *whole, size_t size)
{
    const size_t all = chunk_size_of(whole);
    if (all - size < CHUNK_LEAST) return;
    chunk *rest = behind(whole, size);
    UNPOISON(rest, sizeof *rest);
    whole->size = size | (whole->size & FLAGS);
    rest->size = (all - size) | IN_USE;
    release(region, rest);
}

void *chunk_alloc(kl_region *region, size_t n)
{
    if (n > LARGEST) return NULL;
    const size_t size = chunk_size(n);
    chunk *given = bin_find(region, size);
    if (given) {
        bin_take(region, given);
        cut(region, given, size);
    } else {
        given = top_take(region, size);
    }
    return given ? chunk_give(given, n) : NULL;
}

bool chunk_resize(kl_region *region, void *block, size_t n)
{
    chunk *of = chunk_of(block);
    if (n > LARGEST) return false;
    const size_t size = chunk_size(n), before = chunk_size_of(of);
    if (size > before) {
        chunk *next = behind(of, before);
        if (next == region->top && chunk_top_left(region) >= size - before) {
            top_advance(region, size - before);
            of->size += size - before;
        } else if (next != region->top && !(next->size & IN_USE) && before + chunk_size_of(next) >= size) {
            bin_take(region, next);
            of->size += chunk_size_of(next);
        } else {
            return false;
        }
    }
    cut(region, of, size);
    chunk_give(of, n);
    return true;
}

void chunk_release(kl_region *region, void *block) { release(region, chunk_of(block)); }
