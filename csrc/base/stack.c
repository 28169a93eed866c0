/* The bounds of the current thread's C stack, asked once per thread. */
#define _GNU_SOURCE
#include "stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct bounds {
    uintptr_t low, high; /* high 0: not asked yet */
} bounds;

static _Thread_local bounds known;

#if defined(__APPLE__)

static bounds ask(void)
{
    const pthread_t me = pthread_self();
    const uintptr_t high = (uintptr_t)pthread_get_stackaddr_np(me);
    return (bounds){high - pthread_get_stacksize_np(me), high};
}

#elif defined(__linux__)

/* The guard may lie within what the library calls the stack, so it is left out in any case. */
static bounds ask(void)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0, guard = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return (bounds){0, UINTPTR_MAX};
    const bool good = pthread_attr_getstack(&attributes, &low, &size) == 0;
    pthread_attr_getguardsize(&attributes, &guard);
    pthread_attr_destroy(&attributes);
    return good && size > guard ? (bounds){(uintptr_t)low + guard, (uintptr_t)low + size} : (bounds){0, UINTPTR_MAX};
}

#else

static bounds ask(void) { return (bounds){0, UINTPTR_MAX}; }

#endif

uintptr_t stack_bottom(void)
{
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (known.high == 0) known = ask();
    return here >= known.low && here < known.high ? known.low : 0;
}

bool stack_is_low(void)
{
    const uintptr_t bottom = stack_bottom();
    return bottom && (uintptr_t)__builtin_frame_address(0) < bottom + STACK_RESERVE;
}
