/* signals.c: Python's signal handlers run while a script does, so that Control-C ends it. */
#define _GNU_SOURCE
#include "engine.h"

#include <pthread.h>
#if defined(__linux__)
#    include <sys/syscall.h>
#    include <unistd.h>
#endif

/* Where Python runs its handlers. */
static bool in_main_thread(void)
{
#if defined(__APPLE__)
    return pthread_main_np() != 0;
#elif defined(__linux__)
    return syscall(SYS_gettid) == getpid();
#else
    return true;
#endif
}

void kl_engine_interrupt(kl_engine *engine)
{
    if (engine->script_vm) vm_interrupt(engine->script_vm);
    if (engine->dostring_vm) vm_interrupt(engine->dostring_vm);
}

bool engine_interrupted(void *arg)
{
    kl_engine *engine = arg;
    if (!in_main_thread()) return false;
    return bridge_signals(&engine->host);
}
