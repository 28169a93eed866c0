/* region.c: blocks up to REGION_SMALL bytes lie in pages of one size each, larger ones between boundary tags. */
#include "layout.h"

#include <string.h>

#include "base/mem.h"

/* ---- blocks */

void *region_alloc(kl_region *region, size_t n)
{
    if (MEM_FAILS()) return NULL;
    void *block = KL_LIKELY(n <= REGION_SMALL) ? page_alloc(region, n) : chunk_alloc(region, n);
    COUNT_LIVE(region, block ? 1 : 0);
    return block;
}

void region_release(kl_region *region, void *block, size_t size)
{
    COUNT_LIVE(region, -1);
    if (KL_LIKELY(size <= REGION_SMALL)) page_release(region, block);
    else chunk_release(region, block);
}

void *region_take(kl_region *region, size_t n) { return region ? region_alloc(region, n) : kl_malloc(n); }

void region_give(kl_region *region, void *block, size_t size)
{
    if (region) region_release(region, block, size);
    else kl_free(block);
}

static void *move(kl_region *region, void *block, size_t size, size_t n)
{
    void *moved = n <= REGION_SMALL ? page_alloc(region, n) : chunk_alloc(region, n);
    if (!moved) return NULL;
    memcpy(moved, block, size < n ? size : n);
    COUNT_LIVE(region, 1);
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
    segment *first = MEM_FAILS() ? NULL : segment_map(FIRST_SEGMENT);
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

size_t region_live(const kl_region *region)
{
#ifdef KEMILUA_DEBUG
    return region->live;
#else
    (void)region;
    return 0;
#endif
}
