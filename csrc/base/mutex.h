/* mutex.h: locks that are held for less time than it takes to sleep. Whoever finds one taken tries again for a while
 * before it sleeps, where the C library knows of such locks. */
#ifndef KL_BASE_MUTEX_H
#define KL_BASE_MUTEX_H

#include <pthread.h>
#include <stdbool.h>

static inline bool mutex_init(pthread_mutex_t *mutex)
{
#ifdef __GLIBC__
    pthread_mutexattr_t how;
    if (pthread_mutexattr_init(&how) != 0) return false;
    const bool done = pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ADAPTIVE_NP) == 0 &&
                      pthread_mutex_init(mutex, &how) == 0;
    pthread_mutexattr_destroy(&how);
    return done;
#else
    return pthread_mutex_init(mutex, NULL) == 0;
#endif
}

#endif
