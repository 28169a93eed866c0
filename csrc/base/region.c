/* region.c: blocks up to REGION_SMALL bytes lie in pages of one size each, larger ones between boundary tags.
 *
 * Memory comes from the system in segments, mapped as they are needed: reserving all that a limit allows would use up
 * the address space where that is limited (ulimit -v), and one engine's reserve would be missed by all others. A
 * segment keeps its address for life, so to rewind is to copy the marked ones back and to unmap those that came later.
 * Copying takes 6 us for 150 KiB; telling by the kernel's page tables what was written takes longer up to some MiB, as
 * each page that is written then faults once. */
#include "region.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "mem.h"
#include "poison.h"
#include "status.h"

#ifndef MAP_ANONYMOUS
#    define MAP_ANONYMOUS MAP_ANON
#endif

#define PAGE_BYTES 1024 /* of ours: the last one of each size is half empty on average */
#define KINDS      14
#define BINS       144 /* four to each power of two from 16 up */
#define BIN_WORDS  ((BINS + 63) / 64)
#define BIN_LOOKS  8 /* chunks of a bin that are looked at where not all fit */

enum {
    UNIT = 16 * 1024, /* segments are multiples of it: whole pages of every system */
#ifdef KEMILUA_DEBUG
    FIRST_SEGMENT = UNIT, /* crossing from one to the next is common */
#else
    FIRST_SEGMENT = 8 * UNIT,
#endif
    LAST_SEGMENT = 1024 * 1024, /* and from this size on one goes back to the system once it is empty */
};
#define LARGEST ((size_t)1 << 39) /* a block, so that sizes neither wrap nor leave the bins */

typedef struct unused { /* a block of a page */
    struct unused *next;
} unused;

/* At the start of PAGE_BYTES bytes that are aligned to as many. It is in the list of its kind while it has a free
 * block, and the first of a list also when it has none any more. */
typedef struct page {
    unused *free;
    struct page *next, *previous;
    uint16_t used, size; /* blocks, bytes of one */
    uint16_t kind;
    uint16_t back; /* to the start of the segment, in pages */
} page;

/* A block and its tag. What follows is known by size; `before` is the last word of the chunk in front, which has it
 * only while that is free. */
typedef struct chunk {
    size_t before;
    size_t size;                   /* a multiple of 16, with these flags */
    struct chunk *next, *previous; /* in its bin, while it is free */
} chunk;
enum {
    IN_USE = 1,
    BEFORE_IS_FREE = 2,
    FIRST = 4, /* of its segment */
    FLAGS = 15,
    TAG = 8,   /* what a block in use pays */
    TAGS = 16, /* `before` and `size` */
    CHUNK_LEAST = 32,
};

typedef struct segment {
    struct segment *next;
    size_t size;
    bool has_pages; /* else chunks */
    uint32_t pages; /* of them in use */
    size_t end;     /* of what was ever in use of one with pages */
    size_t marked;  /* the marks that know it: it cannot be unmapped */
} segment;
#define SEGMENT_HEAD 64

typedef struct mark {
    struct mark *below;
    size_t count;
    struct copy {
        segment *of;
        size_t bytes;
    } copies[]; /* and the bytes of all behind them */
} mark;

struct kl_region {
    page *open[KINDS]; /* never NULL */
    page nothing;      /* of the kinds that have no page */
    page *pool;        /* empty ones */
    chunk *bins[BINS];
    uint64_t filled[BIN_WORDS];
    chunk *top, *top_end; /* what is left of a segment of chunks, without tags, and the tag that ends that; or NULL */
    size_t top_first;     /* FIRST, or 0 */
    segment *segments, *page_segment; /* newest first; the newest one with pages */
    size_t mapped;
    mark *marks;
};

/* By eighths of the size, rounded up: the finer they are the more pages are half empty. Tables have 56 bytes, closures
 * 40 and 48, names of functions 30 to 40. */
