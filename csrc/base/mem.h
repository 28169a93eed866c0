/* mem.h: the one door to the heap, so that a test can make the n-th allocation fail. */
#ifndef KL_BASE_MEM_H
#define KL_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *kl_malloc(size_t n); /* NULL when out of memory; n == 0 gives a pointer that can be freed */
void *kl_calloc(size_t count, size_t n);
void *kl_realloc(void *p, size_t n);
void kl_free(void *p);

/* Bytes to take for n that may grow: a power of two, 16 at least. */
size_t mem_room(size_t n);

#ifdef KEMILUA_FAIL_ALLOC
/* Test builds: let the countdown-th allocation from now fail (and each one after it when sticky); 0 turns it off. Per
 * thread. */
void mem_fail_after(long countdown, int sticky);
long mem_live(void);    /* blocks not freed yet */
long mem_refused(void); /* allocations that failed since mem_fail_after */
/* For allocators beside the heap: whether this allocation is to fail, and what became live. */
bool mem_fails(void);
void mem_count(long blocks);
#    define MEM_FAILS()       mem_fails()
#    define MEM_COUNT(blocks) mem_count(blocks)
#else
#    define MEM_FAILS()       false
#    define MEM_COUNT(blocks) ((void)0)
#endif

#endif
