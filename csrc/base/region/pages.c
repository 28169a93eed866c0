/* pages.c: blocks up to REGION_SMALL bytes, in pages of one size each. */
#include "layout.h"

/* By eighths of the size, rounded up: the finer they are the more pages are half empty. Tables have 56 bytes, closures
 * 40 and 48, names of functions 30 to 40. */
static const uint8_t kinds[REGION_SMALL / 8 + 1] = {
    0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13,
};
static const uint16_t kind_sizes[KINDS] = {24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256};

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
    if (--in->pages == 0 && in != region->page_segment && segment_may_go(in)) drop_pages(region, in);
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

void *page_alloc(kl_region *region, size_t n)
{
    const size_t kind = kind_of(n);
    page *from = region->open[kind];
    if (KL_UNLIKELY(!from->free)) {
        from = page_next(region, kind);
        if (!from) return NULL;
    }
    unused *given = from->free;
    KL_ASSERT(given);
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

void page_release(kl_region *region, void *freed)
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

bool page_fits(const void *block, size_t n)
{
    const page *in = page_of(block);
    if (kind_of(n) != in->kind) return false;
    POISON(block, in->size);
    UNPOISON(block, n);
    return true;
}