static const uint8_t kinds[REGION_SMALL / 8 + 1] = {
    0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13,
};
static const uint16_t kind_sizes[KINDS] = {24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256};

/* ---- segments */

static size_t round_up(size_t n, size_t to) { return (n + to - 1) & ~(to - 1); }

static void *map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void unmap(segment *gone)
{
    UNPOISON(gone, gone->size);
    munmap(gone, gone->size);
}

/* Room for n bytes at least, and for as much again as a part of what there is. */
static size_t segment_size(const kl_region *region, size_t n)
{
    size_t size = round_up(region->mapped / 4, UNIT);
    if (size < FIRST_SEGMENT) size = FIRST_SEGMENT;
    if (size > LAST_SEGMENT) size = LAST_SEGMENT;
    n = round_up(n, UNIT);
    return n > size ? n : size;
}

static segment *segment_add(kl_region *region, size_t size, bool has_pages)
{
    segment *added = map(size);
    if (!added) return NULL;
    *added = (segment){.next = region->segments, .size = size, .has_pages = has_pages};
    region->segments = added;
    region->mapped += size;
    return added;
}

static void segment_drop(kl_region *region, segment *gone)
{
    segment **link = &region->segments;
    while (*link != gone) link = &(*link)->next;
    *link = gone->next;
    region->mapped -= gone->size;
    unmap(gone);
}

static bool may_go(const segment *empty) { return empty->size >= LAST_SEGMENT && !empty->marked; }

/* ---- pages */

static page *page_of(const void *block) { return (page *)((uintptr_t)block & ~(uintptr_t)(PAGE_BYTES - 1)); }

static segment *segment_of(const page *of) { return (segment *)((uintptr_t)of - (uintptr_t)of->back * PAGE_BYTES); }

static bool is_listed(const kl_region *region, const page *of) { return of->previous || region->open[of->kind] == of; }

static void list_push(page **list, page *added)
{
    added->previous = NULL;
    added->next = *list;
    if (added->next) added->next->previous = added;
    *list = added;
}

static void list_take(page **list, page *taken)
{
    if (taken->previous) taken->previous->next = taken->next;
    else *list = taken->next;
    if (taken->next) taken->next->previous = taken->previous;
    taken->next = taken->previous = NULL;
}

/* A list of `open` ends in the page that is nothing, so that whoever allocates need not ask whether there is one. */
static void open_push(kl_region *region, page *added)
{
    page **list = &region->open[added->kind];
    if (*list == &region->nothing) *list = NULL;
    list_push(list, added);
}

static void open_take(kl_region *region, page *taken)
{
    page **list = &region->open[taken->kind];
    list_take(list, taken);
    if (!*list) *list = &region->nothing;
}

static page *page_fresh(kl_region *region)
{
    segment *in = region->page_segment;
    if (in->size - in->end < PAGE_BYTES) {
        in = segment_add(region, segment_size(region, 0), true);
        if (!in) return NULL;
        in->end = PAGE_BYTES; /* where its head is */
        region->page_segment = in;
    }
    page *fresh = (page *)(void *)((char *)in + in->end);
    fresh->back = (uint16_t)(in->end / PAGE_BYTES);
    fresh->free = NULL; /* where it was in use before a rewind, there is something */
    in->end += PAGE_BYTES;
    return fresh;
}

static page *page_new(kl_region *region, size_t kind)
{
    const size_t size = kind_sizes[kind];
    page *made = region->pool;
    if (made) list_take(&region->pool, made);
    else made = page_fresh(region);
    if (!made) return NULL;
    segment_of(made)->pages++;
    made->used = 0;
    made->kind = (uint16_t)kind;
    made->size = (uint16_t)size;
    char *first = (char *)(made + 1), *at = first + (PAGE_BYTES - sizeof *made) / size * size;
    while (at > first) {
        at -= size;
        *(unused *)(void *)at = (unused){made->free};
        made->free = (unused *)(void *)at;
    }
    POISON(first, PAGE_BYTES - sizeof *made);
    open_push(region, made);
    return made;
}

