/* marks.c: a copy of what a region has in use, and the way back to it. */
#include "layout.h"

#include <string.h>

#include "base/mem.h"

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
        const size_t start = in->next ? PAGE_BYTES : region_head();
        for (size_t at = start; at < in->end; at += PAGE_BYTES) poison_page((page *)(void *)((char *)in + at));
    }
    for (size_t bin = 0; bin < BINS; bin++)
        for (chunk *freed = region->bins[bin]; freed; freed = freed->next)
            POISON(freed + 1, chunk_size_of(freed) - sizeof *freed);
    if (region->top && chunk_top_left(region) > 0)
        POISON(&region->top->size, chunk_top_left(region) - offsetof(chunk, size));
}
#else
static void poison_free(const kl_region *region) { (void)region; }
#endif

/* Of a segment, what was ever in use: in front of the top also its first word, which is the last one of the block
 * before it. */
static size_t bytes_of(const kl_region *region, const segment *in)
{
    if (in->has_pages) return in->end;
    const uintptr_t top = (uintptr_t)region->top, start = (uintptr_t)in;
    return top >= start && top < start + in->size ? top - start + offsetof(chunk, size) : in->size;
}

static char *copies_of(mark *of) { return (char *)&of->copies[of->count]; }

bool region_mark(kl_region *region)
{
    size_t count = 0, bytes = 0;
    for (segment *in = region->segments; in; in = in->next) count++, bytes += bytes_of(region, in);
    mark *made = kl_malloc(sizeof *made + count * sizeof *made->copies + bytes);
    if (!made) return false;
    *made = (mark){.below = region->marks, .count = count};
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
        in->next = back->spare;
        back->spare = in;
    }
    const char *from = copies_of(back);
    for (size_t i = 0; i < back->count; i++) {
        KL_ASSERT(back->copies[i].of);
        memcpy(back->copies[i].of, from, back->copies[i].bytes);
        from += back->copies[i].bytes;
    }
    poison_free(region);
}

void region_unmark(kl_region *region)
{
    mark *gone = region->marks;
    for (size_t i = 0; i < gone->count; i++) gone->copies[i].of->marked--;
    for (segment *in = gone->spare, *next; in; in = next) {
        next = in->next;
        segment_unmap(in);
    }
    region->marks = gone->below;
    kl_free(gone);
}

bool region_is_marked(const kl_region *region) { return region->marks != NULL; }
