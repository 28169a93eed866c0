/* python.c: what Python implements in the package, for programs without Python: every export fails, every trace is
 * dropped, nothing is explained. The linker takes it only where a program defines none of these functions itself. */
#include "kemilua.h"

kl_status kl_py_export(uintptr_t engine, int slot, kl_msg *msg, const kl_value *args, size_t count, kl_value *result)
{
    (void)engine, (void)slot, (void)msg, (void)args, (void)count, (void)result;
    return KL_EPYTHON;
}

void kl_py_wake(uintptr_t engine) { (void)engine; }

void kl_py_trace(uintptr_t engine, const char *module, const char *name, const kl_value *args, size_t count,
                 const kl_value *result, int depth, double microseconds, const char *script, int line)
{
    (void)engine, (void)module, (void)name, (void)args, (void)count, (void)result;
    (void)depth, (void)microseconds, (void)script, (void)line;
}

size_t kl_py_explain(uintptr_t engine, const char *path, char *out, size_t cap)
{
    (void)engine, (void)path, (void)out, (void)cap;
    return 0;
}

int kl_py_signals(uintptr_t engine)
{
    (void)engine;
    return 0;
}