/* All of its pages are empty, and in the pool. */
static void drop_pages(kl_region *region, segment *empty)
{
    for (size_t at = PAGE_BYTES; at < empty->end; at += PAGE_BYTES)
        list_take(&region->pool, (page *)(void *)((char *)empty + at));
    segment_drop(region, empty);
}

static void page_empty(kl_region *region, page *empty)
{
    segment *in = segment_of(empty);
    open_take(region, empty);
    UNPOISON(empty, PAGE_BYTES);
    empty->free = NULL;
    list_push(&region->pool, empty);
    if (--in->pages == 0 && in != region->page_segment && may_go(in)) drop_pages(region, in);
}

/* The first of a list is used up: it leaves, and comes back once a block of it is free. */
static __attribute__((noinline)) page *page_next(kl_region *region, size_t kind)
{
    page *first = region->open[kind];
    while (first != &region->nothing && !first->free) {
        open_take(region, first);
        first = region->open[kind];
    }
    return first != &region->nothing ? first : page_new(region, kind);
}

static inline size_t kind_of(size_t n) { return kinds[(n + 7) / 8]; }

static void *small_alloc(kl_region *region, size_t n)
{
    const size_t kind = kind_of(n);
    page *from = region->open[kind];
    if (KL_UNLIKELY(!from->free)) {
        from = page_next(region, kind);
        if (!from) return NULL;
    }
    unused *given = from->free;
    UNPOISON(given, sizeof *given);
    from->free = given->next;
    from->used++;
    POISON(given, from->size);
    UNPOISON(given, n);
    return given;
}

/* It was full, or is empty. The last one of a list stays, as the next block of its size may come soon. */
static __attribute__((noinline)) void page_settle(kl_region *region, page *of)
{
    if (!is_listed(region, of)) open_push(region, of);
    if (of->used == 0 && (of->next || of->previous)) page_empty(region, of);
}

static void small_release(kl_region *region, void *freed)
{
    page *to = page_of(freed);
    unused *given = freed;
    const bool was_full = !to->free;
    UNPOISON(given, to->size);
    given->next = to->free;
    to->free = given;
    POISON(given, to->size);
    to->used--;
    if (KL_UNLIKELY(was_full || to->used == 0)) page_settle(region, to);
}

/* ---- chunks */

static size_t size_of(const chunk *of) { return of->size & ~(size_t)FLAGS; }
static chunk *behind(chunk *of, size_t size) { return (chunk *)(void *)((char *)of + size); }
static chunk *chunk_of(void *given) { return (chunk *)(void *)((char *)given - offsetof(chunk, next)); }
/* Its last word is the next one's `before`. */
static size_t chunk_size(size_t n) { return round_up(n + TAG, 16); }

static void *chunk_give(chunk *given, size_t n)
{
    POISON(&given->next, size_of(given) - offsetof(chunk, next));
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
    const size_t size = size_of(taken);
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
    if (found && size_of(found) >= size) return found;
    const unsigned bin = next_filled(region, own + 1);
    if (bin < BINS) return region->bins[bin];
    for (int looks = 1; found && looks < BIN_LOOKS; looks++) {
        found = found->next;
        if (found && size_of(found) >= size) return found;
    }
    return NULL;
}

static size_t top_left(const kl_region *region) { return (size_t)((char *)region->top_end - (char *)region->top); }

static chunk *first_chunk(segment *in) { return (chunk *)(void *)((char *)in + SEGMENT_HEAD); }

/* What is left of the newest segment is a chunk like others from now on. The tag that ends a segment is not written
 * before, as its page would be one more. */
