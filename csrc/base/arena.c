#include "arena.h"

#include "poison.h"
#include "status.h"

/* Debug builds use tiny blocks, so that crossing from one to the next is common. */
#ifdef KEMILUA_DEBUG
enum { BLOCK_SIZE = 512 };
#else
enum { BLOCK_SIZE = 16 * 1024 };
#endif
enum { KEEP_SIZE = 512 * 1024 }; /* of all blocks together, over a reset */

struct arena_block {
    arena_block *next;
    size_t size, used;
    _Alignas(16) char data[];
};

void arena_init(kl_arena *arena, size_t limit) { arena_init_small(arena, limit, BLOCK_SIZE); }

void arena_init_small(kl_arena *arena, size_t limit, uint32_t block)
{
    *arena = (kl_arena){.limit = limit, .block = block};
}

void arena_expect(kl_arena *arena, size_t n) { arena->block = n < BLOCK_SIZE ? (uint32_t)n : BLOCK_SIZE; }

static size_t aligned(size_t n) { return (n + 7) & ~(size_t)7; }

static arena_block *block_new(kl_arena *arena, size_t n)
{
    size_t size = n > arena->block ? n : arena->block;
    arena_block *block = region_take(arena->region, sizeof *block + size);
    if (!block) return NULL;
    if (arena->block < BLOCK_SIZE) arena->block *= 2;
    *block = (arena_block){NULL, size, 0};
    POISON(block->data, size);
    return block;
}

/* The next block with room for n bytes: one kept from before, or a new one put in front of it. */
static arena_block *advance(kl_arena *arena, size_t n)
{
    arena_block *after = arena->current ? arena->current->next : arena->first;
    if (!after || after->size < n) {
        arena_block *block = block_new(arena, n);
        if (!block) return NULL;
        block->next = after;
        if (arena->current) arena->current->next = block;
        else arena->first = block;
        after = block;
    }
    after->used = 0;
    return arena->current = after;
}

static void *refuse(kl_arena *arena)
{
    arena->refused++;
    return NULL;
}

static inline void *give(kl_arena *arena, arena_block *block, size_t n, size_t room)
{
    void *p = block->data + block->used;
    block->used += room;
    arena->used += room;
    (void)n; /* for ASan alone: what may be read of room */
    UNPOISON(p, n);
    return p;
}

static bool beyond_limit(const kl_arena *arena, size_t room)
{
    return arena->limit && (room > arena->limit || arena->used > arena->limit - room);
}

/* Apart, so that the usual way saves no registers. */
static __attribute__((noinline)) void *alloc_further(kl_arena *arena, size_t n, size_t room)
{
    arena_block *block = room < n || beyond_limit(arena, room) ? NULL : advance(arena, room);
    return block ? give(arena, block, n, room) : refuse(arena);
}

void *arena_alloc(kl_arena *arena, size_t n)
{
    const size_t room = aligned(n);
    arena_block *block = arena->current;
    if (KL_UNLIKELY(!block || block->size - block->used < room || room < n || beyond_limit(arena, room)))
        return alloc_further(arena, n, room);
    return give(arena, block, n, room);
}

void *arena_zalloc(kl_arena *arena, size_t n)
{
    void *p = arena_alloc(arena, n);
    return p ? memset(p, 0, n) : NULL;
}

kl_span arena_copy(kl_arena *arena, kl_span text)
{
    char *p = text.n < SIZE_MAX ? arena_alloc(arena, text.n + 1) : NULL;
    if (!p) return SPAN_NULL;
    if (text.n) memcpy(p, text.s, text.n);
    p[text.n] = '\0';
    return span_of(p, text.n);
}

arena_mark arena_save(const kl_arena *arena)
{
    return (arena_mark){arena->current, arena->current ? arena->current->used : 0, arena->used};
}

void arena_rewind(kl_arena *arena, arena_mark mark)
{
    arena->current = mark.block;
    arena->used = mark.used;
    if (mark.block) mark.block->used = mark.at;
#ifdef KL_POISONS
    if (mark.block) POISON(mark.block->data + mark.at, mark.block->size - mark.at);
    for (arena_block *b = mark.block ? mark.block->next : arena->first; b; b = b->next) POISON(b->data, b->size);
#endif
}

static void block_free(const kl_arena *arena, arena_block *block)
{
    UNPOISON(block->data, block->size);
    region_give(arena->region, block, sizeof *block + block->size);
}

void arena_reset(kl_arena *arena)
{
    size_t kept = 0;
    for (arena_block **link = &arena->first; *link;) {
        arena_block *block = *link;
        if (block->size <= KEEP_SIZE - kept) {
            kept += block->size;
            link = &block->next;
        } else {
            *link = block->next;
            block_free(arena, block);
        }
    }
    arena_rewind(arena, (arena_mark){NULL, 0, 0});
    arena->refused = 0;
}

void arena_free(kl_arena *arena)
{
    for (arena_block *block = arena->first, *next; block; block = next) {
        next = block->next;
        block_free(arena, block);
    }
    kl_region *const region = arena->region;
    arena_init_small(arena, arena->limit, arena->block);
    arena->region = region;
}
