/* arena.h: memory with one end. Blocks are kept on reset, so a steady stream of like messages allocates nothing. */
#ifndef KL_BASE_ARENA_H
#define KL_BASE_ARENA_H

#include "region/region.h"
#include "span.h"

typedef struct arena_block arena_block;

typedef struct kl_arena {
    arena_block *first, *current;
    size_t used;       /* bytes given out since the last reset */
    size_t limit;      /* of used; 0 for none */
    unsigned refused;  /* requests since the last reset, or since somebody looked and set it to 0 */
    uint32_t block;    /* bytes of the next block */
    kl_region *region; /* where blocks come from; NULL, as at first: the heap */
} kl_arena;

typedef struct arena_mark {
    arena_block *block;
    size_t at, used;
} arena_mark;

void arena_init(kl_arena *arena, size_t limit);
/* For one that is seldom used: its first block has so many bytes, each further one twice as many, up to the usual. */
void arena_init_small(kl_arena *arena, size_t limit, uint32_t block);
/* About so many bytes are going to be asked for: where that takes another block, it fits them. */
void arena_expect(kl_arena *arena, size_t n);
void *arena_alloc(kl_arena *arena, size_t n); /* 8-aligned; NULL when out of memory or over the limit */
void *arena_zalloc(kl_arena *arena, size_t n);
kl_span arena_copy(kl_arena *arena, kl_span text); /* NUL behind it; .s NULL on failure */
arena_mark arena_save(const kl_arena *arena);
void arena_rewind(kl_arena *arena, arena_mark mark); /* frees all that was given out since the mark */
/* frees all, keeps the blocks (large ones beyond a bound are let go) */
void arena_reset(kl_arena *arena);
void arena_free(kl_arena *arena);

#endif