static void retire_top(kl_region *region)
{
    if (!region->top) return;
    const size_t left = top_left(region);
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
    POISON(region->top, top_left(region));
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
    if (top_left(region) < size && !grow_top(region, size)) return NULL;
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
    POISON(freed, size);
    segment *in = (segment *)(void *)((char *)freed - SEGMENT_HEAD);
    if (!region->top_first || !may_go(in)) return;
    region->top = region->top_end = NULL;
    segment_drop(region, in);
}

static void chunk_release(kl_region *region, chunk *freed)
{
    size_t size = size_of(freed);
    if (freed->size & BEFORE_IS_FREE) {
        freed = (chunk *)(void *)((char *)freed - freed->before);
        size += size_of(freed);
        bin_take(region, freed);
    }
    chunk *next = behind(freed, size);
    if (next == region->top) {
        top_join(region, freed, size);
        return;
    }
    if (!(next->size & IN_USE)) {
        size += size_of(next);
        bin_take(region, next);
        next = behind(freed, size);
    }
    segment *in = (segment *)(void *)((char *)freed - SEGMENT_HEAD);
    if (size_of(next) == 0 && freed->size & FIRST && may_go(in)) segment_drop(region, in);
    else bin_push(region, freed, size, freed->size & FIRST);
}

/* What is behind `size` bytes of it, when that is worth anything, is free. */
static void cut(kl_region *region, chunk *whole, size_t size)
{
    const size_t all = size_of(whole);
    if (all - size < CHUNK_LEAST) return;
    chunk *rest = behind(whole, size);
    UNPOISON(rest, sizeof *rest);
    whole->size = size | (whole->size & FLAGS);
    rest->size = (all - size) | IN_USE;
    chunk_release(region, rest);
}

static void *large_alloc(kl_region *region, size_t n)
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

/* Where it lies. */
static bool large_resize(kl_region *region, chunk *of, size_t n)
{
    if (n > LARGEST) return false;
    const size_t size = chunk_size(n), before = size_of(of);
    if (size > before) {
        chunk *next = behind(of, before);
        if (next == region->top && top_left(region) >= size - before) {
            top_advance(region, size - before);
            of->size += size - before;
        } else if (next != region->top && !(next->size & IN_USE) && before + size_of(next) >= size) {
            bin_take(region, next);
            of->size += size_of(next);
        } else {
            return false;
        }
    }
    cut(region, of, size);
    chunk_give(of, n);
    return true;
}

/* ---- blocks */

void *region_alloc(kl_region *region, size_t n)
{
    if (MEM_FAILS()) return NULL;
    return KL_LIKELY(n <= REGION_SMALL) ? small_alloc(region, n) : large_alloc(region, n);
}

void region_release(kl_region *region, void *block, size_t size)
{
    if (KL_LIKELY(size <= REGION_SMALL)) small_release(region, block);
    else chunk_release(region, chunk_of(block));
}

static void *move(kl_region *region, void *block, size_t size, size_t n)
{
    void *moved = n <= REGION_SMALL ? small_alloc(region, n) : large_alloc(region, n);
    if (!moved) return NULL;
    memcpy(moved, block, size < n ? size : n);
    region_release(region, block, size);
    return moved;
}

void *region_realloc(kl_region *region, void *block, size_t size, size_t n)
{
    if (n > size && MEM_FAILS()) return NULL;
    if (size > REGION_SMALL) {
        if (n > REGION_SMALL && large_resize(region, chunk_of(block), n)) return block;
    } else if (n <= REGION_SMALL && kind_of(n) == page_of(block)->kind) {
        POISON(block, page_of(block)->size);
        UNPOISON(block, n);
        return block;
    }
    void *moved = move(region, block, size, n);
    return moved || n > size || size > REGION_SMALL ? moved : block; /* a page knows what its blocks are */
}

/* ---- life */

