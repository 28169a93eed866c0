/* layout.h: what the files of a region know of each other. */
#ifndef KL_BASE_REGION_LAYOUT_H
#define KL_BASE_REGION_LAYOUT_H

#include "region.h"

#include <stdint.h>

#include "base/poison.h"
#include "base/status.h"

#define PAGE_BYTES 1024 /* of ours: the last one of each size is half empty on average */
#define KINDS      14
#define BINS       144 /* four to each power of two from 16 up */
#define BIN_WORDS  ((BINS + 63) / 64)

enum {
    UNIT = 16 * 1024, /* segments are multiples of it: whole pages of every system */
#ifdef KEMILUA_DEBUG
    FIRST_SEGMENT = UNIT, /* crossing from one to the next is common */
#else
    FIRST_SEGMENT = 8 * UNIT,
#endif
    LAST_SEGMENT = 1024 * 1024, /* and from this size on one goes back to the system once it is empty */
};
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
    segment *spare; /* those that came after it, before it was rewound to: they come again, in the same order */
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
#ifdef KEMILUA_DEBUG
    size_t live;
#endif
};

#ifdef KEMILUA_DEBUG
#    define COUNT_LIVE(region, by) ((region)->live += (size_t)(by))
#else
#    define COUNT_LIVE(region, by) ((void)0)
#endif

static inline size_t round_up(size_t n, size_t to) { return (n + to - 1) & ~(to - 1); }

/* ---- segments.c: newest first */
void *segment_map(size_t size);                         /* NULL when out of memory */
size_t segment_size(const kl_region *region, size_t n); /* to add: room for n bytes, and more the more there is */
segment *segment_add(kl_region *region, size_t size, bool has_pages); /* NULL when out of memory */
void segment_drop(kl_region *region, segment *gone);
static inline bool segment_may_go(const segment *empty) { return empty->size >= LAST_SEGMENT && !empty->marked; }
/* of the first one, which has the region in it */
static inline size_t region_head(void) { return round_up(SEGMENT_HEAD + sizeof(kl_region), PAGE_BYTES); }
void segment_unmap(segment *gone);

/* ---- pages.c: blocks of up to REGION_SMALL bytes */
void *page_alloc(kl_region *region, size_t n);
void page_release(kl_region *region, void *block);
/* whether the block is one of n bytes as well */
bool page_fits(const void *block, size_t n);

/* ---- chunks.c: larger ones */
void *chunk_alloc(kl_region *region, size_t n);
bool chunk_resize(kl_region *region, void *block, size_t n); /* where it lies, or false */
void chunk_release(kl_region *region, void *block);
static inline size_t chunk_size_of(const chunk *of) { return of->size & ~(size_t)FLAGS; }
static inline size_t chunk_top_left(const kl_region *region)
{
    return (size_t)((char *)region->top_end - (char *)region->top);
}

#endif
