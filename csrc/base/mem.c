#include "mem.h"

#include <stdlib.h>

#ifdef KEMILUA_FAIL_ALLOC
static _Thread_local struct {
    long countdown, live, refused;
    int sticky;
} fault;

void mem_fail_after(long countdown, int sticky)
{
    fault.countdown = countdown;
    fault.sticky = sticky;
    fault.refused = 0;
}

long mem_live(void) { return fault.live; }

long mem_refused(void) { return fault.refused; }

bool mem_fails(void)
{
    if (fault.countdown <= 0) return false;
    if (fault.countdown > 1) {
        fault.countdown--;
        return false;
    }
    if (!fault.sticky) fault.countdown = 0;
    fault.refused++;
    return true;
}

void mem_count(long blocks) { fault.live += blocks; }

static void *counted(void *p)
{
    if (p) fault.live++;
    return p;
}

#    define COUNTED(p) counted(p)
#    define FORGET(p)  ((void)((p) ? fault.live-- : 0))
#else
#    define COUNTED(p) (p)
#    define FORGET(p)  ((void)0)
#endif

void *kl_malloc(size_t n) { return MEM_FAILS() ? NULL : COUNTED(malloc(n ? n : 1)); }

void *kl_calloc(size_t count, size_t n) { return MEM_FAILS() ? NULL : COUNTED(calloc(count ? count : 1, n ? n : 1)); }

void *kl_realloc(void *p, size_t n)
{
    if (!p) return kl_malloc(n);
    return MEM_FAILS() ? NULL : realloc(p, n ? n : 1);
}

size_t mem_room(size_t n)
{
    size_t cap = 16;
    while (cap < n) cap *= 2;
    return cap;
}

void kl_free(void *p)
{
    FORGET(p);
    free(p);
}