kl_region *region_new(void)
{
    segment *first = MEM_FAILS() ? NULL : map(FIRST_SEGMENT);
    if (!first) return NULL;
    kl_region *region = (kl_region *)(void *)((char *)first + SEGMENT_HEAD);
    *first = (segment){.size = FIRST_SEGMENT, .has_pages = true};
    first->end = round_up(SEGMENT_HEAD + sizeof *region, PAGE_BYTES);
    region->segments = region->page_segment = first;
    region->mapped = FIRST_SEGMENT;
    for (size_t kind = 0; kind < KINDS; kind++) region->open[kind] = &region->nothing;
    MEM_COUNT(1);
    return region;
}

void region_free(kl_region *region)
{
    if (!region) return;
    while (region->marks) region_unmark(region);
    for (segment *in = region->segments, *next; in; in = next) {
        next = in->next;
        unmap(in); /* the first one, which is the last in the list, has the region in it */
    }
    MEM_COUNT(-1);
}

size_t region_mapped(const kl_region *region) { return region->mapped; }

/* ---- marks */

/* A copy may read and write what is not given out. */
static void unpoison_all(const kl_region *region)
{
    for (segment *in = region->segments; in; in = in->next) UNPOISON(in, in->size);
}

#ifdef KL_POISONS
static void poison_page(page *of)
{
    for (unused *freed = of->free, *next; freed; freed = next) {
        next = freed->next;
        POISON(freed, of->size);
    }
}

static void poison_free(const kl_region *region)
{
    for (const segment *in = region->segments; in; in = in->next) {
        const size_t start = in->next ? PAGE_BYTES : round_up(SEGMENT_HEAD + sizeof *region, PAGE_BYTES);
        for (size_t at = start; at < in->end; at += PAGE_BYTES) poison_page((page *)(void *)((char *)in + at));
    }
    for (size_t bin = 0; bin < BINS; bin++)
        for (chunk *freed = region->bins[bin]; freed; freed = freed->next)
            POISON(freed + 1, size_of(freed) - sizeof *freed);
    if (region->top) POISON(region->top, top_left(region));
}
#else
static void poison_free(const kl_region *region) { (void)region; }
#endif

/* Of a segment, what was ever in use. */
static size_t bytes_of(const kl_region *region, const segment *in)
{
    if (in->has_pages) return in->end;
    const uintptr_t top = (uintptr_t)region->top, start = (uintptr_t)in;
    return top >= start && top < start + in->size ? top - start : in->size;
}

static char *copies_of(mark *of) { return (char *)&of->copies[of->count]; }

bool region_mark(kl_region *region)
{
    size_t count = 0, bytes = 0;
    for (segment *in = region->segments; in; in = in->next) count++, bytes += bytes_of(region, in);
    mark *made = kl_malloc(sizeof *made + count * sizeof *made->copies + bytes);
    if (!made) return false;
    *made = (mark){region->marks, count};
    region->marks = made;
    unpoison_all(region);
    char *to = copies_of(made);
    size_t i = 0;
    for (segment *in = region->segments; in; in = in->next, i++) {
        in->marked++;
        made->copies[i] = (struct copy){in, bytes_of(region, in)};
        memcpy(to, in, made->copies[i].bytes);
        to += made->copies[i].bytes;
    }
    poison_free(region);
    return true;
}

void region_rewind(kl_region *region)
{
    mark *back = region->marks;
    unpoison_all(region);
    for (segment *in = region->segments, *next; in != back->copies[0].of; in = next) {
        next = in->next;
        unmap(in);
    }
    const char *from = copies_of(back);
    for (size_t i = 0; i < back->count; i++) {
        memcpy(back->copies[i].of, from, back->copies[i].bytes);
        from += back->copies[i].bytes;
    }
    poison_free(region);
}

void region_unmark(kl_region *region)
{
    mark *gone = region->marks;
    for (size_t i = 0; i < gone->count; i++) gone->copies[i].of->marked--;
    region->marks = gone->below;
    kl_free(gone);
}

bool region_is_marked(const kl_region *region) { return region->marks != NULL; }
