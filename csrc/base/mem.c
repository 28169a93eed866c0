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

static int refused(void)
{
    if (fault.countdown <= 0) return 0;
    if (fault.countdown > 1) {
        fault.countdown--;
        return 0;
    }
    if (!fault.sticky) fault.countdown = 0;
    fault.refused++;
    return 1;
}

static void *counted(void *p)
{
    if (p) fault.live++;
    return p;
}

#    define REFUSED()  refused()
#    define COUNTED(p) counted(p)
#    define FORGET(p)  ((void)((p) ? fault.live-- : 0))
#else
#    define REFUSED()  0
#    define COUNTED(p) (p)
#    define FORGET(p)  ((void)0)
#endif

void *kl_malloc(size_t n) { return REFUSED() ? NULL : COUNTED(malloc(n ? n : 1)); }

void *kl_calloc(size_t count, size_t n) { return REFUSED() ? NULL : COUNTED(calloc(count ? count : 1, n ? n : 1)); }

void *kl_realloc(void *p, size_t n)
{
    if (!p) return kl_malloc(n);
    return REFUSED() ? NULL : realloc(p, n ? n : 1);
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
