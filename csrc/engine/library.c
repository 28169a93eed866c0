/* Lua libraries in C that a host opens for its scripts (openlibs). */
#include "engine.h"

#include <stdio.h>

#include "vm/clib.h"

static bool to_text(kl_span span, char *text, size_t size)
{
    if (span_empty(span) || span.n >= size || span_find(span, '\0')) return false;
    memcpy(text, span.s, span.n);
    text[span.n] = '\0';
    return true;
}

kl_status kl_library_function(kl_span path, kl_span function, void **address, kl_error *err)
{
    char file[4096], name[256], why[512];
    error_clear(err);
    if (!to_text(path, file, sizeof file) || !to_text(function, name, sizeof name))
        return error_set(err, KL_EARG, "a library needs a path and a function that have a name");
    const lua_CFunction found = vm_library_function(file, name, why, sizeof why);
    if (!found) return error_set(err, KL_EIO, "%s", why);
    memcpy(address, &found, sizeof *address); /* ISO C has no cast between the two */
    return KL_OK;
}
