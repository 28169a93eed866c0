/* segments.c: where a region has its memory from.
 *
 * Memory comes from the system in segments, mapped as they are needed: reserving all that a limit allows would use up
 * the address space where that is limited (ulimit -v), and one engine's reserve would be missed by all others. A
 * segment keeps its address for life, so to rewind is to copy the marked ones back and to put aside those that came
 * later. Copying takes 2 us for 128 KiB; with a private mapping of the copy, so that the kernel's page tables tell what
 * was written, it takes 100 us, as each page that is written then faults. */
#include "layout.h"

#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#    define MAP_ANONYMOUS MAP_ANON
#endif

/* ---- segments */

/* Neighbours would share a huge page, and so hold what none of them has touched. */
void *segment_map(size_t size)
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

static segment *take_spare(kl_region *region, size_t size)
{
    segment *spare = region->marks ? region->marks->spare : NULL;
    if (!spare || spare->size != size) return NULL;
    region->marks->spare = spare->next;
    return spare;
}

segment *segment_add(kl_region *region, size_t size, bool has_pages)
{
    segment *added = take_spare(region, size);
    if (!added) added = segment_map(size);
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
