/* region.h: the memory of one owner, apart from the heap, with an allocator of its own. All that it knows of itself
 * lies in the region too, so a region can be marked, and later be rewound to what it was then: same contents at the
 * same addresses, and allocations go on as they did.
 *
 * Not for several threads at once. Blocks are told by address and size, as Lua tells them, so small ones have no
 * header. They are aligned to 8 bytes, those of more than REGION_SMALL to 16. */
#ifndef KL_BASE_REGION_H
#define KL_BASE_REGION_H

#include <stdbool.h>
#include <stddef.h>

#define REGION_SMALL 256

typedef struct kl_region kl_region;

/* NULL when out of memory. The first block of more than REGION_SMALL bytes is all zeros. */
kl_region *region_new(void);
void region_free(kl_region *region);

void *region_alloc(kl_region *region, size_t n); /* NULL when out of memory; n > 0 */
/* n > 0. NULL when out of memory, the old block stays. Smaller is always possible, but for what was larger than
 * REGION_SMALL and no longer is: that moves. */
void *region_realloc(kl_region *region, void *block, size_t size, size_t n);
void region_release(kl_region *region, void *block, size_t size);
/* The same where there may be no region, but the heap: NULL. */
void *region_take(kl_region *region, size_t n);
void region_give(kl_region *region, void *block, size_t size);

/* Keeps a copy of all there is; false when out of memory. Marks are a stack. */
bool region_mark(kl_region *region);
void region_rewind(kl_region *region); /* to the last mark, which stays; there is one */
void region_unmark(kl_region *region); /* forgets the last mark, changes nothing else; there is one */
bool region_is_marked(const kl_region *region);

size_t region_mapped(const kl_region *region); /* bytes of address space */
size_t region_live(const kl_region *region);   /* blocks that are not released; counted in debug builds, else 0 */

#endif
