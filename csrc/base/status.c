#include "status.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    kl_status status;
    const char *name, *text;
} statuses[] = {
    {KL_OK, "KL_OK", "good"},
    {KL_ENOMEM, "KL_ENOMEM", "out of memory"},
    {KL_EARG, "KL_EARG", "impossible argument"},
    {KL_EPARSE, "KL_EPARSE", "malformed SIP message"},
    {KL_EMORE, "KL_EMORE", "more bytes are needed"},
    {KL_ETOOBIG, "KL_ETOOBIG", "over a fixed limit"},
    {KL_ESTALE, "KL_ESTALE", "message used after its time"},
    {KL_EBUSY, "KL_EBUSY", "engine in use by another thread"},
    {KL_EDEPTH, "KL_EDEPTH", "runs nested too deeply"},
    {KL_ENOENT, "KL_ENOENT", "no such name"},
    {KL_ECONFIG, "KL_ECONFIG", "bad configuration"},
    {KL_EROW, "KL_EROW", "bad or doubled export"},
    {KL_ESYNTAX, "KL_ESYNTAX", "Lua syntax error"},
    {KL_ERUN, "KL_ERUN", "Lua error"},
    {KL_EBUDGET, "KL_EBUDGET", "instruction budget used up"},
    {KL_EMEMORY, "KL_EMEMORY", "Lua memory limit reached"},
    {KL_EPYTHON, "KL_EPYTHON", "exception in a Python export"},
    {KL_EIO, "KL_EIO", "file cannot be read"},
    {KL_EMISUSE, "KL_EMISUSE", "misuse of a KSR function or a name"},
    {KL_ECPU, "KL_ECPU", "limit of CPU time used up"},
};

static int find(kl_status status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].status == status) return (int)i;
    return -1;
}

const char *kl_status_name(kl_status status)
{
    int i = find(status);
    return i < 0 ? "unknown status" : statuses[i].name;
}

const char *kl_status_text(kl_status status)
{
    int i = find(status);
    return i < 0 ? "unknown status" : statuses[i].text;
}

static void fill(kl_error *err, kl_status status, int64_t offset, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void fill(kl_error *err, kl_status status, int64_t offset, const char *format, va_list args)
{
    error_clear(err);
    err->status = status;
    err->offset = offset;
    vsnprintf(err->text, sizeof err->text, format, args);
}

kl_status error_set(kl_error *err, kl_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (err) fill(err, status, -1, format, args);
    va_end(args);
    return status;
}

kl_status error_at(kl_error *err, kl_status status, int64_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (err) fill(err, status, offset, format, args);
    va_end(args);
    return status;
}

void error_where(kl_error *err, kl_span where)
{
    if (!err) return;
    size_t n = where.n < sizeof err->where ? where.n : sizeof err->where - 1;
    if (n) memcpy(err->where, where.s, n);
    err->where[n] = '\0';
}

void error_clear(kl_error *err)
{
    if (!err) return;
    err->status = KL_OK;
    err->offset = -1;
    err->line = err->hint = 0;
    err->where[0] = err->text[0] = '\0';
    err->traceback = SPAN_NULL;
}
