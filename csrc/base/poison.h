/* poison.h: what an allocator of ours has not given out is poisoned under AddressSanitizer, so that it sees use after
 * the end and reads past it there, too. */
#ifndef KL_BASE_POISON_H
#define KL_BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#    define KL_POISONS 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define KL_POISONS 1
#    endif
#endif
#ifdef KL_POISONS
#    include <sanitizer/asan_interface.h>
#    define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#    define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#    define POISON(p, n)   ((void)(p), (void)(n))
#    define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#endif
