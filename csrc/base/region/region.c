/* region.c: blocks up to REGION_SMALL bytes lie in pages of one size each, larger ones between boundary tags.
 *
 * Memory comes from the system in segments, mapped as they are needed: reserving all that a limit allows would use up
 * the address space where that is limited (ulimit -v), and one engine's reserve would be missed by all others. A
 * segment keeps its address for life, so to rewind is to copy the marked ones back and to unmap those that came later.
 * Copying takes 2 us for 128 KiB; with a private mapping of the copy, so that the kernel's page tables tell what was
 * written, it takes 100 us, as each page that is written then faults. */
#include "layout.h"

#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

#ifndef MAP_ANONYMOUS
#    define MAP_ANONYMOUS MAP_ANON
#endif

/* ---- segments */

/* Neighbours would share a huge page, and so hold what none of them has touched. */
static void *map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
#ifdef MADV_NOHUGEPAGE
    if (size < LAST_SEGMENT) madvise(p, size, MADV_NOHUGEPAGE);
#endif
    return p;
}

void segment_unmap(segment *gone)
{
    UNPOISON(gone, gone->size);
    munmap(gone, gone->size);
}

/* Room for n bytes at least, and for as much again as a part of what there is. */
size_t segment_size(const kl_region *region, size_t n)
{
    size_t size = round_up(region->mapped / 4, UNIT);
    if (size < FIRST_SEGMENT) size = FIRST_SEGMENT;
    if (size > LAST_SEGMENT) size = LAST_SEGMENT;
    n = round_up(n, UNIT);
    return n > size ? n : size;
}

segment *segment_add(kl_region *region, size_t size, bool has_pages)
{
    segment *added = map(size);
    if (!added) return NULL;
    *added = (segment){.next = region->segments, .size = size, .has_pages = has_pages};
    region->segments = added;
    region->mapped += size;
    return added;
}

void segment_drop(kl_region *region, segment *gone)
{
    segment **link = &region->segments;
    while (*link != gone) link = &(*link)->next;
    *link = gone->next;
    region->mapped -= gone->size;
    segment_unmap(gone);
}

/* ---- blocks */

void *region_alloc(kl_region *region, size_t n)
{
    if (MEM_FAILS()) return NULL;
    return KL_LIKELY(n <= REGION_SMALL) ? page_alloc(region, n) : chunk_alloc(region, n);
}

void region_release(kl_region *region, void *block, size_t size)
{
    if (KL_LIKELY(size <= REGION_SMALL)) page_release(region, block);
    else chunk_release(region, block);
}

static void *move(kl_region *region, void *block, size_t size, size_t n)
{
    void *moved = n <= REGION_SMALL ? page_alloc(region, n) : chunk_alloc(region, n);
    if (!moved) return NULL;
    memcpy(moved, block, size < n ? size : n);
    region_release(region, block, size);
    return moved;
}

void *region_realloc(kl_region *region, void *block, size_t size, size_t n)
{
    if (n > size && MEM_FAILS()) return NULL;
    if (size > REGION_SMALL) {
        if (n > REGION_SMALL && chunk_resize(region, block, n)) return block;
    } else if (n <= REGION_SMALL && page_fits(block, n)) {
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
    first->end = region_head();
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
        segment_unmap(in); /* the first one, which is the last in the list, has the region in it */
    }
    MEM_COUNT(-1);
}

size_t region_mapped(const kl_region *region) { return region->mapped; }
