/* python.c: what Python implements in the package, for programs without Python: every export fails, every trace is
 * dropped, nothing is explained. The linker takes it only where a program defines none of these functions itself. */
#include "kemilua.h"

kl_status kl_py_export(void *host, int slot, kl_msg *msg, const kl_value *args, size_t count, kl_value *result)
{
    (void)host, (void)slot, (void)msg, (void)args, (void)count, (void)result;
    return KL_EPYTHON;
}

void kl_py_wake(int64_t number) { (void)number; }

int kl_py_next_hops(void *host, const kl_effect *question, kl_target *targets, int cap, kl_value *raised)
{
    (void)host, (void)question, (void)targets, (void)cap, (void)raised;
    return -1;
}

int kl_py_stored(void *host, int64_t ticket, kl_span error, kl_value *raised)
{
    (void)host, (void)ticket, (void)error, (void)raised;
    return 0;
}

__attribute__((weak)) void kl_py_answer(void *host, int64_t number, int code, const kl_value *value)
{
    (void)host, (void)number, (void)code, (void)value;
}

void kl_py_trace(void *host, const char *module, const char *name, const kl_value *args, size_t count,
                 const kl_value *result, int depth, double microseconds, const char *script, int line)
{
    (void)host, (void)module, (void)name, (void)args, (void)count, (void)result;
    (void)depth, (void)microseconds, (void)script, (void)line;
}

size_t kl_py_explain(void *host, const char *path, char *out, size_t cap)
{
    (void)host, (void)path, (void)out, (void)cap;
    return 0;
}

int kl_py_signals(void *host)
{
    (void)host;
    return 0;
}

int kl_py_between(void *host, int64_t ticket)
{
    (void)host, (void)ticket;
    return 0;
}
